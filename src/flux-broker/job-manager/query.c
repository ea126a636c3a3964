/* SPDX-License-Identifier: MIT */
/*
 * Questions about jobs and numbers that the job manager answers itself. (The
 * lists of tools come from job-list.)
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../sched/sched.h"
#include "jm.h"
#include "record.h"
#include "rset.h"

static bool
may_see_all(struct job_manager *jm, struct request *req)
{
	json_t *access = json_object_get(jm->b->config, "access");

	return request_is_owner(req) ||
	       !json_is_true(json_object_get(access, "private-mode"));
}

static json_t *
list_entry(const struct job *job)
{
	json_t *o =
	    json_pack("{s:I s:I s:i s:I s:f s:i}", "id", (json_int_t)job->id,
		"userid", (json_int_t)job->userid, "urgency", job->urgency,
		"priority", (json_int_t)(job->priority < 0 ? 0 : job->priority),
		"t_submit", job->t_submit, "state", job->state);

	if (job->annotations)
		json_object_set(o, "annotations", job->annotations);
	if (job->dependencies)
		json_object_set(o, "dependencies", job->dependencies);
	return o;
}

static void
list_state(struct job_manager *jm, json_t *jobs, int states, int max)
{
	struct job *job;

	TAILQ_FOREACH(job, &jm->active, by_age) {
		if (max > 0 && json_array_size(jobs) >= (size_t)max)
			return;
		if (job->state & states)
			json_array_append_new(jobs, list_entry(job));
	}
}

int
jm_list_request(void *ctx, struct request *req, struct answer *an)
{
	struct job_manager *jm = ctx;
	json_t *jobs;
	int max;

	if (request_unpack(req, "{s:i}", "max_entries", &max) < 0)
		return -1;
	if (max < 0) {
		errno = EPROTO;
		return -1;
	}
	jobs = json_array();
	list_state(jm, jobs, JOB_PENDING | JOB_NEW, max);
	list_state(jm, jobs, JOB_RUNNING, max);
	an->json = json_pack("{s:o}", "jobs", jobs);
	return 0;
}

static json_t *
attr_of(struct broker *b, const struct job *job, const char *name,
    struct errmsg *em)
{
	json_t *o = NULL;

	if (strcmp(name, "eventlog") == 0) {
		o = record_eventlog(b, job->id);
	} else if (strcmp(name, "jobspec") == 0 || strcmp(name, "R") == 0) {
		o = record_current(b, job->id, name);
	} else {
		errno = ENOENT;
		errmsg_set(em, "unknown attr %s", name);
		return NULL;
	}
	if (!o)
		errmsg_set(em, "%s is NULL", name);
	return o;
}

int
jm_getattr_request(void *ctx, struct request *req, struct answer *an)
{
	struct job_manager *jm = ctx;
	json_t *attrs, *name, *v, *out;
	struct job *job;
	json_int_t id;
	size_t i;

	if (request_unpack(req, "{s:I s:o}", "id", &id, "attrs", &attrs) < 0)
		return -1;
	if (!(job = job_lookup(jm->b, id))) {
		errno = EINVAL;
		return errmsg_set(&an->em, "unknown job");
	}
	if (request_owns(
		req, job, &an->em, "guests can only access their own jobs") < 0)
		return -1;
	out = json_object();
	json_array_foreach(attrs, i, name) {
		const char *s = json_string_value(name);

		v = attr_of(jm->b, job, s ? s : "", &an->em);
		if (!v || json_object_set_new(out, s, v) < 0) {
			json_decref(out);
			return -1;
		}
	}
	an->json = out;
	return 0;
}

int
jm_getinfo_request(void *ctx, struct request *req, struct answer *an)
{
	struct job_manager *jm = ctx;

	if (!may_see_all(jm, req)) {
		errno = EPERM;
		return -1;
	}
	an->json = json_pack("{s:I}", "max_jobid", (json_int_t)jm->max_id);
	return 0;
}

int
jm_stats_request(void *ctx, struct request *req, struct answer *an)
{
	struct job_manager *jm = ctx;

	if (!may_see_all(jm, req)) {
		errno = EPERM;
		return -1;
	}
	an->json = json_pack("{s:{s:i s:I} s:I s:I s:I s:{s:{} s:{s:f s:s}}}",
	    "journal", "listeners", journal_nlisteners(jm), "events",
	    (json_int_t)journal_nevents(jm), "active_jobs",
	    (json_int_t)jm->nactive, "inactive_jobs", (json_int_t)jm->ninactive,
	    "max_jobid", (json_int_t)jm->max_id, "housekeeping", "running",
	    "config", "release-after", -1.0, "command", "");
	return 0;
}

/* All jobs that may run are with the scheduler: none waits for its turn. */
int
jm_alloc_query_request(void *ctx, struct request *req, struct answer *an)
{
	struct job_manager *jm = ctx;

	(void)req;
	an->json =
	    json_pack("{s:i s:I s:I}", "queue_length", 0, "alloc_pending",
		(json_int_t)jm->npending, "running", (json_int_t)jm->nrunning);
	return 0;
}

int
jm_resource_status_request(void *ctx, struct request *req, struct answer *an)
{
	struct job_manager *jm = ctx;
	json_t *R = rset_encode(sched_allocated(jm->b));

	(void)req;
	if (!R)
		return -1;
	an->json = json_pack("{s:o}", "allocated", R);
	return 0;
}

/* -- history ------------------------------------------------------------ */

/* A Python slice [start:stop:step]. */
struct slice {
	bool has_start, has_stop;
	long start, stop, step;
};

/* More than any list is long: adding it to an index does not overflow. */
#define STEP_MAX (1L << 40)

static long
clamp(long i, long lo, long hi)
{
	return i < lo ? lo : i > hi ? hi : i;
}

/* An optional number that ends at one of `ends`. */
static int
parse_part(const char **p, const char *ends, bool *has, long *n)
{
	char *end;

	*has = !strchr(ends, **p);
	if (!*has)
		return 0;
	if (isspace((unsigned char)**p))
		return -1;
	errno = 0;
	*n = strtol(*p, &end, 10);
	if (end == *p || errno || !*end || !strchr(ends, *end))
		return -1;
	*p = end;
	return 0;
}

static int
slice_parse(struct slice *s, const char *text)
{
	bool has_step = false;

	*s = (struct slice){ .step = 1 };
	if (*text++ != '[' ||
	    parse_part(&text, ":", &s->has_start, &s->start) < 0 ||
	    *text++ != ':' ||
	    parse_part(&text, ":]", &s->has_stop, &s->stop) < 0)
		return -1;
	if (*text == ':') {
		text++;
		if (parse_part(&text, "]", &has_step, &s->step) < 0)
			return -1;
	}
	s->step = clamp(s->step, -STEP_MAX, STEP_MAX);
	return strcmp(text, "]") == 0 && s->step != 0 ? 0 : -1;
}

/* Python's rules for negative and missing bounds of n things. */
static void
slice_bounds(struct slice *s, long n)
{
	long lo = s->step > 0 ? 0 : -1, hi = s->step > 0 ? n : n - 1;

	if (s->has_start)
		s->start =
		    clamp(s->start < 0 ? s->start + n : s->start, lo, hi);
	else
		s->start = s->step > 0 ? lo : hi;
	if (s->has_stop)
		s->stop = clamp(s->stop < 0 ? s->stop + n : s->stop, lo, hi);
	else
		s->stop = s->step > 0 ? hi : lo;
}

/* Ids of a user, newest first: the whole list, since bounds may be negative. */
static json_t *
ids_of(struct job_manager *jm, uint32_t userid)
{
	json_t *ids = json_array();
	struct job *job;

	RB_FOREACH_REVERSE(job, job_tree, &jm->jobs)
	if (job->userid == userid)
		json_array_append_new(ids, json_integer(job->id));
	return ids;
}

int
jm_history_request(void *ctx, struct request *req, struct answer *an)
{
	struct job_manager *jm = ctx;
	json_t *ids, *out;
	const char *text;
	struct slice s;
	long i;

	if (request_unpack(req, "{s:s}", "slice", &text) < 0)
		return -1;
	if (slice_parse(&s, text) < 0) {
		errno = EINVAL;
		return errmsg_set(
		    &an->em, "could not parse python-style slice expression");
	}
	ids = ids_of(jm, request_userid(req));
	slice_bounds(&s, json_array_size(ids));
	out = json_array();
	for (i = s.start; s.step > 0 ? i < s.stop : i > s.stop; i += s.step)
		json_array_append(out, json_array_get(ids, i));
	json_decref(ids);
	an->json = json_pack("{s:o}", "jobs", out);
	return 0;
}
