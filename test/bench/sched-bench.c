/* SPDX-License-Identifier: MIT */
/*
 * sched-bench [JOBS [POLICY [NODES...]]]: what a decision of the scheduler
 * costs, without a broker around it. For each number of nodes (of 64 cores;
 * every fourth has 4 GPUs) and each policy all jobs wait at first, of mixed
 * shapes and limits, and run in simulated time until none is left. One line for
 * each: nodes  policy  jobs  jobs/s  us/job  simulated hours  utilisation The
 * time includes R and its summary as the broker makes them.
 */
#include <sys/tree.h>

#include <err.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../src/flux-broker/sched/plan.h"
#include "idset.h"
#include "jobspec.h"
#include "rset.h"

struct run {
	struct ask ask; /* first: an ask is a run */
	struct hold hold;
	struct jobspec spec;
	struct rset *R;
	double takes; /* seconds, up to its limit */
	double ends;
	RB_ENTRY(run) node;
};
RB_HEAD(ends, run);

static int
cmp(struct run *a, struct run *b)
{
	if (a->ends != b->ends)
		return a->ends < b->ends ? -1 : 1;
	return a->ask.id < b->ask.id ? -1 : a->ask.id > b->ask.id;
}

RB_GENERATE_INTERNAL(ends, run, node, cmp, __attribute__((unused)) static)

static const struct policy {
	const char *name;
	int flags;
	bool has_backfill;
} policies[] = {
	{ "first-fit", 0, false },
	{ "best-fit", POOL_BEST_FIT, false },
	{ "easy", POOL_LOOK_AHEAD, true },
};

/* One of eight asks for the next. */
static const struct jobspec shapes[] = {
	{ .nslots = 1, .cores_per_slot = 1 },
	{ .nslots = 1, .cores_per_slot = 8 },
	{ .nslots = 8, .cores_per_slot = 1 },
	{ .nslots = 100, .cores_per_slot = 1 },
	{ .nslots = 2, .cores_per_slot = 4, .gpus_per_slot = 1 },
	{ .nnodes = 1, .nslots = 1, .cores_per_slot = 1, .exclusive = true },
	{ .nnodes = 4, .nslots = 16, .cores_per_slot = 4 },
	{ .nnodes = 16, .nslots = 16, .cores_per_slot = 1, .exclusive = true },
};
#define NSHAPES (sizeof(shapes) / sizeof(shapes[0]))

static unsigned
draw(uint64_t *seed, unsigned n)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(*seed >> 33) % n;
}

static struct rset *
machine(unsigned nnodes)
{
	struct rset *r = rset_create();
	char host[32];

	for (unsigned i = 0; i < nnodes; i++) {
		struct rset_node n = { .rank = i,
			.cores = idset_decode("0-63"),
			.gpus = idset_decode(i % 4 == 3 ? "0-3" : "") };

		snprintf(host, sizeof(host), "node%u", i);
		n.host = strdup(host);
		if (rset_append(r, &n) < 0)
			err(1, NULL);
	}
	return r;
}

static void
make_run(struct run *run, unsigned i, uint64_t *seed)
{
	run->ask.id = i;
	run->ask.priority = 16;
	run->spec = shapes[draw(seed, NSHAPES)];
	if (run->spec.nnodes)
		run->spec.slots_per_node = run->spec.nslots / run->spec.nnodes;
	run->spec.duration = 60 + draw(seed, 7200);
	run->takes = run->spec.duration * (1 + draw(seed, 100)) / 100;
	run->ask.demand.spec = &run->spec;
}

/* What the broker does with R. */
static void
encode(struct rset *r)
{
	char *summary = rset_summary(r);
	json_t *o = rset_encode(r);

	json_decref(o);
	free(summary);
}

struct bench {
	struct plan *plan;
	struct pool *pool;
	struct ends ends;
	double now;
	double busy; /* core seconds */
};

static void
begin(struct bench *b, struct run *run, struct rset *r)
{
	run->R = r;
	r->starttime = b->now;
	r->expiration = b->now + run->spec.duration;
	encode(r);
	run->ends = b->now + run->takes;
	b->busy += run->takes * (double)rset_ncores(r);
	RB_INSERT(ends, &b->ends, run);
	run->hold.R = r;
	run->hold.end = r->expiration;
	if (plan_has_backfill(b->plan))
		plan_hold(b->plan, &run->hold);
}

static void
end(struct bench *b, struct run *run)
{
	RB_REMOVE(ends, &b->ends, run);
	b->now = run->ends;
	if (plan_has_backfill(b->plan))
		plan_unhold(b->plan, &run->hold);
	pool_give(b->pool, run->R);
	rset_destroy(run->R);
	plan_changed(b->plan);
}

static double
seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static void
simulate(struct bench *b, struct run *runs, unsigned njobs)
{
	struct run *run;
	struct rset *r;
	struct ask *a;

	for (unsigned i = 0; i < njobs; i++)
		if (plan_add(b->plan, &runs[i].ask) < 0)
			err(1, NULL);
	do {
		while ((a = plan_next(b->plan, b->now, &r)))
			begin(b, (struct run *)a, r);
		if ((run = RB_MIN(ends, &b->ends)))
			end(b, run);
	} while (run);
	if (plan_length(b->plan) > 0)
		errx(1, "%d jobs do not fit", plan_length(b->plan));
}

static void
measure(unsigned nnodes, const struct policy *policy, unsigned njobs)
{
	struct run *runs = calloc(njobs, sizeof(*runs));
	struct rset *all = machine(nnodes);
	struct bench b = { .plan = plan_create(policy->has_backfill),
		.pool = pool_create(all, policy->flags) };
	uint64_t seed = 1;
	double t;

	if (!runs || !b.plan || !b.pool)
		err(1, NULL);
	RB_INIT(&b.ends);
	plan_set_pool(b.plan, b.pool);
	for (unsigned i = 0; i < njobs; i++)
		make_run(&runs[i], i, &seed);
	t = seconds();
	simulate(&b, runs, njobs);
	t = seconds() - t;
	printf("%6u %-10s %7u %8.0f %7.2f %7.1f %5.1f%%\n", nnodes,
	    policy->name, njobs, njobs / t, t / njobs * 1e6, b.now / 3600,
	    100 * b.busy / (b.now * 64 * nnodes));
	fflush(stdout);
	plan_destroy(b.plan);
	pool_destroy(b.pool);
	rset_destroy(all);
	free(runs);
}

static unsigned
number(const char *s)
{
	const char *error;
	unsigned n = (unsigned)strtonum(s, 1, 10000000, &error);

	if (error)
		errx(2, "%s: %s", s, error);
	return n;
}

int
main(int argc, char **argv)
{
	static const char *const sizes[] = { "100", "1000", "10000" };
	unsigned njobs = argc > 1 ? number(argv[1]) : 100000;
	const char *const *nodes = sizes;
	int n = 3;

	setprogname("sched-bench");
	if (argc > 3) {
		nodes = (const char *const *)argv + 3;
		n = argc - 3;
	}
	for (size_t k = 0; k < sizeof(policies) / sizeof(*policies); k++)
		for (int i = 0; i < n; i++)
			if (argc < 3 || strcmp(argv[2], policies[k].name) == 0)
				measure(number(nodes[i]), &policies[k], njobs);
	return 0;
}
