/* SPDX-License-Identifier: MIT */
/*
 * What a user changes of a job that waits or runs, by one event each: urgency,
 * memo, and any event by hand (post-event).
 */
#include <errno.h>

#include "jm.h"

static int
check_urgency(
    struct request *req, const struct job *job, int urgency, struct errmsg *em)
{
	bool is_owner = request_is_owner(req);

	errno = EPERM;
	if (!is_owner && request_userid(req) != job->userid)
		return errmsg_set(
		    em, "guests can only reprioritize their own jobs");
	if (!is_owner && urgency > JOB_URGENCY_DEFAULT &&
	    urgency > job->urgency)
		return errmsg_set(
		    em, "guests can only adjust urgency <= default");
	errno = EINVAL;
	if (job->state == JOB_INACTIVE)
		return errmsg_set(em, "job is inactive");
	if (job->state & (JOB_RUN | JOB_CLEANUP))
		return errmsg_set(em, "urgency cannot be changed once "
				      "resources are allocated");
	return 0;
}

int
jm_urgency_request(void *ctx, struct request *req, struct answer *an)
{
	struct job_manager *jm = ctx;
	struct job *job;
	json_int_t id;
	int urgency, old;

	if (request_unpack(req, "{s:I s:i}", "id", &id, "urgency", &urgency) <
	    0)
		return -1;
	errno = EINVAL;
	if (urgency < JOB_URGENCY_HOLD || urgency > JOB_URGENCY_EXPEDITE)
		return errmsg_set(&an->em, "urgency value is out of range");
	if (!(job = job_lookup(jm->b, id))) {
		errno = EINVAL;
		return errmsg_set(&an->em, "unknown job");
	}
	if (check_urgency(req, job, urgency, &an->em) < 0)
		return -1;
	old = job->urgency;
	if (job_post_new(jm->b, job, "urgency",
		json_pack("{s:I s:i}", "userid",
		    (json_int_t)request_userid(req), "urgency", urgency)) < 0)
		return -1;
	an->json = json_pack("{s:i}", "old_urgency", old);
	return 0;
}

int
jm_memo_request(void *ctx, struct request *req, struct answer *an)
{
	struct job_manager *jm = ctx;
	int is_volatile = 0;
	struct job *job;
	json_int_t id;
	json_t *memo;

	if (request_unpack(req, "{s:I s:o s?b}", "id", &id, "memo", &memo,
		"volatile", &is_volatile) < 0 ||
	    !(job = request_job(jm, id, &an->em)) ||
	    request_owns(req, job, &an->em,
		"guests can only add a memo to their own jobs") < 0)
		return -1;
	if (job->state == JOB_INACTIVE) {
		errno = ENOENT;
		return errmsg_set(&an->em, "job is inactive");
	}
	if (!json_is_object(memo)) {
		errno = EINVAL;
		return -1;
	}
	if (is_volatile)
		return post_volatile_new(jm, job, "memo", json_incref(memo));
	return job_post_new(jm->b, job, "memo", json_incref(memo));
}

int
jm_post_event_request(void *ctx, struct request *req, struct answer *an)
{
	struct job_manager *jm = ctx;
	json_t *context = NULL;
	const char *name;
	struct job *job;
	json_int_t id;

	(void)an;
	if (request_unpack(req, "{s:I s:s s?o}", "id", &id, "name", &name,
		"context", &context) < 0)
		return -1;
	if (!(job = job_lookup(jm->b, id)) || job->state == JOB_INACTIVE) {
		errno = ENOENT;
		return -1;
	}
	if (context && !json_is_object(context)) {
		errno = EPROTO;
		return -1;
	}
	return job_post_new(jm->b, job, name, json_incref(context));
}
