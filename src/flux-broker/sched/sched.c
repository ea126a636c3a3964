/* SPDX-License-Identifier: MIT */
/*
 * The scheduler: jobs in order of priority, then id; the first one that does
 * not fit blocks those behind it, and is not tried again before something has
 * changed. It runs from the loop, and at no other time. A job that could never
 * run is told so at once, wherever it stands.
 */
#include <sys/queue.h>
#include <sys/tree.h>

#include <errno.h>
#include <ev.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#include "../broker.h"
#include "../exec/exec.h"
#include "../job-manager/job-manager.h"
#include "../job-manager/job.h"
#include "../log.h"
#include "../resource/resource.h"
#include "../service.h"
#include "idset.h"
#include "jobspec.h"
#include "placement.h"
#include "rset.h"
#include "sched.h"

/* Jobs that get their resources in one turn of the loop: each of them starts,
 * and others want their turn too. */
enum { TURN_MAX = 64 };

struct entry {
	struct job *job;
	int64_t priority; /* what it is filed under */
	bool is_new;      /* not yet known to be feasible: in fresh */
	RB_ENTRY(entry) node;
	TAILQ_ENTRY(entry) fresh;
};
RB_HEAD(queue, entry);
TAILQ_HEAD(fresh, entry);

struct sched {
	struct broker *b;
	struct pool *pool;      /* NULL until resources are known */
	unsigned version;       /* of the resources that the pool is made of */
	double expiration;      /* of the instance, as last seen */
	struct rset *allocated; /* what jobs hold; NULL = count anew */
	struct queue queue;
	struct fresh fresh;
	int length;
	const struct entry *blocked; /* the first of the queue, if it did not
					fit and nothing has changed since */
	ev_timer run;
};

static int
entry_cmp(struct entry *a, struct entry *b)
{
	if (a->priority != b->priority)
		return a->priority > b->priority ? -1 : 1;
	return a->job->id < b->job->id ? -1 : a->job->id > b->job->id;
}

RB_GENERATE_INTERNAL(
    queue, entry, node, entry_cmp, __attribute__((unused)) static)

static void
wake(struct sched *s)
{
	if (s->pool && s->length > 0 && !ev_is_active(&s->run)) {
		ev_timer_set(&s->run, 0., 0.);
		ev_timer_start(s->b->loop, &s->run);
	}
}

/* Something is free, or may be used, that was not. */
static void
changed(struct sched *s)
{
	s->blocked = NULL;
	rset_destroy(s->allocated);
	s->allocated = NULL;
	wake(s);
}

static void
file(struct sched *s, struct entry *e)
{
	e->priority = e->job->priority;
	RB_INSERT(queue, &s->queue, e);
	s->length++;
}

static void
unfile(struct sched *s, struct entry *e)
{
	RB_REMOVE(queue, &s->queue, e);
	s->length--;
	if (s->blocked == e)
		s->blocked = NULL;
}

static void
entry_destroy(struct sched *s, struct entry *e)
{
	unfile(s, e);
	if (e->is_new)
		TAILQ_REMOVE(&s->fresh, e, fresh);
	e->job->sched = NULL;
	free(e);
}

void
sched_enqueue(struct broker *b, struct job *job)
{
	struct entry *e = calloc(1, sizeof(*e));

	if (!e) {
		log_err(b->log, "job %ju cannot be queued", (uintmax_t)job->id);
		return;
	}
	e->job = job;
	e->is_new = true;
	job->sched = e;
	file(b->sched, e);
	TAILQ_INSERT_TAIL(&b->sched->fresh, e, fresh);
	wake(b->sched);
}

void
sched_dequeue(struct broker *b, struct job *job)
{
	if (!job->sched)
		return;
	entry_destroy(b->sched, job->sched);
	wake(b->sched);
}

void
sched_reprioritize(struct broker *b, struct job *job)
{
	struct entry *e = job->sched;

	if (!e)
		return;
	unfile(b->sched, e);
	file(b->sched, e);
	wake(b->sched);
}

void
sched_free(struct broker *b, struct job *job)
{
	struct sched *s = b->sched;

	if (!job->R || !s->pool)
		return;
	pool_give(s->pool, job->R);
	changed(s);
}

/* Before resources are known there is nothing to take from yet: resource_cb
 * takes what jobs hold then. */
int
sched_hold(struct broker *b, struct job *job)
{
	struct sched *s = b->sched;

	if (!job->R || (s->pool && pool_take(s->pool, job->R) < 0))
		return -1;
	changed(s);
	return 0;
}

void
sched_kick(struct broker *b)
{
	changed(b->sched);
}

static struct demand
demand_of(struct broker *b, const struct jobspec *js)
{
	return (struct demand){ js, job_queue_requires(b, js->queue) };
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

int
sched_queue_length(struct broker *b)
{
	return b->sched->length;
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

/* Takes r. */
static void
allocate(struct sched *s, struct job *job, struct rset *r)
{
	char *summary = rset_summary(r);
	json_t *annotation = NULL, *R;

	set_times(s->b, r, job->spec);
	if (summary)
		annotation = json_pack("{s:s}", "resource_summary", summary);
	R = rset_encode(r);
	rset_destroy(s->allocated);
	s->allocated = NULL;
	if (R) {
		job_allocated(s->b, job, R, annotation);
	} else {
		json_decref(annotation);
		pool_give(s->pool, r);
		job_alloc_denied(s->b, job, "out of memory");
	}
	free(summary);
	rset_destroy(r);
}

/* Tell those that have come since that they can never run. */
static void
check_fresh(struct sched *s)
{
	struct entry *e;
	struct errmsg em;

	while ((e = TAILQ_FIRST(&s->fresh))) {
		struct job *job = e->job;
		struct demand d = demand_of(s->b, job->spec);

		TAILQ_REMOVE(&s->fresh, e, fresh);
		e->is_new = false;
		if (pool_feasible(s->pool, &d, &em) == 0)
			continue;
		entry_destroy(s, e);
		job_alloc_denied(s->b, job, em.text);
	}
}

/* The first of the queue. false: it has to wait. */
static bool
try_first(struct sched *s, struct entry *e)
{
	struct job *job = e->job;
	struct demand d = demand_of(s->b, job->spec);
	struct rset *r;

	if (e == s->blocked)
		return false;
	if (!(r = pool_alloc(s->pool, &d, NOW))) {
		s->blocked = e;
		return false;
	}
	entry_destroy(s, e);
	allocate(s, job, r);
	return true;
}

static void
run_cb(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct sched *s = w->data;
	struct entry *e;

	(void)loop;
	(void)revents;
	check_fresh(s);
	for (int i = 0; (e = RB_MIN(queue, &s->queue)); i++) {
		if (i == TURN_MAX) {
			wake(s);
			return;
		}
		if (!try_first(s, e))
			return;
	}
}

/* ---- changes of resources ---- */

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

	for (job = job_first(s->b); job; job = job_next(s->b, job))
		if (holds(job) && pool_take(s->pool, job->R) < 0)
			log_error(s->b->log,
			    "job %ju holds resources that are not there",
			    (uintmax_t)job->id);
}

/* All that wait have to be looked at again. */
static void
renew_queue(struct sched *s)
{
	struct entry *e;

	RB_FOREACH(e, queue, &s->queue) {
		if (e->is_new)
			continue;
		e->is_new = true;
		TAILQ_INSERT_TAIL(&s->fresh, e, fresh);
	}
}

static void
renew_pool(struct sched *s)
{
	struct pool *pool = pool_create(resource_all(s->b), 0);

	if (!pool) {
		log_err(s->b->log, "scheduler");
		return;
	}
	pool_destroy(s->pool);
	s->pool = pool;
	s->version = resource_version(s->b);
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
		renew_pool(s);
	} else if (s->version != resource_version(s->b)) {
		renew_pool(s);
	}
	if (!s->pool)
		return;
	renew_expiration(s);
	pool_set_down(s->pool, resource_down(s->b));
	changed(s);
}

/* ---- topics ---- */

static json_t *
encode_and_free(struct rset *r)
{
	json_t *o = r ? rset_encode(r) : NULL;

	rset_destroy(r);
	return o;
}

static int
status_request(void *ctx, struct request *req, struct answer *an)
{
	struct sched *s = ctx;
	const struct rset *all = resource_all(s->b);
	struct rset *down;

	(void)req;
	if (!all) {
		errno = EAGAIN;
		return errmsg_set(&an->em, "resources are not known yet");
	}
	if ((down = rset_dup(all)))
		rset_keep_ranks(down, resource_down(s->b));
	an->json = json_pack("{s:o s:o s:o}", "all", rset_encode(all), "down",
	    encode_and_free(down), "allocated",
	    rset_encode(sched_allocated(s->b)));
	if (an->json)
		return 0;
	errno = ENOMEM;
	return -1;
}

static const struct topic sched_topics[] = {
	{ "sched.resource-status", TOPIC_USER, status_request },
	{ 0 },
};

static const struct service sched_service = {
	.name = "sched",
	.topics = sched_topics,
};

static int
check_request(void *ctx, struct request *req, struct answer *an)
{
	struct sched *s = ctx;
	json_t *o = json_object_get(request_json(req), "jobspec");
	struct jobspec *js;
	int rc;

	if (json_array_size(json_object_get(o, "resources")) == 0) {
		errno = EINVAL;
		return errmsg_set(&an->em, "jobspec has no resources");
	}
	if (!(js = jobspec_decode(o, &an->em))) {
		errno = EINVAL;
		return -1;
	}
	rc = sched_feasible(s->b, js, &an->em);
	jobspec_destroy(js);
	return rc;
}

static const struct topic feasibility_topics[] = {
	{ "feasibility.check", TOPIC_USER, check_request },
	{ 0 },
};

static const struct service feasibility_service = {
	.name = "feasibility",
	.topics = feasibility_topics,
};

/* ---- life ---- */

int
sched_create(struct broker *b)
{
	struct sched *s = calloc(1, sizeof(*s));

	if (!s)
		return -1;
	s->b = b;
	b->sched = s;
	RB_INIT(&s->queue);
	TAILQ_INIT(&s->fresh);
	ev_timer_init(&s->run, run_cb, 0., 0.);
	s->run.data = s;
	if (service_register(b, &sched_service, s) < 0 ||
	    service_register(b, &feasibility_service, s) < 0 ||
	    resource_on_change(b, resource_cb, s) < 0)
		return -1;
	resource_cb(s);
	return 0;
}

void
sched_destroy(struct broker *b)
{
	struct sched *s = b->sched;
	struct entry *e;

	if (!s)
		return;
	ev_timer_stop(b->loop, &s->run);
	while ((e = RB_MIN(queue, &s->queue)))
		entry_destroy(s, e);
	pool_destroy(s->pool);
	rset_destroy(s->allocated);
	free(s);
	b->sched = NULL;
}
