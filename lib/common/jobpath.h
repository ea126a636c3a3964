/* SPDX-License-Identifier: MIT */
#ifndef JOBPATH_H
#define JOBPATH_H

#include <stdbool.h>
#include <stdint.h>

#include "errmsg.h"
#include "handle.h"

/*
 * A job named by a path of ids, "ƒA/ƒB": job ƒB of the instance that is job ƒA.
 * While ƒA runs, that instance is asked; when it has ended, the one around it,
 * which has the history of what ran inside (service job-history).
 */
struct jobpath {
	struct handle *h; /* of the instance to ask; owned */
	uint64_t id;      /* the job there */
	char *inner; /* ids in decimal, "12/7", of the job inside; NULL = id is
			the job itself; owned */
};

/* Is it one of more than one id? */
bool jobpath_is(const char *text);
/* From the enclosing instance, or "/", "..", "." as in flux-uri(1). -1 with em:
 * "jobid ƒX not found", "jobid ƒX is not running". */
int jobpath_open(struct jobpath *p, const char *text, struct errmsg *em);
void jobpath_close(struct jobpath *p);
/* The id of the job that is named. */
uint64_t jobpath_id(const struct jobpath *p);

/* Ask for this job: topic is "job-list.list-id" or "job-info.lookup", the
 * payload is without "id". As handle_rpc_new and handle_call_new. */
int64_t jobpath_rpc_new(const struct jobpath *p, const char *topic,
    json_t *payload_new, rpc_f cb, void *arg);
int jobpath_call_new(const struct jobpath *p, const char *topic,
    json_t *payload_new, json_t **out, struct errmsg *em);

/* Ask, behind h, for the jobs that ran inside job id, or path inside it (NULL =
 * none): payload is that of job-list.list. The answers, one, are as those. */
int64_t jobpath_list_new(struct handle *h, uint64_t id, const char *path,
    json_t *payload_new, rpc_f cb, void *arg);

#endif
