/* SPDX-License-Identifier: MIT */
/*
 * EASY backfill over random jobs, ends, cancels and losses of nodes. What the
 * plan keeps up to date is compared with what is computed from all nodes and
 * all jobs: when the head will begin; that nobody who passes makes this later;
 * that nobody has to wait who would be back by then.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/flux-broker/sched/plan.h"
#include "idset.h"
#include "jobspec.h"
#include "rset.h"
#include "tap.h"

enum { NODES = 10, JOBS = 40, ROUNDS = 6000 };

struct job {
	struct ask ask; /* first: an ask is a job */
	struct hold hold;
	struct jobspec spec;
	bool waits;
};

struct world {
	struct plan *plan;
	struct pool *pool;
	struct job jobs[JOBS];
	bool is_down[NODES];
	double now;
	uint64_t seed, next_id;
	int nlater, nmissed, nestimates, npassed, nbegun;
};

static unsigned
draw(struct world *w, unsigned n)
{
	w->seed = w->seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(w->seed >> 33) % n;
}

/* ---- from all nodes and all jobs ---- */

static int
all_cores(int node)
{
	return node % 3 ? 8 : 4;
}

/* Free cores of a node when all that end by t have ended. */
static int
cores_at(const struct world *w, int node, double t)
{
	int n = w->is_down[node] ? 0 : all_cores(node);

	for (int i = 0; n > 0 && i < JOBS; i++) {
		const struct hold *h = &w->jobs[i].hold;
		const struct rset_node *r =
		    h->R ? rset_find(h->R, (unsigned)node) : NULL;

		if (r && h->end > t)
			n -= (int)idset_count(r->cores);
	}
	return n;
}

static bool
fits_at(const struct world *w, const struct jobspec *js, double t)
{
	int found = 0;

	for (int i = 0; i < NODES; i++) {
		int cores = cores_at(w, i, t);
		int slots = cores / js->cores_per_slot;

		if (js->exclusive && cores < all_cores(i))
			continue;
		found += js->nnodes == 0 ? slots : slots >= js->slots_per_node;
	}
	return found >= (js->nnodes > 0 ? js->nnodes : js->nslots);
}

/* The first time at which it fits; -1: never. */
static double
first_time(const struct world *w, const struct jobspec *js)
{
	double best = -1;

	if (fits_at(w, js, w->now))
		return w->now;
	for (int i = 0; i < JOBS; i++) {
		double end = w->jobs[i].hold.end;

		if (!w->jobs[i].hold.R || (best >= 0 && end >= best) ||
		    !fits_at(w, js, end))
			continue;
		best = end > w->now ? end : w->now;
	}
	return best;
}

/* ---- what happens ---- */

static void
submit(struct world *w, struct job *j)
{
	struct jobspec *js = &j->spec;

	*js = (struct jobspec){ .cores_per_slot = 1 + (int)draw(w, 4) };
	if (draw(w, 2)) {
		js->nslots = 1 + (int)draw(w, 6);
	} else {
		js->nnodes = 1 + (int)draw(w, 5);
		js->slots_per_node = 1;
		js->nslots = js->nnodes;
		js->exclusive = !draw(w, 2);
	}
	js->duration = draw(w, 6) ? 1 + draw(w, 100) : 0;
	j->ask = (struct ask){ .id = ++w->next_id,
		.priority = draw(w, 3),
		.demand = { .spec = js } };
	j->waits = true;
	plan_add(w->plan, &j->ask);
}

static void
begin(struct world *w, struct job *j, struct rset *R)
{
	j->waits = false;
	j->hold.R = R;
	j->hold.end = plan_end(w->plan, w->now, j->spec.duration);
	plan_hold(w->plan, &j->hold);
	w->nbegun++;
}

static void
end(struct world *w, struct job *j)
{
	plan_unhold(w->plan, &j->hold);
	pool_give(w->pool, j->hold.R);
	rset_destroy(j->hold.R);
	j->hold = (struct hold){ 0 };
	plan_changed(w->plan);
}

static void
set_down(struct world *w)
{
	struct idset *down = idset_create();

	for (unsigned i = 0; i < NODES; i++)
		if ((w->is_down[i] = draw(w, 8) == 0))
			idset_set(down, i);
	pool_set_down(w->pool, down);
	plan_changed(w->plan);
	idset_destroy(down);
}

static void
set_limit(struct world *w, struct job *j)
{
	plan_unhold(w->plan, &j->hold);
	j->hold.end = w->now + draw(w, 200);
	plan_hold(w->plan, &j->hold);
	plan_changed(w->plan);
}

static void
happen(struct world *w)
{
	struct job *j = &w->jobs[draw(w, JOBS)];

	w->now += draw(w, 4);
	if (draw(w, 100) == 0) {
		set_down(w);
	} else if (j->hold.R && draw(w, 10) == 0) {
		set_limit(w, j);
	} else if (j->hold.R && (draw(w, 2) || j->hold.end <= w->now)) {
		end(w, j);
	} else if (j->waits && draw(w, 4) == 0) {
		plan_remove(w->plan, &j->ask);
		j->waits = false;
	} else if (!j->hold.R && !j->waits) {
		submit(w, j);
	}
}

/* ---- what must be true ---- */

/* All that can begin. */
static void
schedule(struct world *w)
{
	struct rset *R;
	struct ask *a;

	for (;;) {
		struct job *head = (struct job *)plan_head(w->plan);
		double before = head ? first_time(w, &head->spec) : 0;

		if (!(a = plan_next(w->plan, w->now, &R)))
			return;
		begin(w, (struct job *)a, R);
		if (a == &head->ask || before < 0)
			continue;
		w->npassed++;
		w->nlater += first_time(w, &head->spec) > before;
	}
}

static void
check_rest(struct world *w)
{
	struct job *head = (struct job *)plan_head(w->plan);
	double t = head ? first_time(w, &head->spec) : 0;
	double estimate = plan_estimate(w->plan, w->now);

	if (!head)
		return;
	w->nestimates += estimate != (t > 0 && isfinite(t) ? t : 0);
	for (int i = 0; i < JOBS; i++) {
		struct job *j = &w->jobs[i];

		if (!j->waits || j == head)
			continue;
		w->nmissed += (t < 0 || plan_end(w->plan, w->now,
					    j->spec.duration) < t) &&
			      fits_at(w, &j->spec, w->now - 1000);
	}
}

static struct pool *
make_pool(void)
{
	struct rset *r = rset_create();
	struct pool *p;

	for (int i = 0; i < NODES; i++) {
		struct rset_node n = { .rank = (unsigned)i,
			.host = strdup(""),
			.cores = idset_create(),
			.gpus = idset_create() };

		idset_set_range(n.cores, 0, (unsigned)all_cores(i) - 1);
		rset_append(r, &n);
	}
	p = pool_create(r, POOL_LOOK_AHEAD);
	rset_destroy(r);
	return p;
}

static void
clear(struct world *w)
{
	for (int i = 0; i < JOBS; i++) {
		if (w->jobs[i].hold.R)
			end(w, &w->jobs[i]);
		if (w->jobs[i].waits)
			plan_remove(w->plan, &w->jobs[i].ask);
	}
	is_int(plan_length(w->plan), 0, "none waits in the end");
	plan_destroy(w->plan);
	pool_destroy(w->pool);
}

int
main(void)
{
	struct world w = { .plan = plan_create(true), .pool = make_pool() };

	plan_set_pool(w.plan, w.pool);
	for (int i = 0; i < ROUNDS; i++) {
		happen(&w);
		schedule(&w);
		check_rest(&w);
	}
	ok(w.nbegun > ROUNDS / 10 && w.npassed > ROUNDS / 100,
	    "%d jobs began, %d of them before the head", w.nbegun, w.npassed);
	is_int(w.nlater, 0, "none of them made the head wait longer");
	is_int(w.nmissed, 0, "none had to wait that would be back by then");
	is_int(w.nestimates, 0, "the estimate is the time of the head");
	clear(&w);
	return done_testing();
}
