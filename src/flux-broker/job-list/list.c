/* SPDX-License-Identifier: MIT */
/*
 * job-list.list and the rest of the service. It listens to the job manager's
 * events and keeps its trees and numbers by them; all else of a job is read
 * from the job itself.
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
list_may_see(struct request *req, const struct job *job)
{
	uint32_t role = request_msg(req)->rolemask;

	return (role & (ROLE_OWNER | ROLE_ADMIN)) ||
	       !is_private(request_broker(req)) ||
	       (job && job->userid == request_userid(req));
}

/* -- list --------------------------------------------------------------- */

struct listing {
	struct request *req;
	struct attrs_wanted attrs;
	struct match *match;
	double since;
	int max; /* 0 = no limit */
	int n;
	json_t *jobs; /* NULL: streaming, each job is sent */
};

static int
parse_constraint(struct listing *l, const json_t *o, struct errmsg *em)
{
	char text[sizeof(em->text) + 64];
	struct errmsg why = { .text = "" };

	if ((l->match = match_create(o, &why)))
		return 0;
	snprintf(text, sizeof(text), "constraint object invalid: %s", why.text);
	return list_invalid(em, text);
}

static int
parse(struct listing *l, struct errmsg *em)
{
	json_t *attrs, *constraint = NULL;

	if (list_unpack(l->req, em, "{s:i s:o s?F s?o}", "max_entries", &l->max,
		"attrs", &attrs, "since", &l->since, "constraint",
		&constraint) < 0)
		return -1;
	if (l->max < 0)
		return list_invalid(em, "max_entries < 0 not allowed");
	if (l->since < 0)
		return list_invalid(em, "since < 0.0 not allowed");
	if (!json_is_array(attrs))
		return list_invalid(em, "attrs must be an array");
	if (parse_constraint(l, constraint, em) < 0)
		return -1;
	return attrs_parse(&l->attrs, attrs, em);
}

/* The first response of a stream says by `version` that more will come. */
static void
put(struct listing *l, struct job *job)
{
	json_t *o = attrs_encode(&l->attrs, job);

	if (l->jobs) {
		json_array_append_new(l->jobs, o);
	} else {
		o = json_pack("{s:[o]}", "jobs", o);
		if (l->n == 0)
			json_object_set_new(o, "version", json_integer(1));
		request_respond_new(l->req, o);
	}
	l->n++;
}

static bool
is_full(const struct listing *l)
{
	return l->max > 0 && l->n >= l->max;
}

static void
walk(struct job_list *jl, struct listing *l, enum list_kind kind)
{
	struct job *job;

	for (job = order_first(jl, kind); job && !is_full(l);
	     job = order_next(job)) {
		if (kind == LIST_INACTIVE && l->since > 0 &&
		    job->t_inactive <= l->since)
			return; /* all that follow are older */
		if (match_test(l->match, job) && list_may_see(l->req, job))
			put(l, job);
	}
}

static int
list_request(void *ctx, struct request *req, struct answer *an)
{
	static const int states[] = { [LIST_PENDING] = JOB_PENDING,
		[LIST_RUNNING] = JOB_RUNNING,
		[LIST_INACTIVE] = JOB_INACTIVE };
	struct listing l = { .req = req };
	struct job_list *jl = ctx;
	int kind, wanted;

	if (parse(&l, &an->em) < 0) {
		int saved = errno;

		match_destroy(l.match);
		errno = saved;
		return -1;
	}
	if (!request_is_streaming(req))
		l.jobs = json_array();
	wanted = match_states(l.match);
	for (kind = LIST_PENDING; kind <= LIST_INACTIVE; kind++)
		if (wanted & states[kind])
			walk(jl, &l, kind);
	match_destroy(l.match);
	if (l.jobs) {
		an->json = json_pack("{s:o}", "jobs", l.jobs);
		return 0;
	}
	errno = ENODATA;
	return -1;
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

/* -- service ------------------------------------------------------------ */

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
job_purged(void *arg, struct job *job)
{
	order_remove(arg, job);
	stats_purge(arg, job);
}

static const struct topic topics[] = {
	{ "job-list.list", TOPIC_USER, list_request },
	{ "job-list.list-id", TOPIC_USER, list_id_request },
	{ "job-list.list-attrs", TOPIC_USER, list_attrs_request },
	{ "job-list.job-stats", TOPIC_USER, job_stats_request },
	{ "job-list.stats-get", TOPIC_USER, stats_get_request },
	{ NULL, 0, NULL },
};

static void
job_list_disconnect(void *ctx, const char *sender)
{
	stats_disconnect(ctx, sender);
	id_disconnect(ctx, sender);
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
	if (stats_create(jl) < 0 || id_create(jl) < 0 ||
	    job_on_event(b, job_event, jl) < 0 ||
	    job_on_purge(b, job_purged, jl) < 0)
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
	free(jl);
	b->job_list = NULL;
}
