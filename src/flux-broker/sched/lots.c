/* SPDX-License-Identifier: MIT */
/* Lots of requests, by what they ask for and by who is first in each. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jobspec.h"
#include "lots.h"
#include "plan.h"

int
ask_cmp(const struct ask *a, const struct ask *b)
{
	if (a->priority != b->priority)
		return a->priority > b->priority ? -1 : 1;
	return a->id < b->id ? -1 : a->id > b->id;
}

RB_GENERATE_INTERNAL(asks, ask, in_lot, ask_cmp, __attribute__((unused)) static)

static int
cmp_key(const struct lot *a, const struct lot *b)
{
	return strcmp(a->key, b->key);
}

/* Lots are taken out before their first changes. */
static int
cmp_first(struct lot *a, struct lot *b)
{
	return ask_cmp(a->first, b->first);
}

RB_GENERATE_INTERNAL(
    lots_by_key, lot, by_key, cmp_key, __attribute__((unused)) static)
RB_GENERATE_INTERNAL(
    lots_by_first, lot, by_first, cmp_first, __attribute__((unused)) static)

void
lots_init(struct lots *g)
{
	RB_INIT(&g->by_key);
	RB_INIT(&g->by_first);
}

/* Limits up to twice as long are about the same; -1: none. */
static int
about(double duration)
{
	return duration > 0 ? ilogb(duration + 1) : -1;
}

static char *
key_of(const struct ask *a)
{
	const struct jobspec *js = a->demand.spec;
	char *key = NULL;

	if (asprintf(&key, "%d %d %d %d %d %d %s", js->nnodes, js->nslots,
		js->cores_per_slot, js->gpus_per_slot, js->exclusive,
		about(js->duration), a->key ? a->key : "") < 0)
		return NULL;
	return key;
}

static struct lot *
lot_create(struct lots *g, const char *key, double duration)
{
	struct lot *lot = calloc(1, sizeof(*lot));

	if (!lot || !(lot->key = strdup(key))) {
		free(lot);
		return NULL;
	}
	RB_INIT(&lot->asks);
	lot->shortest = duration > 0 ? ldexp(1, about(duration)) - 1 : INFINITY;
	RB_INSERT(lots_by_key, &g->by_key, lot);
	return lot;
}

int
lots_add(struct lots *g, struct ask *a)
{
	struct lot key = { .key = key_of(a) }, *lot;

	if (!key.key)
		return -1;
	lot = RB_FIND(lots_by_key, &g->by_key, &key);
	if (lot)
		RB_REMOVE(lots_by_first, &g->by_first, lot);
	else
		lot = lot_create(g, key.key, a->demand.spec->duration);
	free(key.key);
	if (!lot)
		return -1;
	a->lot = lot;
	lot->checked_at = 0;
	RB_INSERT(asks, &lot->asks, a);
	lot->first = RB_MIN(asks, &lot->asks);
	RB_INSERT(lots_by_first, &g->by_first, lot);
	return 0;
}

void
lots_remove(struct lots *g, struct ask *a)
{
	struct lot *lot = a->lot;

	if (!lot)
		return;
	a->lot = NULL;
	RB_REMOVE(lots_by_first, &g->by_first, lot);
	RB_REMOVE(asks, &lot->asks, a);
	if ((lot->first = RB_MIN(asks, &lot->asks))) {
		RB_INSERT(lots_by_first, &g->by_first, lot);
		return;
	}
	RB_REMOVE(lots_by_key, &g->by_key, lot);
	free(lot->key);
	free(lot);
}

struct lot *
lots_first(struct lots *g)
{
	return RB_MIN(lots_by_first, &g->by_first);
}

struct lot *
lots_next(struct lots *g, struct lot *lot)
{
	(void)g;
	return RB_NEXT(lots_by_first, &g->by_first, lot);
}

struct ask *
lot_next(struct lot *lot, struct ask *a)
{
	(void)lot;
	return RB_NEXT(asks, &lot->asks, a);
}
