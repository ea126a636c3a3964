/* SPDX-License-Identifier: MIT */
/*
 * The scheduler: jobs wait in a plan (plan.h), which says who is next and what
 * it gets. It runs from the loop after something has changed, and at no other
 * time. A job that could never run is told so at once, wherever it stands.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../broker.h"
#include "../job-manager/job-manager.h"
#include "../job-manager/job.h"
#include "../log.h"
#include "../resource/resource.h"
#include "jobspec.h"
#include "rset.h"
#include "state.h"

/* Jobs that get their resources in one turn of the loop: each of them starts,
 * and others want their turn too. */
enum { TURN_MAX = 64 };

/* An estimate is told again when it has moved by so many seconds. */
#define ESTIMATE_STEP 1.

/* sched.policy of the configuration. */
static const struct policy {
	const char *name;
	int pool_flags;
	bool has_backfill;
} policies[] = {
	{ "first-fit", 0, false }, /* if none is configured */
	{ "best-fit", POOL_BEST_FIT, false },
	{ "easy", POOL_LOOK_AHEAD, true },
};

void
sched_wake(struct sched *s)
{
	if (s->pool && plan_head(s->plan) && !ev_is_active(&s->run)) {
		ev_timer_set(&s->run, 0., 0.);
		ev_timer_start(s->b->loop, &s->run);
	}
}

void
sched_changed(struct sched *s)
{
	plan_changed(s->plan);
	rset_destroy(s->allocated);
	s->allocated = NULL;
	sched_wake(s);
}

/* It does not wait any more. */
static void
entry_unqueue(struct sched *s, struct entry *e)
{
	if (e->is_new)
		TAILQ_REMOVE(&s->fresh, e, fresh);
	if (s->estimated == e)
		s->estimated = NULL;
	e->is_new = false;
	e->waits = false;
	e->ask.demand = (struct demand){ 0 };
	json_decref(e->requires);
	e->requires = NULL;
	e->job->sched = NULL;
}

static void
entry_destroy(struct sched *s, struct entry *e)
{
	if (e->waits) {
		plan_remove(s->plan, &e->ask);
		entry_unqueue(s, e);
	}
	free(e);
}

static struct demand
demand_of(struct broker *b, const struct jobspec *js)
{
	return (struct demand){ .spec = js,
		.properties = job_queue_requires(b, js->queue) };
}

static int
enqueue(struct sched *s, struct job *job)
{
	struct entry *e = calloc(1, sizeof(*e));

	if (!e)
		return -1;
	e->job = job;
	e->ask.id = job->id;
	e->ask.priority = job->priority;
	e->ask.demand = demand_of(s->b, job->spec);
	e->requires = json_incref((json_t *)e->ask.demand.properties);
	if (plan_add(s->plan, &e->ask) < 0) {
		json_decref(e->requires);
		free(e);
		return -1;
	}
	e->waits = true;
	e->is_new = true;
	job->sched = e;
	TAILQ_INSERT_TAIL(&s->fresh, e, fresh);
	sched_wake(s);
	return 0;
}

void
sched_enqueue(struct broker *b, struct job *job)
{
	if (enqueue(b->sched, job) < 0)
		log_err(b->log, "job %ju cannot be queued", (uintmax_t)job->id);
}

/* What was said of its begin does not hold any more. */
static void
unestimate(struct sched *s, struct entry *e)
{
	if (e->estimate == 0)
		return;
	e->estimate = 0;
	if (e->job->state & JOB_PENDING)
		job_annotate(s->b, e->job, NULL);
}

void
sched_dequeue(struct broker *b, struct job *job)
{
	struct entry *e = job->sched;

	if (!e || !e->waits)
		return;
	unestimate(b->sched, e);
	entry_destroy(b->sched, e);
	sched_wake(b->sched);
}

void
sched_free(struct broker *b, struct job *job)
{
	struct sched *s = b->sched;

	if (job->sched)
		follow_unhold(s, job->sched);
	if (!job->R || !s->pool)
		return;
	pool_give(s->pool, job->R);
	sched_changed(s);
}

void
sched_kick(struct broker *b)
{
	sched_changed(b->sched);
}

int
sched_feasible(struct broker *b, const struct jobspec *js, struct errmsg *em)
{
	struct demand d = demand_of(b, js);

	if (!b->sched->pool) {
		errno = EAGAIN;
		return errmsg_set(em, "resources are not known yet");
	}
	return pool_feasible(b->sched->pool, &d, em);
}

const struct rset *
sched_allocated(struct broker *b)
{
	struct sched *s = b->sched;

	if (!s->allocated)
		s->allocated = s->pool ? pool_taken(s->pool) : rset_create();
	return s->allocated;
}

/* ---- scheduling ---- */

static double
wall_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void
set_times(struct broker *b, struct rset *r, const struct jobspec *js)
{
	r->starttime = wall_now();
	r->expiration = js->duration > 0 ? r->starttime + js->duration
					 : resource_expiration(b);
}

/* R as the job manager keeps it. -1: it could not be kept. */
static int
allocate(struct sched *s, struct job *job, struct rset *r)
{
	char *summary = rset_summary(r);
	json_t *annotation = NULL;

	set_times(s->b, r, job->spec);
	if (summary)
		annotation = json_pack("{s:s}", "resource_summary", summary);
	free(summary);
	rset_destroy(s->allocated);
	s->allocated = NULL;
	job_allocated(s->b, job, r, annotation);
	return job->has_resources ? 0 : -1;
}

/* It is its turn. Takes r. */
static void
begin(struct sched *s, struct entry *e, struct rset *r)
{
	struct job *job = e->job;

	entry_unqueue(s, e);
	if (allocate(s, job, r) < 0)
		pool_give(s->pool, r);
	else if (plan_has_backfill(s->plan)) {
		follow_hold(s, e, r);
		return;
	}
	rset_destroy(r);
	free(e);
}

/* Tell those that have come since that they can never run. */
static void
check_fresh(struct sched *s)
{
	struct entry *e;
	struct errmsg em;

	while ((e = TAILQ_FIRST(&s->fresh))) {
		struct job *job = e->job;

		TAILQ_REMOVE(&s->fresh, e, fresh);
		e->is_new = false;
		if (pool_feasible(s->pool, &e->ask.demand, &em) == 0)
			continue;
		entry_destroy(s, e);
		job_alloc_denied(s->b, job, em.text);
	}
}

/* Say when the head will begin. */
static void
annotate_head(struct sched *s, double now)
{
	struct entry *e = (struct entry *)plan_head(s->plan);
	double t = e ? plan_estimate(s->plan, now) : 0;

	if (s->estimated && s->estimated != e)
		unestimate(s, s->estimated);
	s->estimated = t > 0 ? e : NULL;
	if (!e || fabs(t - e->estimate) < ESTIMATE_STEP)
		return;
	if (t == 0) {
		unestimate(s, e);
		return;
	}
	e->estimate = t;
	job_annotate(s->b, e->job, json_pack("{s:f}", "t_estimate", t));
}

static void
run_cb(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct sched *s = w->data;
	double now = wall_now();
	struct rset *r;
	struct ask *a;

	(void)loop;
	(void)revents;
	follow_config(s);
	check_fresh(s);
	for (int i = 0; i < TURN_MAX; i++) {
		if (!(a = plan_next(s->plan, now, &r))) {
			annotate_head(s, now);
			return;
		}
		begin(s, (struct entry *)a, r);
	}
	sched_wake(s);
}

/* ---- life ---- */

static const struct policy *
read_policy(struct broker *b)
{
	json_t *o =
	    json_object_get(json_object_get(b->config, "sched"), "policy");
	const char *name = json_string_value(o);

	if (!o)
		return &policies[0];
	for (size_t i = 0; i < sizeof(policies) / sizeof(*policies); i++)
		if (name && strcmp(name, policies[i].name) == 0)
			return &policies[i];
	log_error(b->log,
	    "sched.policy: '%s' is none of first-fit, best-fit, easy",
	    name ? name : "a value that is no string");
	errno = EINVAL;
	return NULL;
}

int
sched_create(struct broker *b)
{
	struct sched *s = calloc(1, sizeof(*s));
	const struct policy *policy = read_policy(b);

	if (!s || !policy) {
		free(s);
		return -1;
	}
	s->b = b;
	b->sched = s;
	TAILQ_INIT(&s->fresh);
	ev_timer_init(&s->run, run_cb, 0., 0.);
	s->run.data = s;
	s->pool_flags = policy->pool_flags;
	if (!(s->plan = plan_create(policy->has_backfill)) ||
	    sched_register(s) < 0)
		return -1;
	return follow_create(s);
}

void
sched_destroy(struct broker *b)
{
	struct sched *s = b->sched;
	struct hold *hold;
	struct ask *a;

	if (!s)
		return;
	ev_timer_stop(b->loop, &s->run);
	while (s->plan && (a = plan_head(s->plan)))
		entry_destroy(s, (struct entry *)a);
	while (s->plan && (hold = plan_first_hold(s->plan)))
		follow_unhold(s, entry_of_hold(hold));
	plan_destroy(s->plan);
	pool_destroy(s->pool);
	rset_destroy(s->allocated);
	json_decref(s->config);
	free(s);
	b->sched = NULL;
}
