/* SPDX-License-Identifier: MIT */
/*
 * job-manager.update: change the jobspec of a job that waits, or the time of
 * one that runs. All updates of a request are checked before one is made.
 */
#include <errno.h>
#include <string.h>

#include "../exec/exec.h"
#include "jm.h"
#include "jobspec.h"
#include "rset.h"

#define DURATION    "attributes.system.duration"
#define QUEUE       "attributes.system.queue"
#define CONSTRAINTS "attributes.system.constraints"

struct update {
	struct job_manager *jm;
	struct request *req;
	struct job *job;
	json_t *updates; /* to be posted; ours */
};

static bool
is_running(const struct job *job)
{
	return job->state & JOB_RUNNING;
}

/* The owner may go beyond limits. */
static int
check_duration(struct update *u, json_t *value, struct errmsg *em)
{
	struct broker *b = u->jm->b;
	double d = json_number_value(value);

	errno = EINVAL;
	if (!json_is_number(value))
		return errmsg_set(em, "duration must be a number");
	if (d < 0)
		return errmsg_set(em, "duration must not be negative");
	if (request_is_owner(u->req))
		return 0;
	if (is_running(u->job)) {
		errno = EPERM;
		return errmsg_set(em, "only the instance owner can update "
				      "the duration of a running job");
	}
	return limits_check_duration(b, d, u->job->queue, em) < 0 ||
		       limits_check_lifetime(b, d, em) < 0
		   ? -1
		   : 0;
}

/* Constraints other than the one that the queue brought are the user's, and
 * might not fit the new queue. */
static int
check_constraints(struct update *u, const char *queue, struct errmsg *em)
{
	json_t *have = u->job->spec->constraints;
	json_t *requires = queue_requires(u->jm, u->job->queue);

	if (json_object_size(have) == 0)
		return 0;
	if (json_object_size(have) == 1 && requires &&
	    json_equal(json_object_get(have, "properties"), requires))
		return 0;
	errno = EINVAL;
	return errmsg_set(em,
	    "job appears to have non-queue constraints, unable to update "
	    "queue to %s",
	    queue);
}

static int
check_queue(struct update *u, json_t *value, struct errmsg *em)
{
	const char *queue = json_string_value(value);
	struct job *job = u->job;
	json_t *requires;

	errno = EINVAL;
	if (is_running(job))
		return errmsg_set(
		    em, "update of queue for running job not supported");
	if (!queue)
		return errmsg_set(em, "queue must be a string");
	if (job->queue && strcmp(queue, job->queue) == 0)
		return errmsg_set(em, "job queue is already set to %s", queue);
	if (queue_check_submit(u->jm, queue, em) < 0 ||
	    check_constraints(u, queue, em) < 0 ||
	    limits_check(u->jm->b, job->spec, queue, em) < 0)
		return -1;
	requires = queue_requires(u->jm, queue);
	json_object_set_new(u->updates, CONSTRAINTS,
	    requires ? json_pack("{s:O}", "properties", requires)
		     : json_object());
	return 0;
}

static const struct {
	const char *key;
	int (*check)(struct update *u, json_t *value, struct errmsg *em);
} checks[] = {
	{ DURATION, check_duration },
	{ QUEUE, check_queue },
};

/* Does the path begin with a key that a jobspec has? */
static bool
is_in_jobspec(const char *path)
{
	static const char *const keys[] = { "attributes", "resources", "tasks",
		"version" };
	size_t i, n = strcspn(path, ".");

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strlen(keys[i]) == n && strncmp(path, keys[i], n) == 0)
			return true;
	return false;
}

static int
check_update(
    struct update *u, const char *key, json_t *value, struct errmsg *em)
{
	size_t i;

	for (i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		if (strcmp(key, checks[i].key) == 0)
			return checks[i].check(u, value, em);
	errno = EINVAL;
	if (!is_in_jobspec(key))
		return errmsg_set(
		    em, "one or more jobspec updates are invalid");
	return errmsg_set(em, "update of %s not supported", key);
}

/* The expiration follows the duration of a running job. */
static int
move_expiration(struct update *u, double duration)
{
	struct job *job = u->job;
	double t = duration > 0 ? job->R->starttime + duration : 0;

	if (job_post_new(u->jm->b, job, "resource-update",
		json_pack("{s:f}", "expiration", t)) < 0)
		return -1;
	exec_expiration(u->jm->b, job);
	return 0;
}

static int
apply(struct update *u)
{
	json_t *d = json_object_get(u->updates, DURATION);

	if (spec_expand(u->jm, u->job) < 0 ||
	    job_post_new(u->jm->b, u->job, "jobspec-update",
		json_incref(u->updates)) < 0)
		return -1;
	if (d && is_running(u->job) && u->job->R)
		return move_expiration(u, json_number_value(d));
	return 0;
}

int
jm_update_request(void *ctx, struct request *req, struct answer *an)
{
	struct update u = { .jm = ctx, .req = req };
	json_t *updates, *value;
	const char *key;
	json_int_t id;
	int r = -1;

	if (request_unpack(req, "{s:I s:o}", "id", &id, "updates", &updates) <
		0 ||
	    !(u.job = request_job(u.jm, id, &an->em)) ||
	    request_owns(req, u.job, &an->em,
		"guests may only update their own jobs") < 0)
		return -1;
	errno = EINVAL;
	if (u.job->state == JOB_INACTIVE)
		return errmsg_set(&an->em, "job is inactive");
	if (!json_is_object(updates))
		return errmsg_set(&an->em, "updates must be an object");
	u.updates = json_copy(updates);
	json_object_foreach(updates, key, value)
		if (check_update(&u, key, value, &an->em) < 0)
			goto done;
	r = apply(&u);
done:
	json_decref(u.updates);
	return r;
}
