/* SPDX-License-Identifier: MIT */
/*
 * The index of free nodes against a plain walk over all places, over many
 * random changes and questions.
 */
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>

#include "../../src/flux-broker/sched/index.h"
#include "tap.h"

enum { PLACES_MAX = 200, ROUNDS = 400 };

/* The same numbers each time. */
static unsigned
draw(uint64_t *seed, unsigned n)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(*seed >> 33) % n;
}

struct plain {
	size_t n;
	struct need has[PLACES_MAX];
};

static bool
is_enough(const struct plain *p, struct need need, size_t i)
{
	return p->has[i].cores > 0 && need_fits(need, p->has[i]);
}

/* Is a before b in this order? */
static bool
is_before(const struct plain *p, enum index_order order, size_t a, size_t b)
{
	if (order == BY_FULLNESS && p->has[a].cores != p->has[b].cores)
		return p->has[a].cores < p->has[b].cores;
	return a < b;
}

static size_t
plain_next(const struct plain *p, enum index_order order, struct need need,
    size_t after)
{
	size_t best = NO_PLACE;

	for (size_t i = 0; i < p->n; i++) {
		if (!is_enough(p, need, i) ||
		    (after != NO_PLACE && !is_before(p, order, after, i)))
			continue;
		if (best == NO_PLACE || is_before(p, order, i, best))
			best = i;
	}
	return best;
}

/* All places in turn, and the counts. false: there is a difference. */
static bool
is_same(const struct plain *p, enum index_order order, const struct index *x,
    struct need need)
{
	size_t i = NO_PLACE, k = index_first(x, need);
	long count = 0, slots = 0;

	for (;;) {
		i = plain_next(p, order, need, i);
		if (i != k)
			return false;
		if (i == NO_PLACE)
			break;
		count++;
		slots += need_slots(need, p->has[i]);
		k = index_next(x, need, k);
	}
	return count == index_count(x, need) && slots == index_slots(x, need);
}

struct size {
	size_t n;
	struct need most;
};

static void
test_random(struct size size, enum index_order order)
{
	struct index *x = index_create(size.n, size.most, order);
	unsigned cores = (unsigned)size.most.cores + 1;
	unsigned gpus = (unsigned)size.most.gpus + 1;
	struct plain p = { .n = size.n };
	uint64_t seed = size.n;
	int wrong = 0;

	for (int i = 0; i < ROUNDS; i++) {
		struct need need = { 1 + (int)draw(&seed, cores),
			(int)draw(&seed, gpus) };

		for (int k = 0; size.n > 0 && k < 20; k++) {
			size_t place = draw(&seed, (unsigned)size.n);

			p.has[place] = (struct need){ (int)draw(&seed, cores),
				(int)draw(&seed, gpus) };
			index_set(x, place, p.has[place]);
		}
		wrong += !is_same(&p, order, x, need);
	}
	is_int(wrong, 0, "%zu places of %d cores and %d GPUs, %s", size.n,
	    size.most.cores, size.most.gpus,
	    order == BY_PLACE ? "by place" : "by fullness");
	index_destroy(x);
}

static void
test_coarse(void)
{
	struct need most = { 100000, 100 };
	struct index *x = index_create(2, most, BY_PLACE);

	index_set(x, 0, (struct need){ 99990, 20 });
	index_set(x, 1, (struct need){ 50000, 90 });
	is_int(index_count(x, (struct need){ 60000, 0 }), 1,
	    "very many cores are counted");
	ok(index_count(x, (struct need){ 99995, 0 }) >= 0 &&
		index_first(x, (struct need){ 99995, 0 }) == NO_PLACE,
	    "a count may be too high, what is found is not");
	is_int((int)index_first(x, (struct need){ 1, 50 }), 1,
	    "many GPUs are found exactly");
	ok(index_first(x, (struct need){ INT_MAX, INT_MAX }) == NO_PLACE,
	    "nothing has all");
	is_int(index_count(x, (struct need){ INT_MAX, INT_MAX }), 0,
	    "nor is it counted");
	index_destroy(x);
}

int
main(void)
{
	static const struct size sizes[] = {
		{ 0, { 4, 0 } },
		{ 1, { 4, 0 } },
		{ 2, { 1, 1 } },
		{ 7, { 64, 0 } },
		{ 64, { 8, 2 } },
		{ 65, { 3, 8 } },
		{ 200, { 16, 4 } },
		{ 200, { 2, 15 } },
	};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		test_random(sizes[i], BY_PLACE);
		test_random(sizes[i], BY_FULLNESS);
	}
	test_coarse();
	return done_testing();
}
