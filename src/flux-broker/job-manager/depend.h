/* SPDX-License-Identifier: MIT */
#ifndef DEPEND_H
#define DEPEND_H

#include <sys/queue.h>

#include "jm.h"

/*
 * What a job waits for before it may leave DEPEND, and what waits for it:
 * job->depend, made when the first of these comes up. Only for depend.c,
 * singleton.c and begin.c.
 */
struct singleton;

struct depend {
	struct job *job;
	LIST_HEAD(, dep) deps;       /* it depends on other jobs */
	LIST_HEAD(, dep) dependents; /* other jobs depend on it */
	LIST_HEAD(, begin) begins;   /* begin-time */
	struct singleton *singleton; /* jobs of its user and name; NULL */
	bool is_waiting;             /* for singleton */
	TAILQ_ENTRY(depend) next;    /* among those that wait */
};

/* NULL with ENOMEM. */
struct depend *depend_of(struct job *job);
/* Post dependency-add, unless the job has one of that description. 1 = it has,
 * 0 = added, -1 with errno. */
int depend_add(
    struct job_manager *jm, struct job *job, const char *description);
/* Post dependency-remove. */
int depend_remove(
    struct job_manager *jm, struct job *job, const char *description);

/* begin.c: scheme begin-time:SECONDS */
int begin_check(struct job_manager *jm, const struct jobspec *spec,
    const char *value, struct errmsg *em);
int begin_add(struct job_manager *jm, struct job *job, const char *value);
void begin_forget(struct job_manager *jm, struct depend *d);

/* singleton.c: scheme singleton */
int singleton_check(struct job_manager *jm, const struct jobspec *spec,
    const char *value, struct errmsg *em);
int singleton_add(struct job_manager *jm, struct job *job, const char *value);
void singleton_forget(struct job_manager *jm, struct depend *d);

#endif
