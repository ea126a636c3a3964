/* SPDX-License-Identifier: MIT */
/*
 * The service job-info: topics, access, beginning and end.
 */
#include <errno.h>
#include <stdlib.h>

#include "../broker.h"
#include "../job-manager/job-manager.h"
#include "../job-manager/job.h"
#include "job-info.h"

struct job *
info_job(
    struct job_info *ji, struct request *req, json_int_t id, struct errmsg *em)
{
	struct job *job = job_lookup(ji->b, (uint64_t)id);

	if (!job || request_is_owner(req) || request_userid(req) == job->userid)
		return job;
	errmsg_set(em, "access is restricted to job/instance owner");
	errno = EPERM;
	return NULL;
}

static void
job_event(void *arg, struct job *job, double timestamp, const char *name,
    const json_t *context)
{
	(void)timestamp;
	(void)context;
	watch_job_event(arg, job, name);
	update_watch_job_event(arg, job, name);
}

static const struct topic topics[] = {
	{ "job-info.lookup", TOPIC_USER, info_lookup_request },
	{ "job-info.update-lookup", TOPIC_USER, info_update_lookup_request },
	{ "job-info.eventlog-watch", TOPIC_USER, info_watch_request },
	{ "job-info.eventlog-watch-cancel", TOPIC_USER,
	    info_watch_cancel_request },
	{ "job-info.update-watch", TOPIC_USER, info_update_watch_request },
	{ "job-info.update-watch-cancel", TOPIC_USER,
	    info_update_watch_cancel_request },
	{ NULL, 0, NULL },
};

static void
job_info_disconnect(void *ctx, const char *sender)
{
	watch_disconnect(ctx, sender);
	update_watch_disconnect(ctx, sender);
}

static const struct service job_info_service = {
	.name = "job-info",
	.topics = topics,
	.disconnect = job_info_disconnect,
};

int
job_info_create(struct broker *b)
{
	struct job_info *ji = calloc(1, sizeof(*ji));

	if (!ji)
		return -1;
	b->job_info = ji;
	ji->b = b;
	if (watch_create(ji) < 0 || update_watch_create(ji) < 0 ||
	    job_on_event(b, job_event, ji) < 0)
		return -1;
	return service_register(b, &job_info_service, ji);
}

void
job_info_destroy(struct broker *b)
{
	struct job_info *ji = b->job_info;

	if (!ji)
		return;
	watch_destroy(ji);
	update_watch_destroy(ji);
	free(ji);
	b->job_info = NULL;
}
