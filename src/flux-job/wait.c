/* SPDX-License-Identifier: MIT */
/*
 * flux job wait: collect the results of jobs that were submitted as waitable.
 * The broker gives each result out once.
 */
#include <err.h>
#include <errno.h>
#include <stdio.h>

#include "job.h"

enum { EXIT_NOTHING = 2 }; /* no such waitable job, or none left */

struct result {
	json_t *json;
	json_int_t id;
	int success;
	const char *reason; /* borrowed from json */
};

/* id -1 = any. False: there is none (em says why). */
static bool
wait_one(struct handle *h, json_int_t id, struct result *r, struct errmsg *em)
{
	if (handle_call_new(h, "job-manager.wait", NODEID_ANY,
		json_pack("{s:I}", "id", id), &r->json, em) < 0) {
		if (errno == ECHILD)
			return false;
		errx(1, "%s", em->text);
	}
	if (json_unpack(r->json, "{s:I s:b s:s}", "id", &r->id, "success",
		&r->success, "errstr", &r->reason) < 0)
		errx(1, "malformed answer to job-manager.wait");
	return true;
}

static int
wait_all(bool verbose)
{
	struct handle *h = tool_open_plain();
	struct result r;
	struct errmsg em;
	int rc = 0;

	while (wait_one(h, -1, &r, &em)) {
		if (!r.success) {
			rc = 1;
			fprintf(stderr, "%s: %s\n", job_f58(r.id), r.reason);
		} else if (verbose) {
			fprintf(stderr, "%s: job completed successfully\n",
			    job_f58(r.id));
		}
		json_decref(r.json);
	}
	handle_close(h);
	return rc;
}

static int
wait_for(const char *arg)
{
	json_int_t id = arg ? (json_int_t)job_id(arg) : -1;
	struct handle *h = tool_open_plain();
	struct result r;
	struct errmsg em;
	int rc;

	if (!wait_one(h, id, &r, &em)) {
		warnx("%s", em.text);
		handle_close(h);
		return EXIT_NOTHING;
	}
	if (!arg)
		puts(job_f58(r.id));
	rc = r.success ? 0 : 1;
	if (!r.success)
		warnx("%s", r.reason);
	json_decref(r.json);
	handle_close(h);
	return rc;
}

int
cmd_wait(int argc, char **argv)
{
	static const struct opt opts[] = {
		{ "all", 'a', NULL, "wait for all waitable jobs", 0 },
		{ "verbose", 'v', NULL, "report jobs that succeed, too", 0 },
		{ 0 },
	};
	struct optparse p = {
		.usage = "wait [OPTIONS] [ID]",
		.summary = "Wait for jobs that were submitted as waitable",
		.example = "flux batch --flags=waitable job.sh && flux job "
			   "wait --all",
		.opts = opts,
	};
	bool all = false, verbose = false;
	int c, rc;

	job_options(&p, argc, argv);
	while ((c = optparse_next(&p)) != -1) {
		all |= c == 'a';
		verbose |= c == 'v';
	}
	job_operands(&p, 0, 1);
	if (all && p.noperands > 0)
		errx(1, "jobid not supported with --all");
	if (all)
		rc = wait_all(verbose);
	else
		rc = wait_for(p.noperands > 0 ? p.operands[0] : NULL);
	optparse_fini(&p);
	return job_flush() ? 1 : rc;
}
