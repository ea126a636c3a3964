/* SPDX-License-Identifier: MIT */
/*
 * By place: a binary tree over the places, in an array, whose nodes know the
 * most cores of any place below that has at least g GPUs, for each g up to
 * LEVELS_MAX - 1. The next place with enough is found by going up from the last
 * one until a subtree to the right has it, and down there.
 *
 * By fullness: a red-black tree ordered by GPUs, cores, place. For each number
 * of GPUs that is enough the next place is one step in it; the fullest of these
 * is the next of all.
 */
#include <sys/tree.h>

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "index.h"
#include "tally.h"

enum { LEVELS_MAX = 16 };

struct place {
	struct need has; /* cores 0: it is no place now */
	size_t at;
	RB_ENTRY(place) node;
};
RB_HEAD(fullness, place);

struct index {
	size_t n;
	struct need most;
	enum index_order order;
	struct place *places;
	struct tally tally;
	/* BY_PLACE */
	size_t width;  /* a power of two: the leaves are at width + place */
	size_t levels; /* of GPUs in a node */
	int *cores;    /* node 1 is the root, the children of i 2i and 2i+1 */
	struct fullness fullness; /* BY_FULLNESS */
};

static int
place_cmp(struct place *a, struct place *b)
{
	if (a->has.gpus != b->has.gpus)
		return a->has.gpus < b->has.gpus ? -1 : 1;
	if (a->has.cores != b->has.cores)
		return a->has.cores < b->has.cores ? -1 : 1;
	return a->at < b->at ? -1 : a->at > b->at;
}

RB_GENERATE_INTERNAL(
    fullness, place, node, place_cmp, __attribute__((unused)) static)

struct index *
index_create(size_t n, struct need most, enum index_order order)
{
	struct index *x = calloc(1, sizeof(*x));

	if (!x)
		return NULL;
	x->n = n;
	x->most = most;
	x->order = order;
	RB_INIT(&x->fullness);
	for (x->width = 1; x->width < n; x->width *= 2)
		;
	x->levels = most.gpus < LEVELS_MAX ? (size_t)most.gpus + 1 : LEVELS_MAX;
	if (order == BY_PLACE)
		x->cores = calloc(2 * x->width * x->levels, sizeof(*x->cores));
	x->places = calloc(n + 1, sizeof(*x->places));
	if (tally_init(&x->tally, most) < 0 || !x->places ||
	    (order == BY_PLACE && !x->cores)) {
		index_destroy(x);
		errno = ENOMEM;
		return NULL;
	}
	for (size_t i = 0; i < n; i++)
		x->places[i].at = i;
	return x;
}

void
index_destroy(struct index *x)
{
	if (!x)
		return;
	tally_fini(&x->tally);
	free(x->cores);
	free(x->places);
	free(x);
}

/* ---- by place ---- */

/* The level of places that have so many GPUs. */
static size_t
level_of(const struct index *x, int gpus)
{
	return (size_t)gpus < x->levels ? (size_t)gpus : x->levels - 1;
}

static int
max_int(int a, int b)
{
	return a > b ? a : b;
}

static void
tree_set(struct index *x, size_t place, struct need has)
{
	size_t levels = x->levels, i = x->width + place, l;
	int *node = &x->cores[i * levels];
	bool is_same = false;

	for (l = 0; l < levels; l++)
		node[l] = l <= level_of(x, has.gpus) ? has.cores : 0;
	for (i /= 2; i > 0 && !is_same; i /= 2) {
		const int *below = &x->cores[2 * i * levels];

		node = &x->cores[i * levels];
		is_same = true;
		for (l = 0; l < levels; l++) {
			int most = max_int(below[l], below[levels + l]);

			is_same = is_same && node[l] == most;
			node[l] = most;
		}
	}
}

/* The first place from the given one on that has enough. */
static size_t
tree_seek(const struct index *x, struct need need, size_t place)
{
	size_t level = level_of(x, need.gpus), i = x->width + place;

	if (place >= x->n)
		return NO_PLACE;
	for (;;) {
		if (x->cores[i * x->levels + level] >= need.cores) {
			if (i < x->width) {
				i *= 2;
				continue;
			}
			/* the last level is of all numbers above, too */
			if (x->places[i - x->width].has.gpus >= need.gpus)
				return i - x->width;
		}
		while (i % 2 == 1)
			i /= 2;
		if (i == 0)
			return NO_PLACE;
		i++;
	}
}

/* ---- by fullness ---- */

static bool
is_fuller(const struct place *a, const struct place *b)
{
	return a->has.cores < b->has.cores ||
	       (a->has.cores == b->has.cores && a->at < b->at);
}

/* The fullest place that has enough and is not fuller than the key. */
static size_t
fullness_seek(const struct index *x, struct need need, struct place key)
{
	struct fullness *tree = (struct fullness *)&x->fullness;
	const struct place *best = NULL, *p;

	for (int gpus = need.gpus; gpus <= x->most.gpus; gpus++) {
		key.has.gpus = gpus;
		if (!(p = RB_NFIND(fullness, tree, &key)))
			break;
		if (p->has.gpus > gpus) { /* none has this number */
			gpus = p->has.gpus - 1;
			continue;
		}
		if (!best || is_fuller(p, best))
			best = p;
	}
	return best ? best->at : NO_PLACE;
}

static void
fullness_set(struct index *x, size_t place, struct need has)
{
	struct place *p = &x->places[place];

	if (p->has.cores > 0)
		RB_REMOVE(fullness, &x->fullness, p);
	p->has = has;
	if (has.cores > 0)
		RB_INSERT(fullness, &x->fullness, p);
}

/* ---- both ---- */

void
index_set(struct index *x, size_t place, struct need has)
{
	struct place *p = &x->places[place];

	if (has.cores <= 0)
		has = (struct need){ 0 };
	if (has.cores == p->has.cores && has.gpus == p->has.gpus)
		return;
	if (p->has.cores > 0)
		tally_add(&x->tally, p->has, -1);
	if (has.cores > 0)
		tally_add(&x->tally, has, 1);
	if (x->order == BY_FULLNESS)
		fullness_set(x, place, has);
	else
		tree_set(x, place, has);
	p->has = has;
}

/* A place has a core at least. */
static struct need
at_least(struct need need)
{
	return (struct need){ need.cores > 0 ? need.cores : 1, need.gpus };
}

size_t
index_first(const struct index *x, struct need need)
{
	struct need least = at_least(need);

	if (x->order == BY_PLACE)
		return tree_seek(x, least, 0);
	return fullness_seek(x, least, (struct place){ .has = least });
}

size_t
index_next(const struct index *x, struct need need, size_t place)
{
	struct need least = at_least(need);

	if (x->order == BY_PLACE)
		return tree_seek(x, least, place + 1);
	return fullness_seek(x, least,
	    (struct place){ .has = x->places[place].has, .at = place + 1 });
}

long
index_count(const struct index *x, struct need need)
{
	return tally_count(&x->tally, at_least(need));
}

long
index_slots(const struct index *x, struct need need)
{
	return tally_slots(&x->tally, at_least(need));
}
