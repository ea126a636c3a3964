/* SPDX-License-Identifier: MIT */
#ifndef LOTS_H
#define LOTS_H

#include <sys/tree.h>

#include <stdint.h>

/*
 * Requests that wait, in lots of those that ask for the same for about the
 * same time: if one does not fit, none of them does. A walk over the lots is
 * a walk over all that may pass, however many wait.
 */
struct ask;
RB_HEAD(asks, ask);

struct lot {
	char *key;
	struct asks asks;    /* in order of the queue, never empty */
	struct ask *first;   /* of them */
	double shortest;     /* none has a shorter limit, s; INFINITY: none has
				a limit */
	uint64_t checked_at; /* none of them could begin at that change */
	RB_ENTRY(lot) by_key, by_first;
};
RB_HEAD(lots_by_key, lot);
RB_HEAD(lots_by_first, lot);

struct lots {
	struct lots_by_key by_key;
	struct lots_by_first by_first; /* in order of their first */
};

/* By priority, then id: the order of the queue. */
int ask_cmp(const struct ask *a, const struct ask *b);

void lots_init(struct lots *g);
/* -1 with ENOMEM. */
int lots_add(struct lots *g, struct ask *a);
void lots_remove(struct lots *g, struct ask *a);
/* In order of the first of each; NULL: no more. */
struct lot *lots_first(struct lots *g);
struct lot *lots_next(struct lots *g, struct lot *lot);
struct ask *lot_next(struct lot *lot, struct ask *a);

#endif
