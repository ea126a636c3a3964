/* SPDX-License-Identifier: MIT */
#ifndef FOLD_H
#define FOLD_H

#include <jansson.h>
#include <stdbool.h>

#include "job.h"

/*
 * The one function that changes the state of a job: an event of its eventlog
 * (RFC 21) folded into it. Restart is folding all events again. Pure: no
 * service is asked, no message is sent.
 *
 * Set before: spec before `submit`, R before `alloc` (job_take_spec,
 * job_take_R).
 */

/* May this event come in the job's state? false: it must not be appended. */
bool fold_allows(
    const struct job *job, const char *event, const json_t *context);
/* Fold an event that is allowed. A context that does not fit changes what it
 * can; out of memory loses texts, never the state. */
void job_fold(struct job *job, double timestamp, const char *event,
    const json_t *context);

/* The result of a job that ends with status (-1 = none: it did not run). */
enum job_result fold_result(const struct job *job, int status);

/* Set the value at a dotted path ("attributes.system.duration") of a jobspec;
 * objects on the way are made. -1 with EINVAL: something on the way is no
 * object, or the path is malformed. */
int spec_path_set(json_t *spec, const char *path, json_t *value);
/* All {path: value} of a jobspec-update. */
int spec_path_update(json_t *spec, const json_t *updates);

#endif
