/* SPDX-License-Identifier: MIT */
/*
 * flux wait: wait until jobs have ended, and end as the worst of them did.
 *
 * It is job-list that is asked, for each job, to answer once it is inactive.
 * So any job can be waited for, by anybody who may list it, as often as wanted:
 * unlike flux job wait it needs no flag at the submission.
 */
#include <err.h>
#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fluid.h"
#include "fsd.h"
#include "handle.h"
#include "jobinfo.h"
#include "jobname.h"
#include "optparse.h"
#include "uri.h"
#include "waitstatus.h"

enum { OPT_ANY = 256, OPT_ALL, OPT_NAME };

struct wait {
	bool any, all, verbose, quiet;
	const char *name;
	double timeout; /* seconds; INFINITY = none */
	int nwaiting, nended, worst;
};

struct target {
	struct wait *w;
	uint64_t id;
};

static const struct opt options[] = {
	{ "any", 0, NULL, "until one has ended, and print its id", OPT_ANY },
	{ "all", 'a', NULL, "for all your active jobs", OPT_ALL },
	{ "name", 0, "NAME", "for your jobs of this name", OPT_NAME },
	{ "timeout", 't', "FSD", "no longer than this", 0 },
	{ "quiet", 'q', NULL, "do not tell how jobs failed", 0 },
	{ "verbose", 'v', NULL, "tell of all jobs how they ended", 0 },
	{ 0 },
};

/* ---- how a job ended ---- */

static int
exit_code(json_t *job)
{
	int status = -1, result = 0, code;

	json_unpack(job, "{s?i s?i}", "waitstatus", &status, "result", &result);
	code = status < 0 ? 0 : waitstatus_exit(status);
	return code == 0 && result != JOB_COMPLETED ? 1 : code;
}

static void
tell(const struct target *t, json_t *job)
{
	const char *type = "", *note = "";
	char f58[FLUID_STRMAX], text[128];
	int status = 0, severity = 7;

	fluid_encode(f58, sizeof(f58), t->id, fluid_f58_form());
	json_unpack(job, "{s?i s?s s?s s?i}", "waitstatus", &status,
	    "exception_type", &type, "exception_note", &note,
	    "exception_severity", &severity);
	if (*type && severity == 0)
		warnx("%s: exception type=%s%s%s", f58, type,
		    *note ? " note=" : "", note);
	else if (status != 0)
		warnx(
		    "%s: %s", f58, waitstatus_text(text, sizeof(text), status));
	else
		warnx("%s: completed", f58);
}

static void
on_end(struct handle *h, const struct reply *r, void *arg)
{
	struct target *t = arg;
	struct wait *w = t->w;
	char f58[FLUID_STRMAX];
	json_t *job;
	int code = 1;

	fluid_encode(f58, sizeof(f58), t->id, fluid_f58_form());
	w->nwaiting--;
	if (w->any && w->nended > 0)
		return;
	if (r->errnum) {
		warnx("ERROR: %s: %s", f58,
		    r->errnum == ENOENT ? "unknown job id" : r->text);
	} else {
		w->nended++;
		job = json_object_get(r->json, "job");
		code = exit_code(job);
		if (w->any)
			puts(f58);
		if (w->verbose || (code != 0 && !w->quiet))
			tell(t, job);
	}
	if (code > w->worst)
		w->worst = code;
	if (w->nwaiting == 0 || (w->any && w->nended > 0))
		handle_stop(h);
}

/* ---- waiting ---- */

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void
ask(struct handle *h, struct target *t)
{
	json_t *o =
	    json_pack("{s:I s:i s:[s s s s s]}", "id", (json_int_t)t->id,
		"state", JOB_INACTIVE, "attrs", "result", "waitstatus",
		"exception_type", "exception_note", "exception_severity");

	if (handle_rpc_new(h, "job-list.list-id", NODEID_ANY, 0, o, on_end, t) <
	    0)
		err(1, "ERROR: job-list.list-id");
}

static bool
is_over(const struct wait *w)
{
	return w->nwaiting == 0 || (w->any && w->nended > 0);
}

static int
wait_for(struct handle *h, struct wait *w, struct target *targets, size_t n)
{
	double left, end = now() + w->timeout;

	w->nwaiting = (int)n;
	for (size_t i = 0; i < n; i++) {
		targets[i].w = w;
		ask(h, &targets[i]);
	}
	while (!is_over(w)) {
		left = end - now();
		if (left <= 0)
			tool_fail("timeout: %d of %zu jobs have not ended",
			    w->nwaiting, n);
		if (handle_poll(h, left < 1e6 ? (int)(left * 1000) + 1 : -1) <
			0 &&
		    errno != EINTR && !is_over(w))
			err(1, "ERROR: the connection to the broker is lost");
	}
	return w->worst;
}

/* ---- which ---- */

static struct target *
targets_of_ids(json_t *ids)
{
	struct target *t = calloc(json_array_size(ids) + 1, sizeof(*t));
	json_t *id;
	size_t i;

	if (!t)
		err(1, NULL);
	json_array_foreach(ids, i, id)
		t[i].id = (uint64_t)json_integer_value(id);
	return t;
}

static int
wait_selected(struct wait *w)
{
	struct errmsg em;
	struct handle *h = uri_open_default(&em);
	struct target *targets;
	json_t *ids;
	int rc;

	if (!h)
		tool_fail("%s", em.text);
	ids = w->name ? jobname_find(h, w->name, &em)
		      : jobname_active(h, NULL, &em);
	if (!ids)
		tool_fail("%s", em.text);
	targets = targets_of_ids(ids);
	rc = wait_for(h, w, targets, json_array_size(ids));
	free(targets);
	json_decref(ids);
	handle_close(h);
	return rc;
}

static void
add_id(json_t *ids, const struct optparse *p, const char *text)
{
	uint64_t id;

	if (fluid_parse(text, &id) < 0)
		optparse_fail(p, "invalid JobID value: '%s'", text);
	json_array_append_new(ids, json_integer((json_int_t)id));
}

static void
add_from_stdin(json_t *ids, const struct optparse *p)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t n;

	while ((n = getline(&line, &size, stdin)) > 0) {
		if (line[n - 1] == '\n')
			line[n - 1] = '\0';
		if (*line)
			add_id(ids, p, line);
	}
	free(line);
}

static int
wait_ids(struct wait *w, const struct optparse *p)
{
	json_t *ids = json_array();
	struct target *targets;
	struct errmsg em;
	struct handle *h;
	int rc;

	for (int i = 0; i < p->noperands; i++)
		if (strcmp(p->operands[i], "-") == 0)
			add_from_stdin(ids, p);
		else
			add_id(ids, p, p->operands[i]);
	if (!(h = uri_open_default(&em)))
		tool_fail("%s", em.text);
	targets = targets_of_ids(ids);
	rc = wait_for(h, w, targets, json_array_size(ids));
	free(targets);
	json_decref(ids);
	handle_close(h);
	return rc;
}

static void
set_option(struct wait *w, const struct optparse *p, int c)
{
	switch (c) {
	case OPT_ANY:
		w->any = true;
		break;
	case OPT_ALL:
		w->all = true;
		break;
	case OPT_NAME:
		w->name = p->value;
		break;
	case 't':
		if (fsd_parse(p->value, &w->timeout) < 0)
			optparse_fail(p,
			    "invalid Flux standard duration '%s' for "
			    "--timeout",
			    p->value);
		break;
	case 'q':
		w->quiet = true;
		break;
	default:
		w->verbose = true;
	}
}

int
main(int argc, char **argv)
{
	struct optparse p = {
		.usage = "[OPTIONS] ID... | --name=NAME | --all",
		.summary = "wait until jobs have ended, and end as the worst "
			   "of them did",
		.example = "flux submit --cc=1-9 ./step | flux wait -",
		.opts = options,
	};
	struct wait w = { .timeout = INFINITY };
	int c, kinds, rc;

	setlocale(LC_CTYPE, "");
	setprogname("flux-wait");
	optparse_init(&p, argc, argv);
	while ((c = optparse_next(&p)) != -1)
		set_option(&w, &p, c);
	kinds = (p.noperands > 0) + (w.name != NULL) + w.all;
	if (kinds == 0)
		optparse_fail(&p, "no jobs: give ids, --name or --all");
	if (kinds > 1)
		optparse_fail(&p, "give only one of ids, --name and --all");
	rc = p.noperands > 0 ? wait_ids(&w, &p) : wait_selected(&w);
	optparse_fini(&p);
	return tool_finish(rc);
}
