/* SPDX-License-Identifier: MIT */
/*
 * The service job-history: topics, access, beginning and end.
 */
#include <errno.h>
#include <stdlib.h>

#include "../job-manager/job-manager.h"
#include "../job-manager/job.h"
#include "state.h"

struct job *
history_job(
    struct history *hi, struct request *req, json_int_t id, struct errmsg *em)
{
	struct job *job = job_lookup(hi->b, (uint64_t)id);

	if (!job) {
		errmsg_set(em, "unknown job id");
		errno = ENOENT;
	} else if (!request_is_owner(req) &&
		   request_userid(req) != job->userid) {
		errmsg_set(em, "access is restricted to job/instance owner");
		errno = EPERM;
		job = NULL;
	}
	return job;
}

static const struct topic topics[] = {
	{ "job-history.open", TOPIC_USER, history_open_request },
	{ "job-history.put", TOPIC_USER, history_put_request },
	{ "job-history.list", TOPIC_USER, history_list_request },
	{ "job-history.list-id", TOPIC_USER, history_list_id_request },
	{ "job-history.lookup", TOPIC_USER, history_lookup_request },
	{ NULL, 0, NULL },
};

static const struct service history_service = {
	.name = "job-history",
	.topics = topics,
};

int
history_create(struct broker *b)
{
	struct history *hi = calloc(1, sizeof(*hi));

	if (!hi)
		return -1;
	hi->b = b;
	b->history = hi;
	return service_register(b, &history_service, hi);
}

void
history_destroy(struct broker *b)
{
	if (!b->history)
		return;
	handover_destroy(b->history->handover);
	free(b->history);
	b->history = NULL;
}
