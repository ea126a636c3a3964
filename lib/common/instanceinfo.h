/* SPDX-License-Identifier: MIT */
#ifndef INSTANCEINFO_H
#define INSTANCEINFO_H

#include <jansson.h>
#include <stdbool.h>

#include "value.h"

struct handle;
struct rset;

/*
 * What an instance says about itself, for the fields "instance.*" of the job
 * that it is: its job statistics and its resources.
 */
enum instance_set {
	INSTANCE_ALL,
	INSTANCE_UP,
	INSTANCE_DOWN,
	INSTANCE_ALLOCATED,
	INSTANCE_FREE,
	INSTANCE_NSETS,
};

struct instanceinfo {
	json_t *stats; /* answer of job-list.job-stats; NULL = unknown */
	struct rset *sets[INSTANCE_NSETS]; /* NULL = unknown */
	bool asks_scheduler; /* resource.sched-status was not there */
};

struct instanceinfo *instanceinfo_create(void);
void instanceinfo_destroy(struct instanceinfo *i);

/*
 * Send the two requests (reads FLUX_RESOURCE_LIST_RPC). The answers are taken
 * while h is run; what fails leaves its part unknown. i must live as long as
 * the requests are pending.
 */
void instanceinfo_request(struct instanceinfo *i, struct handle *h);

/*
 * The value of the field "instance." NAME: stats, stats.COUNT, progress,
 * utilization, gpu_utilization, resources.SET.KIND. Missing if i is NULL or
 * does not know. -1 with ENOMEM.
 */
int instanceinfo_value(
    const struct instanceinfo *i, const char *name, struct value *v);
/* Is there such a field? */
bool instanceinfo_knows(const char *name);

/*
 * Counts of a job-list.job-stats answer: pending, running, active, total,
 * successful, failed (canceled and timeout are counted by themselves),
 * depend, …, inactive_purged. -1: no such count.
 */
long long jobstats_count(const json_t *stats, const char *name);
/* Canceled, timed out and failed ones together. */
long long jobstats_unsuccessful(const json_t *stats);

#endif
