/* SPDX-License-Identifier: MIT */
/*
 * flux why: what a job waits for, or how it ended.
 *
 * All jobs are asked for at once. What the state of a job calls for (the
 * instance for pending jobs, more logs for failed ones) is asked then.
 */
#include <err.h>
#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "eventlog.h"
#include "fluid.h"
#include "instance.h"
#include "jobinfo.h"
#include "optparse.h"
#include "why.h"

enum { LOOKUP_DECODE = 1, LOOKUP_CURRENT = 2 };

/* ---- asking ---- */

void
run(struct why *w)
{
	if (handle_run(w->h) < 0)
		tool_fail("lost connection to Flux");
}

static void
keep(struct handle *h, const struct reply *r, void *arg)
{
	json_t **out = arg;

	(void)h;
	if (r->errnum == 0)
		*out = json_incref(r->json);
}

void
ask(struct why *w, const char *topic, uint32_t nodeid, json_t *in, json_t **out)
{
	*out = NULL;
	if (handle_rpc_new(w->h, topic, nodeid, 0, in, keep, out) < 0)
		tool_fail("%s: %s", topic, strerror(errno));
}

void
ask_key(struct why *w, uint64_t id, const char *key, json_t **out)
{
	ask(w, "job-info.lookup", NODEID_ANY,
	    json_pack("{s:I s:[s] s:i}", "id", (json_int_t)id, "keys", key,
		"flags", LOOKUP_DECODE | LOOKUP_CURRENT),
	    out);
}

void
ask_job_key(const struct job *j, const char *key, json_t **out)
{
	*out = NULL;
	if (jobpath_rpc_new(&j->path, "job-info.lookup",
		json_pack("{s:[s] s:i}", "keys", key, "flags",
		    LOOKUP_DECODE | LOOKUP_CURRENT),
		keep, out) < 0)
		tool_fail("%s: %s", j->arg, strerror(errno));
}

static void
on_info(struct handle *h, const struct reply *r, void *arg)
{
	struct job *j = arg;

	(void)h;
	j->errnum = r->errnum;
	if (r->errnum == 0)
		j->info = json_incref(json_object_get(r->json, "job"));
	else if (!(j->error = strdup(r->errnum == ENOSYS && j->path.inner
					 ? "the instance keeps no history of "
					   "jobs in jobs"
					 : r->text)))
		err(1, NULL);
}

/* An eventlog is lines of text. */
json_t *
decode_events(const char *text)
{
	json_t *events = json_array();
	struct event e;

	while (text && *text) {
		size_t n = strcspn(text, "\n");
		char *line = strndup(text, n);

		if (!line)
			err(1, NULL);
		if (event_decode(&e, line) == 0) {
			json_array_append(events, e.json);
			event_fini(&e);
		}
		free(line);
		text += n + (text[n] == '\n');
	}
	return events;
}

/* Replace the answer of a lookup by what was looked up. */
static void
unwrap(json_t **answer, const char *key)
{
	json_t *o = json_incref(json_object_get(*answer, key));

	json_decref(*answer);
	*answer = o;
}

static void
gather(struct why *w, struct job *jobs, int n)
{
	for (int i = 0; i < n; i++) {
		struct job *j = &jobs[i];

		if (jobpath_rpc_new(&j->path, "job-list.list-id",
			json_pack("{s:[s]}", "attrs", "all"), on_info, j) < 0)
			tool_fail("%s", strerror(errno));
		ask_job_key(j, "jobspec", &j->spec);
		ask_job_key(j, "eventlog", &j->events);
	}
	run(w);
	for (int i = 0; i < n; i++) {
		json_t *log;

		unwrap(&jobs[i].spec, "jobspec");
		unwrap(&jobs[i].events, "eventlog");
		log = jobs[i].events;
		jobs[i].events = decode_events(json_string_value(log));
		json_decref(log);
	}
}

/* ---- reports ---- */

static void
report_running(struct why *w, struct job *j)
{
	double end = get_number(j->info, "expiration");
	double start = get_number(j->info, "t_run");
	char since[32], left[32];
	const char *nodes = get_text(j->info, "nodelist");

	span_text(since, sizeof(since), w->now - start);
	span_text(left, sizeof(left), end - w->now);
	json_object_set_new(j->report, "reason", json_string("running"));
	json_object_set_new(j->report, "text",
	    textf("running for %s on %s, %s%s", since, nodes ? nodes : "?",
		end > 0 ? "may run for another " : "without a time limit",
		end > 0 ? left : ""));
	if (end > 0)
		json_object_set_new(j->report, "end", json_real(end));
}

static void
report_cleanup(struct job *j)
{
	json_object_set_new(j->report, "reason", json_string("cleanup"));
	json_object_set_new(j->report, "text",
	    json_string("ending: its tasks are done, or are being ended, and "
			"its resources are given back"));
}

/* What the broker has noted of a job that is, or was, run again. */
static void
set_retry(struct job *j)
{
	json_t *o = json_object_get(j->info, "annotations");

	o = json_object_get(json_object_get(o, "user"), "retry");
	if (json_is_object(o))
		json_object_set(j->report, "retry", o);
}

static const char *
state_name(int state)
{
	switch (state) {
	case JOB_DEPEND:
		return "DEPEND";
	case JOB_PRIORITY:
		return "PRIORITY";
	case JOB_SCHED:
		return "SCHED";
	case JOB_RUN:
		return "RUN";
	case JOB_CLEANUP:
		return "CLEANUP";
	case JOB_INACTIVE:
		return "INACTIVE";
	default:
		return "NEW";
	}
}

static void
report(struct why *w, struct job *j)
{
	int state = get_int(j->info, "state");
	const char *name = get_text(j->info, "name");

	j->report = json_pack("{s:i s:I s:o s:s s:o s:s}", "version", 1, "id",
	    (json_int_t)j->id, "jobid",
	    jobpath_is(j->arg) ? textf("%s", j->arg) : id_text(j->id), "name",
	    name ? name : "", "user", user_text(get_int(j->info, "userid")),
	    "state", state_name(state));
	if (!j->report)
		err(1, NULL);
	set_retry(j);
	if (state == JOB_RUN)
		report_running(w, j);
	else if (state == JOB_CLEANUP)
		report_cleanup(j);
	else if (state == JOB_INACTIVE)
		report_ended(w, j);
	else
		report_pending(w, j);
}

static void
print_json(const json_t *o)
{
	char *s = json_dumps(o, JSON_COMPACT);

	if (!s)
		err(1, NULL);
	puts(s);
	free(s);
}

/* Returns the exit status. */
static int
explain(struct why *w, struct job *jobs, int n, bool as_json)
{
	int rc = 0;

	gather(w, jobs, n);
	for (int i = 0; i < n; i++) {
		struct job *j = &jobs[i];

		if (!j->info) {
			fflush(stdout);
			warnx("ERROR: %s: %s", j->arg,
			    j->errnum == ENOENT && !j->path.inner
				? "no such job"
				: j->error);
			rc = 1;
			continue;
		}
		report(w, j);
		if (as_json)
			print_json(j->report);
		else
			show(j->report, w->now);
	}
	return rc;
}

/* ---- main ---- */

static struct job *
parse_jobs(const struct optparse *p)
{
	struct job *jobs = calloc(p->noperands + 1, sizeof(*jobs));

	if (!jobs)
		err(1, NULL);
	if (p->noperands < 1)
		optparse_fail(p, "which job? JOBID is missing");
	for (int i = 0; i < p->noperands; i++) {
		jobs[i].arg = p->operands[i];
		if (!jobpath_is(jobs[i].arg) &&
		    fluid_parse(jobs[i].arg, &jobs[i].id) < 0)
			optparse_fail(
			    p, "invalid JOBID value: '%s'", jobs[i].arg);
	}
	return jobs;
}

static void
free_jobs(struct job *jobs, int n)
{
	for (int i = 0; i < n; i++) {
		json_decref(jobs[i].info);
		json_decref(jobs[i].spec);
		json_decref(jobs[i].events);
		json_decref(jobs[i].report);
		free(jobs[i].error);
	}
	free(jobs);
}

/* Jobs of the enclosing instance. */
static int
explain_here(struct why *w, struct job *jobs, int n, bool as_json)
{
	int rc;

	w->h = tool_open();
	for (int i = 0; i < n; i++)
		jobs[i].path = (struct jobpath){ .h = w->h, .id = jobs[i].id };
	rc = explain(w, jobs, n, as_json);
	instance_destroy(w->inst);
	handle_close(w->h);
	return rc;
}

/* A job inside others. */
static int
explain_inner(const struct why *outer, struct job *j, bool as_json)
{
	struct why w = { .now = outer->now };
	struct errmsg em;
	int rc;

	if (jobpath_open(&j->path, j->arg, &em) < 0) {
		fflush(stdout);
		warnx("ERROR: %s: %s", j->arg, em.text);
		return 1;
	}
	w.h = j->path.h;
	j->id = jobpath_id(&j->path);
	rc = explain(&w, j, 1, as_json);
	instance_destroy(w.inst);
	jobpath_close(&j->path);
	return rc;
}

/* In the order of the command line; those of this instance at once. */
static int
explain_all(struct why *w, struct job *jobs, int n, bool as_json)
{
	int rc = 0, r, same;

	for (int i = 0; i < n; i += same) {
		for (same = 0; i + same < n && !jobpath_is(jobs[i + same].arg);)
			same++;
		if (same > 0) {
			struct why here = *w;

			r = explain_here(&here, &jobs[i], same, as_json);
		} else {
			same = 1;
			r = explain_inner(w, &jobs[i], as_json);
		}
		if (r)
			rc = r;
	}
	return rc;
}

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

int
main(int argc, char **argv)
{
	static const struct opt opts[] = {
		{ "json", 'j', NULL, "one JSON object a job", 0 },
		{ 0 },
	};
	struct optparse p = {
		.usage = "[OPTIONS] JOBID...",
		.summary = "tell what a job waits for, or how it ended",
		.example = "flux why $(flux job last)",
		.opts = opts,
	};
	struct why w = { .now = now() };
	struct job *jobs;
	bool as_json = false;
	int rc;

	setlocale(LC_CTYPE, "");
	setprogname("flux-why");
	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGPIPE, SIG_IGN);
	optparse_init(&p, argc, argv);
	while (optparse_next(&p) != -1)
		as_json = true;
	jobs = parse_jobs(&p);
	rc = explain_all(&w, jobs, p.noperands, as_json);
	free_jobs(jobs, p.noperands);
	optparse_fini(&p);
	return tool_finish(rc);
}
