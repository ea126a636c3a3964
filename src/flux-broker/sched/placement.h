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
 * Which cores and GPUs are free, and where a request fits: first fit by rank,
 * or best fit, the fullest nodes first. Slots without a node count fill a node
 * before the next; with one they are spread evenly; exclusive takes whole
 * nodes. Plain data, no events. What a request costs does not depend on the
 * number of nodes, but on that of the nodes it gets.
 *
 * With POOL_LOOK_AHEAD it also knows a horizon, a time at which some of the
 * jobs will have ended: what is free then, and what of that is spare beside
 * one request that is reserved for. When that is, is up to the caller.
 */
struct pool;

enum pool_flag { POOL_BEST_FIT = 1, POOL_LOOK_AHEAD = 2 };

/* NOW: what is free. LATER: what will be at the horizon. SPARE: what is free
 * now, and is not needed at the horizon for the request reserved for. */
enum pool_when { NOW, LATER, SPARE, NWHENS };

/* Nodes of R, all free and up. NULL with ENOMEM. */
struct pool *pool_create(const struct rset *all, int flags);
void pool_destroy(struct pool *p);
/* Ranks that may not be used for new jobs. -1 with ENOMEM. */
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
	const char *key; /* demand_key, if it is at hand, or NULL */
};

/* May it have any node? */
bool demand_is_open(const struct demand *d);
/* The nodes that it may have, as text: the same for demands that may have the
 * same (malloc'd, NULL with ENOMEM). "" if it is open. */
char *demand_key(const struct demand *d);

/* Is there room? (pool_alloc may still fail on nodes of very many cores.) */
bool pool_fits(struct pool *p, const struct demand *d, enum pool_when when);
/* Find a place in what is free NOW or SPARE, and take it. Returns R without
 * times; NULL = does not fit (errno EAGAIN), or ENOMEM. */
struct rset *pool_alloc(
    struct pool *p, const struct demand *d, enum pool_when when);
/* Could it fit if all nodes were up and free? -1 with EOVERFLOW and em:
 *     unsatisfiable request: need 9 exclusive node(s), only 4 eligible */
int pool_feasible(struct pool *p, const struct demand *d, struct errmsg *em);

/* What a job holds will, or will not, have come back at the horizon. Each job
 * that begins is taken to be back. */
void pool_set_late(struct pool *p, const struct rset *r, bool is_late);
/* Keep a place at the horizon, instead of the one that was kept. -1 with
 * EAGAIN: it does not fit LATER, and none is kept. */
int pool_reserve(struct pool *p, const struct demand *d);
void pool_unreserve(struct pool *p);

#endif
