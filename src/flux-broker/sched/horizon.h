/* SPDX-License-Identifier: MIT */
#ifndef HORIZON_H
#define HORIZON_H

#include <sys/tree.h>

#include <stdbool.h>
#include <stdint.h>

/*
 * The horizon of a pool (see placement.h): the time at which a request will
 * fit, by the limits of the jobs that run. It is moved from where it was, over
 * the jobs that end in between, not computed anew.
 */
struct demand;
struct pool;
struct rset;

/* What a job holds, and until when. */
struct hold {
	struct rset *R;
	double end; /* seconds since the epoch; INFINITY: it has no limit */
	/* horizon's own */
	uint64_t seq; /* of those with the same end, in order of their begin */
	bool is_late; /* not back at the horizon */
	RB_ENTRY(hold) node;
};
RB_HEAD(holds, hold);

struct horizon {
	struct pool *pool;
	struct holds holds; /* by end */
	struct hold *last;  /* that is back; NULL: none, it is now */
	uint64_t seq;
};

void horizon_init(struct horizon *h);
/* Another pool, in which nothing is late yet. */
void horizon_set_pool(struct horizon *h, struct pool *pool);
void horizon_add(struct horizon *h, struct hold *hold);
void horizon_remove(struct horizon *h, struct hold *hold);
/* Of all that were added, the one that ends first; NULL: none. */
struct hold *horizon_first(struct horizon *h);
/* Move it to the first time at which the request fits. -1: that never comes,
 * by what is up now. */
int horizon_seek(struct horizon *h, const struct demand *d);
/* Not before now; INFINITY: when jobs without a limit have ended. */
double horizon_time(const struct horizon *h, double now);
/* Will a job that begins now and ends then be back? One without a limit never
 * is. */
bool horizon_has_back(const struct horizon *h, double end);

#endif
