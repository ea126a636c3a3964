/* SPDX-License-Identifier: MIT */
#ifndef JOB_MANAGER_H
#define JOB_MANAGER_H

#include <jansson.h>
#include <stdint.h>

#include "errmsg.h"

struct broker;
struct job;
struct jobspec;
struct rset;
struct submitted;

/*
 * Jobs change by events alone: job_post appends an event to the eventlog (the
 * store), folds it into the job, tells the listeners, then takes the action
 * that the new state asks for (ask the scheduler, start, release, clean).
 */

/* Also one that is only in the store. NULL: ENOENT. */
struct job *job_lookup(struct broker *b, uint64_t id);
/* Post an event. Takes context_new (may be NULL). -1 with ENOMEM, or EINVAL:
 * this event cannot come in the job's state. Called from inside a listener
 * or an action, it is folded at once, and told when that one has returned. */
int job_post_new(
    struct broker *b, struct job *job, const char *name, json_t *context_new);
/* Post an exception; severity 0 ends the job. note may be NULL. wait_status
 * -1 = none. */
int job_raise(struct broker *b, struct job *job, const char *type, int severity,
    const char *note, int wait_status);
/* Replace annotations key "sched" (NULL value removes); told to the journal. */
void job_annotate(struct broker *b, struct job *job, json_t *sched_new);

/* Listeners are called after each event was folded, in order of registration
 * (the job may be some events further then). name and context are borrowed. */
typedef void (*job_event_f)(void *arg, struct job *job, double timestamp,
    const char *name, const json_t *context);
int job_on_event(struct broker *b, job_event_f cb, void *arg);

/* Before an inactive job is forgotten. */
typedef void (*job_purge_f)(void *arg, struct job *job);
int job_on_purge(struct broker *b, job_purge_f cb, void *arg);
/* Before an inactive job leaves memory; it is in the store. */
int job_on_retire(struct broker *b, job_purge_f cb, void *arg);
/* Inactive jobs that are only in the store, the latest first, those that ended
 * before (t, id) (INFINITY, UINT64_MAX: all), until cb returns other than 0.
 * job is gone afterwards, unless it is referenced. -1: error of the store. */
typedef int (*job_each_f)(void *arg, struct job *job);
int job_each_retired(
    struct broker *b, double t, uint64_t id, job_each_f cb, void *arg);

/* A new job, as job-ingest has checked it. */
struct submission {
	const struct submitted *sent;
	struct jobspec *spec; /* taken; without what sent shares */
	char *jobspec_text;   /* to be stored: without environment; NULL: it
				 is as it was sent */
	uint32_t userid;
	int urgency, flags;
};
/* May such a job come now: queue, limits, dependencies? -1 with EINVAL and
 * em. */
int job_submit_check(
    struct broker *b, const struct jobspec *spec, struct errmsg *em);
/* Store it, give it an id, and let it go its way. -1 with ENOMEM. */
int job_submit(struct broker *b, struct submission *s, uint64_t *id);
/* The properties that a queue (NULL = none) demands of nodes: a borrowed array
 * of strings, NULL = none. */
json_t *job_queue_requires(struct broker *b, const char *queue);

/* The scheduler's answers (see sched.h). R is borrowed. Only jobs that may
 * run are with the scheduler: priority above 0 and in a queue that is started;
 * the job manager takes the others back by sched_dequeue. */
void job_allocated(struct broker *b, struct job *job, const struct rset *R,
    json_t *annotation_new);
void job_alloc_denied(struct broker *b, struct job *job, const char *why);

/* The executor's reports (see exec.h). status is a wait status, the largest of
 * the shells; job_finished makes it job_final_status. usage_new: NULL, or what
 * its tasks used, {"maxrss":KB,"cputime":s}; taken. */
void job_started(struct broker *b, struct job *job);
void job_finished(
    struct broker *b, struct job *job, int status, json_t *usage_new);
/* All resources are back (after job_finished). */
void job_released(struct broker *b, struct job *job);

/* What the job ends with: the wait_status of a fatal exception, if it has one,
 * (128 + signal) << 8 for a signal; 256 for 0 with a fatal exception. */
int job_final_status(const struct job *job, int status);

/* Keep a job that may be purged meanwhile. */
struct job *job_ref(struct job *job);
void job_unref(struct job *job); /* keeps errno, takes NULL */

/* Walk over the jobs in memory by id: all active ones, the latest others. */
struct job *job_first(struct broker *b);
struct job *job_next(struct broker *b, struct job *job);
/* How many have ended, also those that are only in the store. */
size_t job_count_inactive(const struct broker *b);
/* The first id of any job that is id or greater; 0: there is none. */
uint64_t job_id_from(struct broker *b, uint64_t id);

int job_manager_create(struct broker *b);
/* With a statedir: the jobs in it. After all services were created. */
int job_manager_restore(struct broker *b);
void job_manager_destroy(struct broker *b);
void job_manager_quiesce(struct broker *b);

#endif
