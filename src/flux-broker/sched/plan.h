/* SPDX-License-Identifier: MIT */
#ifndef PLAN_H
#define PLAN_H

#include <sys/tree.h>

#include <stdbool.h>
#include <stdint.h>

#include "horizon.h"
#include "placement.h"

/*
 * Which request comes next: those that wait, in order of priority, then id; the
 * first one that does not fit blocks those behind it. With backfill (EASY) it
 * gets a place at the first time at which it fits by the limits of what runs,
 * and others may pass it that do not need this place then. Knows no jobs, no
 * clock, no events.
 */
struct plan;
struct lot;

struct ask {
	uint64_t id;
	int64_t priority;
	struct demand demand; /* borrowed while it waits; key is set here */
	/* the plan's own */
	char *key;
	struct lot *lot;
	RB_ENTRY(ask) in_queue, in_lot;
};

/* NULL with ENOMEM. */
struct plan *plan_create(bool has_backfill);
void plan_destroy(struct plan *pl); /* after all asks and holds were removed */
/* Where requests are placed (borrowed). */
void plan_set_pool(struct plan *pl, struct pool *pool);
/* The end of those without a limit: seconds since the epoch, 0 = none. */
void plan_set_expiration(struct plan *pl, double expiration);

/* It waits now. -1 with ENOMEM. */
int plan_add(struct plan *pl, struct ask *a);
void plan_remove(struct plan *pl, struct ask *a);
struct ask *plan_head(struct plan *pl); /* NULL: none waits */
/* Those that wait, in order. */
struct ask *plan_following(struct plan *pl, struct ask *a);
int plan_length(const struct plan *pl);
/* Something is free, or may be used, that was not. */
void plan_changed(struct plan *pl);

/* The next one that can begin now, which does not wait any more, and what it
 * got (new); NULL: all have to wait until something changes. */
struct ask *plan_next(struct plan *pl, double now, struct rset **R);
/* When the head will begin, as far as known; 0: not known. */
double plan_estimate(const struct plan *pl, double now);

/* With backfill the plan has to know what runs: hold.R, hold.end. */
bool plan_has_backfill(const struct plan *pl);
void plan_hold(struct plan *pl, struct hold *hold);
void plan_unhold(struct plan *pl, struct hold *hold);
struct hold *plan_first_hold(struct plan *pl);
/* The end of a job that begins now with a limit of so many seconds, 0 = none.
 */
double plan_end(const struct plan *pl, double now, double duration);

#endif
