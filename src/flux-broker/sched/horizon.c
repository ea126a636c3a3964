/* SPDX-License-Identifier: MIT */
/*
 * Jobs by the time at which they end. Those up to `last` are back at the
 * horizon, those behind it are late. A job is moved over the horizon and back
 * as requests and ends change, which costs what the job has nodes; one that
 * begins while `last` stays is put on its side by its end.
 */
#include <math.h>
#include <stddef.h>

#include "horizon.h"
#include "placement.h"

static int
hold_cmp(struct hold *a, struct hold *b)
{
	if (a->end != b->end)
		return a->end < b->end ? -1 : 1;
	return a->seq < b->seq ? -1 : a->seq > b->seq;
}

RB_GENERATE_INTERNAL(
    holds, hold, node, hold_cmp, __attribute__((unused)) static)

void
horizon_init(struct horizon *h)
{
	*h = (struct horizon){ 0 };
	RB_INIT(&h->holds);
}

void
horizon_set_pool(struct horizon *h, struct pool *pool)
{
	struct hold *hold;

	h->pool = pool;
	RB_FOREACH(hold, holds, &h->holds)
		hold->is_late = false;
	h->last = RB_MAX(holds, &h->holds);
}

static void
set_late(struct horizon *h, struct hold *hold, bool is_late)
{
	if (hold->is_late == is_late)
		return;
	hold->is_late = is_late;
	if (h->pool)
		pool_set_late(h->pool, hold->R, is_late);
}

void
horizon_add(struct horizon *h, struct hold *hold)
{
	hold->seq = h->seq++;
	hold->is_late = false;
	RB_INSERT(holds, &h->holds, hold);
	set_late(h, hold, !h->last || hold_cmp(hold, h->last) > 0);
}

void
horizon_remove(struct horizon *h, struct hold *hold)
{
	set_late(h, hold, false);
	if (hold == h->last)
		h->last = RB_PREV(holds, &h->holds, hold);
	RB_REMOVE(holds, &h->holds, hold);
}

int
horizon_seek(struct horizon *h, const struct demand *d)
{
	struct hold *hold;

	while (!pool_fits(h->pool, d, LATER)) {
		hold = h->last ? RB_NEXT(holds, &h->holds, h->last)
			       : RB_MIN(holds, &h->holds);
		if (!hold)
			return -1;
		set_late(h, hold, false);
		h->last = hold;
	}
	while ((hold = h->last)) {
		set_late(h, hold, true);
		if (!pool_fits(h->pool, d, LATER)) {
			set_late(h, hold, false);
			break;
		}
		h->last = RB_PREV(holds, &h->holds, hold);
	}
	return 0;
}

double
horizon_time(const struct horizon *h, double now)
{
	return h->last && h->last->end > now ? h->last->end : now;
}

bool
horizon_has_back(const struct horizon *h, double end)
{
	return h->last && end < h->last->end;
}

struct hold *
horizon_first(struct horizon *h)
{
	return RB_MIN(holds, &h->holds);
}
