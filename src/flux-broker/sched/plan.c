/* SPDX-License-Identifier: MIT */
/*
 * The queue, and who may pass. The head is tried first, and not again before
 * something has changed. With backfill the horizon is moved then to where the
 * head fits and its place there is reserved; a lot of requests is looked at
 * once for each change: one that will be back by then may have what is free,
 * any other what is spare.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "jobspec.h"
#include "lots.h"
#include "plan.h"

/* Of a lot, whose limits are not quite the same, so many are tried. */
enum { TRIES_MAX = 32 };

RB_HEAD(queue, ask);

struct plan {
	struct pool *pool; /* NULL: not yet known */
	double expiration; /* 0 = none */
	struct queue queue;
	int length;
	const struct ask *blocked; /* the head, if it did not fit and nothing
				      has changed since */
	bool has_backfill;
	struct lots lots;
	struct horizon horizon;
	uint64_t change;            /* counts what may let others begin */
	const struct ask *reserved; /* the head that the horizon is for */
	bool is_stale;              /* something has changed since */
	bool has_place;             /* at the horizon; otherwise the head cannot
				       begin whatever ends, and delays none */
};

RB_GENERATE_INTERNAL(
    queue, ask, in_queue, ask_cmp, __attribute__((unused)) static)

struct plan *
plan_create(bool has_backfill)
{
	struct plan *pl = calloc(1, sizeof(*pl));

	if (!pl)
		return NULL;
	pl->has_backfill = has_backfill;
	pl->is_stale = true;
	RB_INIT(&pl->queue);
	lots_init(&pl->lots);
	horizon_init(&pl->horizon);
	return pl;
}

void
plan_destroy(struct plan *pl)
{
	free(pl);
}

void
plan_set_pool(struct plan *pl, struct pool *pool)
{
	pl->pool = pool;
	horizon_set_pool(&pl->horizon, pool);
	plan_changed(pl);
}

void
plan_set_expiration(struct plan *pl, double expiration)
{
	pl->expiration = expiration;
	plan_changed(pl);
}

static void
drop_key(struct ask *a)
{
	free(a->key);
	a->key = NULL;
	a->demand.key = NULL;
}

int
plan_add(struct plan *pl, struct ask *a)
{
	if (!demand_is_open(&a->demand) && !(a->key = demand_key(&a->demand)))
		return -1;
	a->demand.key = a->key;
	if (pl->has_backfill && lots_add(&pl->lots, a) < 0) {
		drop_key(a);
		return -1;
	}
	RB_INSERT(queue, &pl->queue, a);
	pl->length++;
	return 0;
}

void
plan_remove(struct plan *pl, struct ask *a)
{
	RB_REMOVE(queue, &pl->queue, a);
	pl->length--;
	lots_remove(&pl->lots, a);
	drop_key(a);
	if (pl->blocked == a)
		pl->blocked = NULL;
	if (pl->reserved == a)
		pl->reserved = NULL;
}

struct ask *
plan_head(struct plan *pl)
{
	return RB_MIN(queue, &pl->queue);
}

struct ask *
plan_following(struct plan *pl, struct ask *a)
{
	(void)pl;
	return RB_NEXT(queue, &pl->queue, a);
}

int
plan_length(const struct plan *pl)
{
	return pl->length;
}

void
plan_changed(struct plan *pl)
{
	pl->blocked = NULL;
	pl->is_stale = true;
}

/* ---- backfill ---- */

static void
reserve(struct plan *pl, const struct ask *head)
{
	if (pl->reserved == head && !pl->is_stale)
		return;
	pl->reserved = head;
	pl->is_stale = false;
	pl->change++;
	pl->has_place = horizon_seek(&pl->horizon, &head->demand) == 0 &&
			pool_reserve(pl->pool, &head->demand) == 0;
	if (!pl->has_place)
		pool_unreserve(pl->pool);
}

/* One of the lot that may begin; NULL: none. */
static struct ask *
try_lot(struct plan *pl, struct lot *lot, double now, struct rset **R)
{
	struct ask *a = lot->first;
	bool is_spare;

	if (!pool_fits(pl->pool, &a->demand, NOW))
		return NULL;
	is_spare = !pl->has_place || pool_fits(pl->pool, &a->demand, SPARE);
	if (!is_spare && !horizon_has_back(&pl->horizon, now + lot->shortest))
		return NULL;
	for (int i = 0; a && i < TRIES_MAX; i++, a = lot_next(lot, a)) {
		double end = plan_end(pl, now, a->demand.spec->duration);
		bool is_back =
		    !pl->has_place || horizon_has_back(&pl->horizon, end);

		if (!is_back && !is_spare)
			continue;
		*R = pool_alloc(pl->pool, &a->demand, is_back ? NOW : SPARE);
		return *R ? a : NULL;
	}
	return NULL;
}

static struct ask *
pass(struct plan *pl, const struct ask *head, double now, struct rset **R)
{
	struct lot *lot;
	struct ask *a;

	reserve(pl, head);
	for (lot = lots_first(&pl->lots); lot;
	     lot = lots_next(&pl->lots, lot)) {
		if (lot->checked_at == pl->change)
			continue;
		if ((a = try_lot(pl, lot, now, R)))
			return a;
		lot->checked_at = pl->change;
	}
	return NULL;
}

/* ---- both ---- */

struct ask *
plan_next(struct plan *pl, double now, struct rset **R)
{
	struct ask *a = plan_head(pl);

	if (!a || !pl->pool)
		return NULL;
	if (a == pl->blocked || !(*R = pool_alloc(pl->pool, &a->demand, NOW))) {
		pl->blocked = a;
		a = pl->has_backfill ? pass(pl, a, now, R) : NULL;
	}
	if (a)
		plan_remove(pl, a);
	return a;
}

double
plan_estimate(const struct plan *pl, double now)
{
	double t;

	if (!pl->reserved || pl->reserved != pl->blocked || !pl->has_place)
		return 0;
	t = horizon_time(&pl->horizon, now);
	return isfinite(t) ? t : 0;
}

bool
plan_has_backfill(const struct plan *pl)
{
	return pl->has_backfill;
}

void
plan_hold(struct plan *pl, struct hold *hold)
{
	horizon_add(&pl->horizon, hold);
}

void
plan_unhold(struct plan *pl, struct hold *hold)
{
	horizon_remove(&pl->horizon, hold);
}

struct hold *
plan_first_hold(struct plan *pl)
{
	return horizon_first(&pl->horizon);
}

double
plan_end(const struct plan *pl, double now, double duration)
{
	if (duration > 0)
		return now + duration;
	return pl->expiration > 0 ? pl->expiration : INFINITY;
}
