/* SPDX-License-Identifier: MIT */
#ifndef SCHED_STATE_H
#define SCHED_STATE_H

#include <sys/queue.h>

#include <ev.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "plan.h"
#include "sched.h"

/* The state behind sched.h, shared by its parts. */

struct job;

/* A job that waits, or that runs and has a hold. */
struct entry {
	struct ask ask; /* first: an ask is an entry */
	struct hold hold;
	struct job *job;
	json_t *requires; /* properties that its queue demands; NULL = none */
	double estimate;  /* of its begin, as annotated; 0 = none */
	bool waits;
	bool is_new; /* not yet known to be feasible: in fresh */
	TAILQ_ENTRY(entry) fresh;
};
TAILQ_HEAD(fresh, entry);

struct sched {
	struct broker *b;
	int pool_flags;
	struct plan *plan;
	struct pool *pool;       /* NULL until resources are known */
	unsigned version;        /* of the resources that the pool is made of */
	double expiration;       /* of the instance, as last seen */
	json_t *config;          /* as last seen (a reference) */
	struct rset *allocated;  /* what jobs hold; NULL = count anew */
	struct entry *estimated; /* the head that has an estimate, or NULL */
	struct fresh fresh;
	ev_timer run;
};

static inline struct entry *
entry_of_hold(struct hold *hold)
{
	return (struct entry *)((char *)hold - offsetof(struct entry, hold));
}

/* Run soon, if there is something to do. */
void sched_wake(struct sched *s);
/* Something is free, or may be used, that was not. */
void sched_changed(struct sched *s);

/* follow.c: changes of resources, of the configuration, of ends. */
int follow_create(struct sched *s);
/* The queues may demand other properties by now. */
void follow_config(struct sched *s);
/* Tell the plan what a job holds; R is taken. */
void follow_hold(struct sched *s, struct entry *e, struct rset *R);
void follow_unhold(struct sched *s, struct entry *e);

/* topics.c */
int sched_register(struct sched *s);

#endif
