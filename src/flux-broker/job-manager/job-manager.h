/* SPDX-License-Identifier: MIT */
#ifndef JOB_MANAGER_H
#define JOB_MANAGER_H

#include <jansson.h>
#include <stdint.h>

#include "errmsg.h"

struct broker;
struct job;
struct request;

/*
 * Jobs change by events alone: job_post appends an event to the eventlog (the
 * store), folds it into the job, tells the listeners, then takes the action
 * that the new state asks for (ask the scheduler, start, release, clean).
 */

struct job *job_lookup(struct broker *b, uint64_t id); /* NULL: ENOENT */
/* Post an event. Takes context_new (may be NULL). -1 with ENOMEM. */
int job_post_new(struct broker *b, struct job *job, const char *name,
    json_t *context_new);
/* Post an exception; severity 0 ends the job. note may be NULL. wait_status
 * -1 = none. */
int job_raise(struct broker *b, struct job *job, const char *type,
    int severity, const char *note, int wait_status);
/* Replace annotations key "sched" (NULL value removes); told to the journal. */
void job_annotate(struct broker *b, struct job *job, json_t *sched_new);

/* Listeners are called after each event was folded, in order of registration.
 * name and context are borrowed. */
typedef void (*job_event_f)(void *arg, struct job *job, double timestamp,
    const char *name, const json_t *context);
int job_on_event(struct broker *b, job_event_f cb, void *arg);

/* The scheduler's answers (see sched.h). R_new is taken. */
void job_allocated(
    struct broker *b, struct job *job, json_t *R_new, json_t *annotation_new);
void job_alloc_denied(struct broker *b, struct job *job, const char *why);

/* The executor's reports (see exec.h). status is a wait status. */
void job_started(struct broker *b, struct job *job);
void job_finished(struct broker *b, struct job *job, int status);
/* All resources are back (after job_finished). */
void job_released(struct broker *b, struct job *job);

/* Walk over all jobs by id, active and inactive. */
struct job *job_first(struct broker *b);
struct job *job_next(struct broker *b, struct job *job);

int job_manager_create(struct broker *b);
void job_manager_destroy(struct broker *b);
void job_manager_quiesce(struct broker *b);

#endif
