/* SPDX-License-Identifier: MIT */
/*
 * flux job purge: forget inactive jobs, by age, by number or by id. In
 * batches, so that the broker serves others in between.
 */
#include <err.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "job.h"

struct purge {
	double age_limit; /* seconds; -1 = any */
	int num_limit;    /* -1 = any */
	int batch;
	bool force;
};

static int
inactive_jobs(struct handle *h)
{
	json_t *out = NULL;
	struct errmsg em;
	int n = 0;

	if (handle_call_new(h, "job-manager.stats-get", 0, NULL, &out, &em) < 0)
		errx(1, "purge: %s", em.text);
	json_unpack(out, "{s:i}", "inactive_jobs", &n);
	json_decref(out);
	return n;
}

static int
call(struct handle *h, const char *topic, json_t *o)
{
	json_t *out = NULL;
	struct errmsg em;
	int count = 0;

	if (handle_call_new(h, topic, 0, o, &out, &em) < 0)
		errx(1, "purge: %s", em.text);
	json_unpack(out, "{s:i}", "count", &count);
	json_decref(out);
	return count;
}

static int
purge_by_limit(struct handle *h, const struct purge *pu)
{
	int total = 0, n;

	do {
		n = call(h, "job-manager.purge",
		    json_pack("{s:f s:i s:i s:b}", "age_limit", pu->age_limit,
			"num_limit", pu->num_limit, "batch", pu->batch, "force",
			pu->force));
		total += n;
	} while (pu->force && n > 0);
	return total;
}

static int
purge_by_id(struct handle *h, const struct purge *pu, struct optparse *p)
{
	int total = 0;

	for (int i = 0; i < p->noperands; i++)
		total += call(h, "job-manager.purge-id",
		    json_pack("{s:I s:i}", "id",
			(json_int_t)job_id(p->operands[i]), "force",
			pu->force));
	return total;
}

static const struct opt opts[] = {
	{ "age-limit", 0, "FSD", "jobs that ended longer ago than this", 'a' },
	{ "num-limit", 0, "N", "the oldest ones, until N are left", 'n' },
	{ "force", 'f', NULL, "do it, do not only count", 0 },
	{ "batch", 0, "N", "jobs per request (50)", 'b' },
	{ 0 },
};

int
cmd_purge(int argc, char **argv)
{
	struct optparse p = {
		.usage = "purge [OPTIONS] [ID...]",
		.summary = "Forget inactive jobs",
		.example = "flux job purge --force --age-limit=7d",
		.opts = opts,
	};
	struct purge pu = { .age_limit = -1, .num_limit = -1, .batch = 50 };
	struct handle *h;
	int c, n, inactive;

	job_options(&p, argc, argv);
	while ((c = optparse_next(&p)) != -1) {
		if (c == 'a')
			pu.age_limit = job_option_fsd(&p);
		else if (c == 'n')
			pu.num_limit = job_option_int(&p, 0, INT_MAX);
		else if (c == 'b')
			pu.batch = job_option_int(&p, INT_MIN, INT_MAX);
		else
			pu.force = true;
	}
	if (pu.batch < 1 || pu.batch > 100)
		errx(1, "purge: batch must be >= 1 and <= 100");
	h = tool_open_plain();
	n = p.noperands > 0 ? purge_by_id(h, &pu, &p) : purge_by_limit(h, &pu);
	inactive = inactive_jobs(h);
	if (pu.force)
		printf("purged %d inactive jobs, %d remaining\n", n, inactive);
	else
		printf("use --force to purge %d of %d inactive jobs\n", n,
		    inactive);
	handle_close(h);
	optparse_fini(&p);
	return job_flush();
}
