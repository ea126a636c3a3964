/* SPDX-License-Identifier: MIT */
/*
 * The service job-list. It listens to the job manager's events and keeps its
 * trees and numbers by them; all else of a job is read from the job itself.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>

#include "job-list.h"
#include "list.h"

int
list_invalid(struct errmsg *em, const char *why)
{
	errno = EPROTO;
	return errmsg_set(em, "invalid payload: %s", why);
}

int
list_unpack(struct request *req, struct errmsg *em, const char *fmt, ...)
{
	const json_t *o = request_json(req);
	json_error_t error;
	va_list ap;
	int r;

	if (!o)
		return list_invalid(
		    em, "message does not have a string payload");
	va_start(ap, fmt);
	r = json_vunpack_ex((json_t *)o, &error, 0, fmt, ap);
	va_end(ap);
	return r < 0 ? list_invalid(em, error.text) : 0;
}

static bool
is_private(const struct broker *b)
{
	json_t *access = json_object_get(b->config, "access");

	return json_is_true(json_object_get(access, "private-mode"));
}

bool
list_may_see_all(struct request *req)
{
	uint32_t role = request_msg(req)->rolemask;

	return (role & (ROLE_OWNER | ROLE_ADMIN)) ||
	       !is_private(request_broker(req));
}

static int
list_attrs_request(void *ctx, struct request *req, struct answer *an)
{
	(void)ctx;
	(void)req;
	an->json = json_pack("{s:o}", "attrs", attrs_names());
	return 0;
}

static int
stats_get_request(void *ctx, struct request *req, struct answer *an)
{
	struct job_list *jl = ctx;

	(void)req;
	an->json = json_pack("{s:{s:I s:I s:I} s:{s:i s:i} s:i}", "jobs",
	    "pending", (json_int_t)jl->counts[LIST_PENDING], "running",
	    (json_int_t)jl->counts[LIST_RUNNING], "inactive",
	    (json_int_t)jl->counts[LIST_INACTIVE], "idsync", "lookups", 0,
	    "waits", id_nwaits(jl), "stats_watchers", stats_nwatchers(jl));
	return 0;
}

static void
job_event(void *arg, struct job *job, double timestamp, const char *name,
    const json_t *context)
{
	struct job_list *jl = arg;

	(void)timestamp;
	(void)name;
	(void)context;
	order_update(jl, job);
	stats_update(jl, job);
	id_update(jl, job);
}

static void
job_retired(void *arg, struct job *job)
{
	order_remove(arg, job);
}

void
job_list_count(struct broker *b, struct job *job)
{
	if (job->state != JOB_INACTIVE)
		order_update(b->job_list, job);
	stats_update(b->job_list, job);
}

static void
job_purged(void *arg, struct job *job)
{
	order_remove(arg, job);
	stats_purge(arg, job);
}

static const struct topic topics[] = {
	{ "job-list.list", TOPIC_USER, list_list_request },
	{ "job-list.list-id", TOPIC_USER, list_id_request },
	{ "job-list.list-attrs", TOPIC_USER, list_attrs_request },
	{ "job-list.job-stats", TOPIC_USER, list_job_stats_request },
	{ "job-list.stats-get", TOPIC_USER, stats_get_request },
	{ NULL, 0, NULL },
};

static void
job_list_disconnect(void *ctx, const char *sender)
{
	stats_disconnect(ctx, sender);
	id_disconnect(ctx, sender);
	listing_disconnect(ctx, sender);
}

static const struct service job_list_service = {
	.name = "job-list",
	.topics = topics,
	.disconnect = job_list_disconnect,
};

int
job_list_create(struct broker *b)
{
	struct job_list *jl = calloc(1, sizeof(*jl));

	if (!jl)
		return -1;
	b->job_list = jl;
	jl->b = b;
	order_init(jl);
	listing_init(jl);
	if (stats_create(jl) < 0 || id_create(jl) < 0 ||
	    job_on_event(b, job_event, jl) < 0 ||
	    job_on_purge(b, job_purged, jl) < 0 ||
	    job_on_retire(b, job_retired, jl) < 0)
		return -1;
	return service_register(b, &job_list_service, jl);
}

void
job_list_destroy(struct broker *b)
{
	struct job_list *jl = b->job_list;

	if (!jl)
		return;
	stats_destroy(jl);
	id_destroy(jl);
	listing_destroy_all(jl);
	free(jl);
	b->job_list = NULL;
}
