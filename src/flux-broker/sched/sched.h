/* SPDX-License-Identifier: MIT */
#ifndef SCHED_H
#define SCHED_H

#include "errmsg.h"

struct broker;
struct job;
struct rset;
struct jobspec;

/*
 * The scheduler, rank 0. Jobs wait in order of priority, then id; which of them
 * may pass, and what they get, is up to sched.policy of the configuration. It
 * runs from the loop after something changed (never inside these calls), and
 * answers by job_allocated or job_alloc_denied.
 */
void sched_enqueue(struct broker *b, struct job *job); /* priority is set */
void sched_dequeue(struct broker *b, struct job *job); /* no answer any more */
/* Resources of a job come back. */
void sched_free(struct broker *b, struct job *job);
/* A queue was stopped or started: jobs of stopped queues wait. */
void sched_kick(struct broker *b);
/* Could it ever run here? -1 with EOVERFLOW and em. */
int sched_feasible(
    struct broker *b, const struct jobspec *js, struct errmsg *em);
/* Union of what jobs hold. Belongs to sched. */
const struct rset *sched_allocated(struct broker *b);

int sched_create(struct broker *b);
void sched_destroy(struct broker *b);

#endif
