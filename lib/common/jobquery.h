/* SPDX-License-Identifier: MIT */
#ifndef JOBQUERY_H
#define JOBQUERY_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "errmsg.h"

/*
 * Which jobs to ask job-list.list for, as the options of listing commands say
 * it. Start with jobquery_init.
 */
struct jobquery {
	bool anybody;        /* jobs of all users */
	bool has_userid;     /* a user was named */
	uint32_t userid;     /* USERID_UNKNOWN = all */
	const char *name;    /* of the job, NULL = any */
	json_t *queues;      /* names, NULL = any; owned */
	json_t *targets;     /* constraint of hosts or ranks, NULL; owned */
	int states, results; /* masks; both 0 = any job */
	int max_entries;     /* 0 = no limit */
	double since;        /* of inactive jobs, s since the epoch; 0 */
};

/* Jobs of the caller in any state. */
void jobquery_init(struct jobquery *q);
void jobquery_fini(struct jobquery *q);

/* "running,failed": add states and results. -1 with em: "Invalid filter
 * specified: foo". */
int jobquery_add_filter(
    struct jobquery *q, const char *list, struct errmsg *em);
/* "batch,debug" */
int jobquery_add_queues(
    struct jobquery *q, const char *list, struct errmsg *em);
/* Name, number or "all". -1 with em: "Invalid user foo specified". */
int jobquery_set_user(struct jobquery *q, const char *user, struct errmsg *em);
/* Ranks or hosts, all users if none is named. -1 with em: "invalid targets:
 * x[". */
int jobquery_set_targets(
    struct jobquery *q, const char *targets, struct errmsg *em);

/* The payload of job-list.list (new reference); attrs is an array of names,
 * NULL = all. NULL with ENOMEM. */
json_t *jobquery_request(const struct jobquery *q, json_t *attrs);
/* The same for what ran inside an instance that has ended: jobs of any state,
 * unless a filter was given. */
json_t *jobquery_past_request(
    const struct jobquery *q, bool has_filter, json_t *attrs);

#endif
