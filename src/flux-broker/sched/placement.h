/* SPDX-License-Identifier: MIT */
#ifndef PLACEMENT_H
#define PLACEMENT_H

#include <jansson.h>
#include <stdbool.h>

#include "errmsg.h"

struct idset;
struct jobspec;
struct rset;

/*
 * Which cores and GPUs are free, and where a request fits: first fit by rank.
 * Slots without a node count fill a node before the next; with one they are
 * spread evenly; exclusive takes whole nodes. Plain data, no events.
 */
struct pool;

/* Nodes of R, all free and up. NULL with ENOMEM. */
struct pool *pool_create(const struct rset *all);
void pool_destroy(struct pool *p);
/* Ranks that may not be used for new jobs. */
int pool_set_down(struct pool *p, const struct idset *down);
/* Take what a job holds (a restart). -1 with EBUSY, and nothing taken: some of
 * it is not there, or not free. */
int pool_take(struct pool *p, const struct rset *r);
/* Give back what pool_alloc or pool_take took. */
void pool_give(struct pool *p, const struct rset *r);
/* What is taken, as R without times (new); NULL with ENOMEM. */
struct rset *pool_taken(const struct pool *p);

/* What is asked for: the job's own constraint and the properties that its queue
 * demands (an array of strings, NULL = none). */
struct demand {
	const struct jobspec *spec;
	const json_t *properties;
};

/* Find a place and take it. Returns R without times; NULL = does not fit now
 * (errno EAGAIN), or ENOMEM. */
struct rset *pool_alloc(struct pool *p, const struct demand *d);
/* Could it fit if all nodes were up and free? -1 with EOVERFLOW and em:
 *     unsatisfiable request: need 9 exclusive node(s), only 4 eligible */
int pool_feasible(
    const struct pool *p, const struct demand *d, struct errmsg *em);

#endif
