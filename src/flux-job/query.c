/* SPDX-License-Identifier: MIT */
/*
 * flux job stats, last and timeleft: one question, one answer.
 */
#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fsd.h"
#include "job.h"
#include "jobstate.h"

static void
no_options(struct optparse *p, int argc, char **argv)
{
	job_options(p, argc, argv);
	while (optparse_next(p) != -1)
		;
}

static const struct opt none[] = { { 0 } };

int
cmd_stats(int argc, char **argv)
{
	struct optparse p = {
		.usage = "stats",
		.summary = "Print how many jobs are in each state, as JSON",
		.example = "flux job stats | jq .failed",
		.opts = none,
	};
	struct handle *h;
	json_t *out = NULL;
	struct errmsg em;
	char *s;

	no_options(&p, argc, argv);
	h = tool_open_plain();
	if (handle_call_new(
		h, "job-list.job-stats", NODEID_ANY, NULL, &out, &em) < 0)
		errx(1, "%s", em.text);
	if (!(s = json_dumps(out, JSON_COMPACT)))
		err(1, NULL);
	puts(s);
	free(s);
	json_decref(out);
	handle_close(h);
	optparse_fini(&p);
	return job_flush();
}

int
cmd_last(int argc, char **argv)
{
	struct optparse p = {
		.usage = "last [N|SLICE]",
		.summary = "Print the ids of your last jobs, newest first",
		.example = "flux job last '[::-1]'",
		.opts = none,
	};
	char slice[128] = "[:1]";
	struct handle *h;
	json_t *out = NULL, *jobs, *id;
	struct errmsg em;
	const char *why;
	size_t i;

	no_options(&p, argc, argv);
	job_operands(&p, 0, 1);
	if (p.noperands > 0) {
		int n = strtonum(p.operands[0], 0, INT32_MAX, &why);

		if (!why)
			snprintf(slice, sizeof(slice), "[:%d]", n);
		else if (*p.operands[0] != '[')
			optparse_fail(&p,
			    "'%s' is neither a number nor a "
			    "slice",
			    p.operands[0]);
		else
			strlcpy(slice, p.operands[0], sizeof(slice));
	}
	h = tool_open_plain();
	if (handle_call_new(h, "job-manager.history.get", NODEID_ANY,
		json_pack("{s:s}", "slice", slice), &out, &em) < 0)
		errx(1, "%s", em.text);
	jobs = json_object_get(out, "jobs");
	if (json_array_size(jobs) == 0)
		errx(1, "job history is empty");
	json_array_foreach(jobs, i, id)
		puts(job_f58(json_integer_value(id)));
	json_decref(out);
	handle_close(h);
	optparse_fini(&p);
	return job_flush();
}

/* ---- timeleft ---- */

/* When the job will be ended, in seconds since the epoch; 0 = no limit, -1 =
 * it is over. */
static double
job_expiration(struct handle *h, const char *arg)
{
	json_t *out = NULL;
	struct errmsg em;
	double expiration = 0;
	int state = 0;

	if (handle_call_new(h, "job-list.list-id", NODEID_ANY,
		json_pack("{s:I s:[s s]}", "id", (json_int_t)job_id(arg),
		    "attrs", "expiration", "state"),
		&out, &em) < 0) {
		if (errno == ENOENT)
			errx(1, "%s: no such jobid", arg);
		errx(1, "%s: %s", arg, em.text);
	}
	json_unpack(out, "{s:{s?f s:i}}", "job", "expiration", &expiration,
	    "state", &state);
	json_decref(out);
	if (state & (JOBSTATE_PENDING | 1))
		errx(1, "job %s has not started", arg);
	return state & JOBSTATE_RUN ? expiration : -1;
}

/* The enclosing instance ends when its resources do. */
static double
instance_expiration(struct handle *h)
{
	json_t *out = NULL;
	struct errmsg em;
	double expiration = 0;

	if (handle_call_new(h, "resource.status", 0, NULL, &out, &em) < 0)
		errx(1, "%s", em.text);
	json_unpack(
	    out, "{s:{s:{s?F}}}", "R", "execution", "expiration", &expiration);
	json_decref(out);
	return expiration;
}

static void
print_left(double expiration, bool human)
{
	struct timespec ts;
	double left;
	char buf[64];

	clock_gettime(CLOCK_REALTIME, &ts);
	left = expiration - (ts.tv_sec + ts.tv_nsec / 1e9);
	if (expiration < 0 || left < 0)
		left = 0;
	if (expiration == 0)
		left = INFINITY;
	if (human)
		puts(fsd_format(buf, sizeof(buf), left));
	else if (isinf(left))
		printf("%" PRIu32 "\n", UINT32_MAX);
	else
		printf("%.0f\n", left > 0 && left < 1 ? 1 : floor(left));
}

int
cmd_timeleft(int argc, char **argv)
{
	static const struct opt opts[] = {
		{ "human", 'H', NULL, "as a duration with a unit", 0 },
		{ 0 },
	};
	struct optparse p = {
		.usage = "timeleft [-H] [ID]",
		.summary = "Print how many seconds a job has left",
		.example = "flux job timeleft --human",
		.opts = opts,
	};
	const char *arg = getenv("FLUX_JOB_ID");
	bool human = false;
	struct handle *h;
	double expiration;

	job_options(&p, argc, argv);
	while (optparse_next(&p) != -1)
		human = true;
	job_operands(&p, 0, 1);
	if (p.noperands > 0)
		arg = p.operands[0];
	h = tool_open_plain();
	expiration = arg ? job_expiration(h, arg) : instance_expiration(h);
	print_left(expiration, human);
	handle_close(h);
	optparse_fini(&p);
	return job_flush();
}
