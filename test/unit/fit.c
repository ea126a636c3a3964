/* SPDX-License-Identifier: MIT */
/*
 * The pool against a plain first fit and best fit that look at each node, over
 * many random requests on nodes of several sizes, some of them down.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/flux-broker/sched/placement.h"
#include "idset.h"
#include "jobspec.h"
#include "rset.h"
#include "tap.h"

enum { NODES = 48, HELD = 60, ROUNDS = 4000 };

struct node {
	int cores, gpus; /* free */
	int all_cores, all_gpus;
	bool is_down, is_fast;
};

struct plain {
	struct node nodes[NODES];
	bool best_fit;
};

/* What is asked for, and what was got. */
struct want {
	struct jobspec spec;
	json_t *properties;
	struct rset *R; /* NULL = nothing is held */
};

static unsigned
draw(uint64_t *seed, unsigned n)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(*seed >> 33) % n;
}

static int
slots_in(const struct jobspec *js, int cores, int gpus)
{
	int n = cores / js->cores_per_slot;

	if (js->gpus_per_slot > 0 && gpus / js->gpus_per_slot < n)
		n = gpus / js->gpus_per_slot;
	return n;
}

static int
slots_of(const struct node *n, const struct want *w)
{
	const struct jobspec *js = &w->spec;
	int slots = slots_in(js, n->cores, n->gpus);

	if (n->is_down || n->cores == 0 || (w->properties && !n->is_fast))
		return 0;
	if (js->exclusive &&
	    (n->cores != n->all_cores || n->gpus != n->all_gpus))
		return 0;
	if (js->nnodes > 0)
		return slots >= js->slots_per_node ? js->slots_per_node : 0;
	return slots;
}

/* Slots on each node; false: it does not fit. */
static bool
place(const struct plain *p, const struct want *w, int *slots)
{
	int missing = w->spec.nnodes > 0 ? w->spec.nnodes : w->spec.nslots;

	memset(slots, 0, NODES * sizeof(*slots));
	while (missing > 0) {
		int best = -1, n;

		for (int i = 0; i < NODES; i++) {
			if (slots[i] > 0 || slots_of(&p->nodes[i], w) == 0)
				continue;
			if (best < 0 ||
			    (p->best_fit &&
				p->nodes[i].cores < p->nodes[best].cores))
				best = i;
		}
		if (best < 0)
			return false;
		n = slots_of(&p->nodes[best], w);
		slots[best] = n < missing || w->spec.nnodes > 0 ? n : missing;
		missing -= w->spec.nnodes > 0 ? 1 : slots[best];
	}
	return true;
}

/* The number of cores and GPUs of R on a rank. */
static void
amount(const struct rset *r, int rank, int *cores, int *gpus)
{
	const struct rset_node *n = rset_find(r, (unsigned)rank);

	*cores = n ? (int)idset_count(n->cores) : 0;
	*gpus = n ? (int)idset_count(n->gpus) : 0;
}

/* Is R what the slots say? Take it then. */
static bool
take(struct plain *p, const struct want *w, const int *slots)
{
	const struct jobspec *js = &w->spec;
	bool is_right = true;

	for (int i = 0; i < NODES; i++) {
		struct node *n = &p->nodes[i];
		int cores, gpus, has = slots[i];
		bool whole = has > 0 && js->exclusive;

		amount(w->R, i, &cores, &gpus);
		is_right &=
		    cores == (whole ? n->all_cores : has * js->cores_per_slot);
		is_right &=
		    gpus == (whole ? n->all_gpus : has * js->gpus_per_slot);
		n->cores -= cores;
		n->gpus -= gpus;
	}
	return is_right;
}

static void
give(struct plain *p, struct pool *pool, struct want *w)
{
	for (int i = 0; i < NODES; i++) {
		int cores, gpus;

		amount(w->R, i, &cores, &gpus);
		p->nodes[i].cores += cores;
		p->nodes[i].gpus += gpus;
	}
	pool_give(pool, w->R);
	rset_destroy(w->R);
	w->R = NULL;
}

static void
set_want(struct want *w, uint64_t *seed, json_t *fast)
{
	struct jobspec *js = &w->spec;

	*js = (struct jobspec){ .cores_per_slot = 1 + (int)draw(seed, 8),
		.gpus_per_slot = draw(seed, 3) ? 0 : 1 };
	if (draw(seed, 2)) {
		js->nslots = 1 + (int)draw(seed, 12);
	} else {
		js->nnodes = 1 + (int)draw(seed, 10);
		js->slots_per_node = 1 + (int)draw(seed, 3);
		js->nslots = js->nnodes * js->slots_per_node;
		js->exclusive = !draw(seed, 3);
	}
	w->properties = draw(seed, 4) ? NULL : fast;
}

static struct pool *
make(struct plain *p, int flags)
{
	struct rset *r = rset_create();
	struct pool *pool;

	p->best_fit = flags & POOL_BEST_FIT;
	for (int i = 0; i < NODES; i++) {
		struct node *n = &p->nodes[i];
		struct idset *cores = idset_create(), *gpus = idset_create();

		n->cores = n->all_cores = i % 3 ? 16 : 8;
		n->gpus = n->all_gpus = i % 4 ? 0 : 4;
		n->is_fast = i % 5 == 0;
		idset_set_range(cores, 0, (unsigned)n->cores - 1);
		if (n->gpus)
			idset_set_range(gpus, 0, (unsigned)n->gpus - 1);
		rset_add_node(r, (unsigned)i, "", cores, gpus);
		if (n->is_fast)
			rset_add_property(r, (unsigned)i, "fast");
		idset_destroy(cores);
		idset_destroy(gpus);
	}
	pool = pool_create(r, flags);
	rset_destroy(r);
	return pool;
}

static void
set_down(struct plain *p, struct pool *pool, uint64_t *seed)
{
	struct idset *down = idset_create();

	for (int i = 0; i < NODES; i++) {
		p->nodes[i].is_down = draw(seed, 6) == 0;
		if (p->nodes[i].is_down)
			idset_set(down, (unsigned)i);
	}
	pool_set_down(pool, down);
	idset_destroy(down);
}

static void
test_random(int flags, const char *name)
{
	struct plain p = { 0 };
	struct pool *pool = make(&p, flags);
	struct want wants[HELD] = { 0 };
	json_t *fast = json_pack("[s]", "fast");
	uint64_t seed = 7;
	int slots[NODES], wrong = 0, fitted = 0;

	for (int i = 0; i < ROUNDS; i++) {
		struct want *w = &wants[draw(&seed, HELD)];
		struct demand d = { .spec = &w->spec };
		bool fits;

		if (w->R)
			give(&p, pool, w);
		if (draw(&seed, 50) == 0)
			set_down(&p, pool, &seed);
		set_want(w, &seed, fast);
		d.properties = w->properties;
		fits = place(&p, w, slots);
		wrong += pool_fits(pool, &d, NOW) != fits;
		w->R = pool_alloc(pool, &d, NOW);
		wrong += fits != (w->R != NULL);
		wrong += w->R && !take(&p, w, slots);
		fitted += fits;
	}
	is_int(wrong, 0, "%s is as by looking at each node", name);
	ok(fitted > ROUNDS / 10 && fitted < ROUNDS, "of %d requests %d fitted",
	    ROUNDS, fitted);
	for (int i = 0; i < HELD; i++)
		rset_destroy(wants[i].R);
	json_decref(fast);
	pool_destroy(pool);
}

int
main(void)
{
	test_random(0, "first fit");
	test_random(POOL_BEST_FIT, "best fit");
	return done_testing();
}
