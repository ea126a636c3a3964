/* SPDX-License-Identifier: MIT */
/*
 * flux job list, list-ids, list-inactive: all that the broker knows of jobs,
 * one JSON object a line, for scripts. People want flux jobs.
 */
#include <err.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "job.h"
#include "jobstate.h"
#include "userid.h"

static void
not_for_people(void)
{
	if (isatty(STDOUT_FILENO))
		errx(1, "This is not the command you are looking for. "
			"Try flux-jobs(1).");
}

static void
print_job(const json_t *job)
{
	char *s = json_dumps(job, 0);

	if (!s)
		err(1, NULL);
	puts(s);
	free(s);
}

static void
on_jobs(struct handle *h, const struct reply *r, void *arg)
{
	json_t *jobs, *job;
	size_t i;

	(void)h;
	(void)arg;
	if (r->errnum == ENODATA)
		return;
	if (r->errnum)
		errx(1, "%s", r->text);
	jobs = json_object_get(r->json, "jobs");
	json_array_foreach(jobs, i, job)
		print_job(job);
}

/* Takes the reference of request. */
static void
list(json_t *request)
{
	struct handle *h = tool_open_plain();

	if (handle_rpc_new(h, "job-list.list", NODEID_ANY, MSG_STREAMING,
		request, on_jobs, NULL) < 0 ||
	    handle_run(h) < 0)
		err(1, "job-list.list");
	handle_close(h);
}

static int
states_option(const struct optparse *p)
{
	struct errmsg em;
	int mask = jobstate_parse_list(p->value, &em);

	if (mask < 0)
		errx(1, "error parsing --states: %s is unknown", em.text);
	return mask;
}

int
cmd_list(int argc, char **argv)
{
	static const struct opt opts[] = {
		{ "count", 'c', "N", "at most N jobs", 0 },
		{ "states", 's', "STATES", "jobs in these states (active)", 0 },
		{ "user", 'u', "USER", "jobs of USER, or all", 0 },
		{ "all-user", 'a', NULL, "own jobs in all states", 0 },
		{ "all", 'A', NULL, "all jobs of all users", 0 },
		{ 0 },
	};
	struct optparse p = {
		.usage = "list [OPTIONS]",
		.summary = "Print jobs as JSON, for scripts",
		.example = "flux job list --states=pending | jq .id",
		.opts = opts,
	};
	int max = 0, states = JOBSTATE_ACTIVE, c;
	uint32_t userid = getuid();

	not_for_people();
	job_options(&p, argc, argv);
	while ((c = optparse_next(&p)) != -1) {
		if (c == 'c')
			max = job_option_int(&p, 0, INT_MAX);
		else if (c == 's')
			states = states_option(&p);
		else if (c == 'u' && userid_parse(p.value, &userid) < 0)
			errx(1, "unknown user %s", p.value);
		else if (c == 'A')
			userid = USERID_UNKNOWN;
		if (c == 'a' || c == 'A')
			states = JOBSTATE_ALL;
	}
	job_operands(&p, 0, 0);
	list(json_pack("{s:i s:[s] s:{s:[{s:[I]} {s:[i]}]}}", "max_entries",
	    max, "attrs", "all", "constraint", "and", "userid",
	    userid == USERID_UNKNOWN ? (json_int_t)-1 : (json_int_t)userid,
	    "states", states));
	optparse_fini(&p);
	return job_flush();
}

int
cmd_list_inactive(int argc, char **argv)
{
	static const struct opt opts[] = {
		{ "count", 'c', "N", "at most N jobs", 0 },
		{ "since", 's', "T", "jobs that ended after T (seconds)", 0 },
		{ 0 },
	};
	struct optparse p = {
		.usage = "list-inactive [OPTIONS]",
		.summary = "Print inactive jobs as JSON, for scripts",
		.opts = opts,
	};
	int max = 0, c;
	double since = 0;
	char *end;

	not_for_people();
	job_options(&p, argc, argv);
	while ((c = optparse_next(&p)) != -1) {
		if (c == 'c') {
			max = job_option_int(&p, 0, INT_MAX);
			continue;
		}
		since = strtod(p.value, &end);
		if (end == p.value || *end)
			optparse_fail(
			    &p, "invalid time '%s' for --since", p.value);
	}
	job_operands(&p, 0, 0);
	list(json_pack("{s:i s:f s:[s] s:{s:[i]}}", "max_entries", max, "since",
	    since, "attrs", "all", "constraint", "states", JOBSTATE_INACTIVE));
	optparse_fini(&p);
	return job_flush();
}

static void
on_job(struct handle *h, const struct reply *r, void *arg)
{
	const char *id = arg;

	(void)h;
	if (r->errnum)
		errx(1, "%s: %s", id, r->text);
	print_job(json_object_get(r->json, "job"));
}

int
cmd_list_ids(int argc, char **argv)
{
	static const struct opt opts[] = {
		{ "wait-state", 'W', "STATE", "wait for this state", 0 },
		{ 0 },
	};
	struct optparse p = {
		.usage = "list-ids [OPTIONS] ID...",
		.summary = "Print jobs as JSON, for scripts",
		.opts = opts,
	};
	struct handle *h;
	int state = 0;

	not_for_people();
	job_options(&p, argc, argv);
	while (optparse_next(&p) != -1)
		if ((state = jobstate_parse(p.value)) < 0)
			errx(1, "invalid job state specified");
	job_operands(&p, 1, -1);
	h = tool_open_plain();
	for (int i = 0; i < p.noperands; i++) {
		json_t *o = json_pack("{s:I s:[s]}", "id",
		    (json_int_t)job_id(p.operands[i]), "attrs", "all");

		if (state > 0)
			json_object_set_new(o, "state", json_integer(state));
		if (handle_rpc_new(h, "job-list.list-id", NODEID_ANY, 0, o,
			on_job, p.operands[i]) < 0)
			err(1, "%s", p.operands[i]);
	}
	if (handle_run(h) < 0)
		err(1, "job-list.list-id");
	handle_close(h);
	optparse_fini(&p);
	return job_flush();
}
