/* SPDX-License-Identifier: MIT */
/*
 * What the scheduler has to follow: the set of resources, which of them are
 * down, the end of the instance, the ends of jobs, and what queues demand.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../broker.h"
#include "../exec/exec.h"
#include "../job-manager/job-manager.h"
#include "../job-manager/job.h"
#include "../log.h"
#include "../resource/resource.h"
#include "rset.h"
#include "state.h"

/* ---- what runs, for a plan that asks ---- */

static double
end_of(const struct job *job)
{
	return job->expiration > 0 ? job->expiration : INFINITY;
}

void
follow_hold(struct sched *s, struct entry *e, struct rset *R)
{
	e->hold.R = R;
	e->hold.end = end_of(e->job);
	e->job->sched = e;
	plan_hold(s->plan, &e->hold);
}

void
follow_unhold(struct sched *s, struct entry *e)
{
	plan_unhold(s->plan, &e->hold);
	rset_destroy(e->hold.R);
	e->job->sched = NULL;
	free(e);
}

/* A job that has its resources from an earlier life of the broker. */
static void
hold_again(struct sched *s, struct job *job)
{
	struct entry *e;
	struct rset *R;

	if (!plan_has_backfill(s->plan) || job->sched)
		return;
	e = calloc(1, sizeof(*e));
	R = rset_dup(job->R);
	if (!e || !R) {
		log_err(s->b->log, "job %ju", (uintmax_t)job->id);
		rset_destroy(R);
		free(e);
		return;
	}
	e->job = job;
	follow_hold(s, e, R);
}

/* A job that may use resources, with its own idea of what they are. */
static bool
holds(const struct job *job)
{
	return job->R && job->has_resources;
}

static void
take_held(struct sched *s)
{
	struct job *job;

	for (job = job_first(s->b); job; job = job_next(s->b, job)) {
		if (!holds(job))
			continue;
		if (pool_take(s->pool, job->R) < 0)
			log_error(s->b->log,
			    "job %ju holds resources that are not there",
			    (uintmax_t)job->id);
		hold_again(s, job);
	}
}

/* The end of a job that runs is another one. */
static void
event_cb(void *arg, struct job *job, double timestamp, const char *name,
    const json_t *context)
{
	struct sched *s = arg;
	struct entry *e = job->sched;

	(void)timestamp;
	(void)context;
	if (!e || !e->hold.R || strcmp(name, "resource-update") != 0)
		return;
	plan_unhold(s->plan, &e->hold);
	e->hold.end = end_of(job);
	plan_hold(s->plan, &e->hold);
	sched_changed(s);
}

/* ---- resources ---- */

/* All that wait have to be looked at again. */
static void
renew_queue(struct sched *s)
{
	struct ask *a;

	for (a = plan_head(s->plan); a; a = plan_following(s->plan, a)) {
		struct entry *e = (struct entry *)a;

		if (e->is_new)
			continue;
		e->is_new = true;
		TAILQ_INSERT_TAIL(&s->fresh, e, fresh);
	}
}

static void
renew_pool(struct sched *s)
{
	struct pool *pool = pool_create(resource_all(s->b), s->pool_flags);

	if (!pool) {
		log_err(s->b->log, "scheduler");
		return;
	}
	pool_destroy(s->pool);
	s->pool = pool;
	s->version = resource_version(s->b);
	plan_set_pool(s->plan, pool);
	take_held(s);
	renew_queue(s);
}

/* The instance ends at another time: jobs without a limit of their own go with
 * it. */
static void
renew_expiration(struct sched *s)
{
	double expiration = resource_expiration(s->b);
	struct job *job, *next;

	if (expiration == s->expiration)
		return;
	s->expiration = expiration;
	plan_set_expiration(s->plan, expiration);
	for (job = job_first(s->b); job; job = next) {
		next = job_next(s->b, job);
		if (!holds(job) || job->state != JOB_RUN || job->duration > 0)
			continue;
		job_post_new(s->b, job, "resource-update",
		    json_pack("{s:f}", "expiration", expiration));
		exec_expiration(s->b, job);
	}
}

static void
resource_cb(void *arg)
{
	struct sched *s = arg;

	if (!resource_all(s->b))
		return;
	if (!s->pool) {
		s->expiration = resource_expiration(s->b);
		plan_set_expiration(s->plan, s->expiration);
		renew_pool(s);
	} else if (s->version != resource_version(s->b)) {
		renew_pool(s);
	}
	if (!s->pool)
		return;
	renew_expiration(s);
	if (pool_set_down(s->pool, resource_down(s->b)) < 0)
		log_err(s->b->log, "scheduler");
	sched_changed(s);
}

/* ---- queues ---- */

void
follow_config(struct sched *s)
{
	struct ask *a, *next;

	if (s->config == s->b->config)
		return;
	json_decref(s->config);
	s->config = json_incref(s->b->config);
	for (a = plan_head(s->plan); a; a = next) {
		struct entry *e = (struct entry *)a;
		json_t *requires = job_queue_requires(s->b, e->job->queue);

		next = plan_following(s->plan, a);
		if (json_equal(e->requires, requires) ||
		    (!e->requires && !requires))
			continue;
		plan_remove(s->plan, a);
		json_decref(e->requires);
		e->requires = json_incref(requires);
		a->demand.properties = requires;
		if (plan_add(s->plan, a) < 0)
			log_err(s->b->log, "job %ju", (uintmax_t)e->job->id);
	}
	renew_queue(s);
	plan_changed(s->plan);
}

int
follow_create(struct sched *s)
{
	s->config = json_incref(s->b->config);
	if (resource_on_change(s->b, resource_cb, s) < 0 ||
	    job_on_event(s->b, event_cb, s) < 0)
		return -1;
	resource_cb(s);
	return 0;
}
