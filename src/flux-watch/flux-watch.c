/* SPDX-License-Identifier: MIT */
/*
 * flux watch: follow the output of many jobs until they are done, and exit
 * with their largest exit code.
 */
#include <err.h>
#include <errno.h>
#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bar.h"
#include "datetime.h"
#include "fluid.h"
#include "handle.h"
#include "jobstate.h"
#include "jobwatch.h"
#include "optparse.h"

struct watch {
	struct handle *h;
	/* which jobs */
	int states, results; /* masks; 0 = no filter */
	int count;           /* at most; 0 = no limit */
	double since;        /* seconds since the epoch; 0 = not given */
	bool selected;       /* some selection option was given */
	uint64_t *ids;
	size_t nids;
	/* how */
	bool label, progress, jps;
	int verbose;
	struct bar bar;
};

/* ---- which jobs ---- */

static void
add_id(struct watch *w, uint64_t id)
{
	uint64_t *p = reallocarray(w->ids, w->nids + 1, sizeof(*p));

	if (!p)
		err(1, NULL);
	w->ids = p;
	p[w->nids++] = id;
}

static void
on_jobs(struct handle *h, const struct reply *r, void *arg)
{
	struct watch *w = arg;
	json_t *jobs, *job;
	size_t i;

	(void)h;
	if (r->errnum == ENODATA)
		return;
	if (r->errnum)
		tool_fail("%s", r->text);
	jobs = json_object_get(r->json, "jobs");
	json_array_foreach(jobs, i, job)
		add_id(w, json_integer_value(json_object_get(job, "id")));
}

/* States and results are alternatives. */
static json_t *
filter(const struct watch *w)
{
	json_t *s = json_pack("{s:[i]}", "states", w->states);
	json_t *r = json_pack("{s:[i]}", "results", w->results);

	if (w->states && w->results)
		return json_pack("{s:[o o]}", "or", s, r);
	json_decref(w->states ? r : s);
	return w->states ? s : r;
}

static void
list_jobs(struct watch *w)
{
	json_t *o = json_pack("{s:i s:[s] s:f s:{s:[{s:[I]} o]}}",
	    "max_entries", w->count, "attrs", "state", "since", w->since,
	    "constraint", "and", "userid", (json_int_t)getuid(), filter(w));

	if (handle_rpc_new(w->h, "job-list.list", NODEID_ANY, MSG_STREAMING, o,
		on_jobs, w) < 0 ||
	    handle_run(w->h) < 0)
		tool_fail("job-list.list: %s", strerror(errno));
}

struct lookup {
	struct watch *w;
	uint64_t id;
	const char *arg;
};

static void
on_lookup(struct handle *h, const struct reply *r, void *arg)
{
	struct lookup *l = arg;

	(void)h;
	if (r->errnum == 0)
		add_id(l->w, l->id);
	else if (r->errnum == ENOENT)
		warnx("ERROR: JobID %s unknown", l->arg);
	else
		warnx("ERROR: %s: %s", l->arg, r->text);
}

static void
look_up_ids(struct watch *w, const struct optparse *p)
{
	struct lookup *l = calloc(p->noperands, sizeof(*l));

	if (!l)
		err(1, NULL);
	if (w->selected)
		warnx("WARNING: Filtering options ignored with jobid list");
	for (int i = 0; i < p->noperands; i++) {
		l[i] = (struct lookup){ w, 0, p->operands[i] };
		if (fluid_parse(l[i].arg, &l[i].id) < 0)
			optparse_fail(p, "invalid JobID value: '%s'", l[i].arg);
	}
	for (int i = 0; i < p->noperands; i++)
		if (handle_rpc_new(w->h, "job-list.list-id", NODEID_ANY, 0,
			json_pack("{s:I s:[s]}", "id", (json_int_t)l[i].id,
			    "attrs", "state"),
			on_lookup, &l[i]) < 0)
			tool_fail("job-list.list-id: %s", strerror(errno));
	if (handle_run(w->h) < 0)
		tool_fail("job-list.list-id: %s", strerror(errno));
	free(l);
}

/* ---- following ---- */

static void
write_text(void *arg, void *job, bool to_stderr, const char *text, size_t len)
{
	(void)arg;
	(void)job;
	if (to_stderr)
		fflush(stdout);
	fwrite(text, 1, len, to_stderr ? stderr : stdout);
}

static void
on_change(void *arg, const struct jobwatch *jw)
{
	struct watch *w = arg;

	bar_update(&w->bar, jobwatch_count(jw));
}

static int
follow(struct watch *w)
{
	struct jobwatch_conf conf = {
		.output = true,
		.label = w->label,
		.verbose = w->verbose,
		.write = write_text,
		.changed = w->progress ? on_change : NULL,
		.arg = w,
	};
	struct jobwatch *jw = jobwatch_create(w->h, &conf);
	int code;

	if (!jw)
		err(1, NULL);
	for (size_t i = 0; i < w->nids; i++)
		if (jobwatch_add(jw, w->ids[i], NULL) < 0)
			tool_fail("eventlog: %s", strerror(errno));
	if (w->progress)
		bar_start(&w->bar, w->jps, jobwatch_count(jw));
	while (jobwatch_left(jw) > 0) {
		if (handle_poll(w->h, w->progress ? bar_interval_ms : -1) < 0 &&
		    errno != EINTR)
			tool_fail("lost the connection to the broker");
		bar_tick(&w->bar);
		fflush(stdout);
	}
	bar_stop(&w->bar);
	code = jobwatch_exit(jw);
	jobwatch_destroy(jw);
	return code;
}

/* ---- options ---- */

enum { OPT_SINCE = 256, OPT_PROGRESS, OPT_JPS };

static const struct opt opts[] = {
	{ "active", 'a', NULL, "your active jobs", 0 },
	{ "all", 'A', NULL, "your jobs in all states", 0 },
	{ "count", 'c', "N", "at most N jobs (1000); 0 = no limit", 0 },
	{ "filter", 'f', "STATE|RESULT,...", "jobs of this state or result",
	    0 },
	{ "since", 0, "WHEN", "jobs that are active, or ended after WHEN",
	    OPT_SINCE },
	{ "progress", 0, NULL, "show a progress bar", OPT_PROGRESS },
	{ "jps", 0, NULL, "show jobs per second in it", OPT_JPS },
	{ "label-io", 'l', NULL, "begin lines with job id and task rank", 0 },
	{ "verbose", 'v', NULL, "tell how jobs end; -vv: all events", 0 },
	{ 0 },
};

static void
set_filter(struct watch *w, const char *list)
{
	char *copy = strdup(list), *rest = copy, *word;

	if (!copy)
		err(1, NULL);
	while ((word = strsep(&rest, ","))) {
		int mask = jobstate_parse(word);

		if (mask > 0)
			w->states |= mask;
		else if ((mask = jobresult_parse(word)) > 0)
			w->results |= mask;
		else
			tool_fail("Invalid filter specified: %s", word);
	}
	free(copy);
}

static void
set_since(struct watch *w, const struct optparse *p)
{
	time_t now = time(NULL);

	if (datetime_parse(p->value, now, &w->since) < 0)
		optparse_fail(
		    p, "ERROR: --since: invalid value '%s'", p->value);
	if (w->since > now)
		tool_fail("--since=%s appears to be in the future", p->value);
}

static void
set_count(struct watch *w, const struct optparse *p)
{
	const char *why;

	w->count = strtonum(p->value, 0, INT_MAX, &why);
	if (why)
		optparse_fail(p, "invalid value '%s' for --count", p->value);
}

static void
set_option(struct watch *w, int c, const struct optparse *p)
{
	w->selected |= strchr("aAf", c < 256 ? c : '?') || c == OPT_SINCE;
	switch (c) {
	case 'a':
		w->states |= JOBSTATE_ACTIVE;
		break;
	case 'A':
		w->states |= JOBSTATE_ALL;
		break;
	case 'c':
		set_count(w, p);
		break;
	case 'f':
		set_filter(w, p->value);
		break;
	case OPT_SINCE:
		set_since(w, p);
		break;
	case OPT_PROGRESS:
		w->progress = true;
		break;
	case OPT_JPS:
		w->jps = true;
		break;
	case 'l':
		w->label = true;
		break;
	case 'v':
		w->verbose++;
		break;
	}
}

static void
select_jobs(struct watch *w, const struct optparse *p)
{

	if (!w->selected && p->noperands == 0) {
		warnx("ERROR: At least one job selection option is required");
		fprintf(
		    stderr, "Try 'flux watch --help' for more information.\n");
		exit(1);
	}
	if (w->progress && !isatty(STDOUT_FILENO)) {
		warnx("WARNING: stdout is not a tty. Ignoring --progress "
		      "option");
		w->progress = false;
	}
	if (!w->states && !w->results)
		w->states = JOBSTATE_ALL;
	w->h = tool_open();
	if (p->noperands > 0)
		look_up_ids(w, p);
	else
		list_jobs(w);
}

int
main(int argc, char **argv)
{
	struct optparse p = {
		.usage = "[OPTIONS] [JOBID...]",
		.summary = "Follow the output of jobs until they are done",
		.example = "flux watch --active --label-io",
		.opts = opts,
	};
	struct watch w = { .count = 1000 };
	int c, code = 0;

	setlocale(LC_CTYPE, "");
	setprogname("flux-watch");
	optparse_init(&p, argc, argv);
	while ((c = optparse_next(&p)) != -1)
		set_option(&w, c, &p);
	select_jobs(&w, &p);
	if (w.nids == 0) {
		warnx("INFO: No matching jobs");
	} else {
		if (w.verbose > 0)
			warnx("INFO: Watching %zu jobs", w.nids);
		code = follow(&w);
	}
	free(w.ids);
	handle_close(w.h);
	optparse_fini(&p);
	return fflush(stdout) == EOF || ferror(stdout) ? 1 : code;
}
