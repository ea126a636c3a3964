/* SPDX-License-Identifier: MIT */
#ifndef INGEST_H
#define INGEST_H

#include <jansson.h>
#include <stdbool.h>

#include "errmsg.h"

struct broker;

/*
 * Service job-ingest, rank 0: jobs come in, are checked, completed by the
 * configured defaults, and handed to the job manager.
 */
int job_ingest_create(struct broker *b);
void job_ingest_destroy(struct broker *b);

/* What policy.jobspec.defaults and the queue add to a jobspec before it is
 * checked and stored: queue, duration, ..., and the constraint of the queue.
 * In place; *changed: there was something to add. -1 with EPERM (no such queue)
 * or EINVAL, and em. */
int ingest_complete(
    struct broker *b, json_t *jobspec, bool *changed, struct errmsg *em);
/* Constraints as they must be: operators known, hosts of this instance. -1 with
 * EPERM and em. */
int ingest_check_constraints(
    struct broker *b, const json_t *constraints, struct errmsg *em);

#endif
