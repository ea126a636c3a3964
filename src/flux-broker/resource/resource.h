/* SPDX-License-Identifier: MIT */
#ifndef RESOURCE_H
#define RESOURCE_H

#include "errmsg.h"

struct broker;
struct rset;
struct idset;

/*
 * The resources of the instance: from the parent's R if this is a job, from
 * the configuration, or found by hwloc (in a short-lived helper process, so
 * that the broker stays small). Rank 0 has the whole set.
 */
/* What jobs may use: the set without excluded ranks; NULL until it is known.
 * Belongs to resource, until the next change. */
const struct rset *resource_all(struct broker *b);
/* With the excluded ranks; as resource_all. */
const struct rset *resource_configured(struct broker *b);
/* Changes when the set itself does (resource.reload). */
unsigned resource_version(struct broker *b);
/* Ranks that may not be used now: offline, drained, excluded. */
const struct idset *resource_down(struct broker *b);
/* When all, down or the expiration change (also once when first known). */
typedef void (*resource_change_f)(void *arg);
int resource_on_change(struct broker *b, resource_change_f cb, void *arg);
/* End of the instance, seconds since the epoch; 0 = none. */
double resource_expiration(struct broker *b);
/* Drain ranks with a reason (exec does, for unkillable processes). */
int resource_drain(
    struct broker *b, const struct idset *ranks, const char *reason);
/* What was defined and drained, as an eventlog (malloc'd); NULL with ENOMEM. */
char *resource_eventlog(struct broker *b);

int resource_create(struct broker *b);
void resource_destroy(struct broker *b);

#endif
