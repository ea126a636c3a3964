/* SPDX-License-Identifier: MIT */
/*
 * The scheduler: jobs in order of priority, then id; the first one that does
 * not fit blocks those behind it. It runs from the loop after the queue or the
 * resources changed, and at no other time.
 */
#include <sys/tree.h>

#include <errno.h>
#include <ev.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#include "../broker.h"
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

struct entry {
	struct job *job;
	int64_t priority; /* what it is filed under */
	RB_ENTRY(entry) node;
};
RB_HEAD(queue, entry);

struct sched {
	struct broker *b;
	struct pool *pool;      /* NULL until resources are known */
	struct rset *allocated; /* what jobs hold */
	struct queue queue;
	int length;
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
	job->sched = e;
	file(b->sched, e);
	wake(b->sched);
}

void
sched_dequeue(struct broker *b, struct job *job)
{
	struct entry *e = job->sched;

	if (!e)
		return;
	unfile(b->sched, e);
	free(e);
	job->sched = NULL;
	/* it may have been the one that blocked the others */
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
	rset_subtract(s->allocated, job->R);
	wake(s);
}

int
sched_hold(struct broker *b, struct job *job)
{
	struct sched *s = b->sched;

	if (!job->R || !s->pool)
		return -1;
	pool_take(s->pool, job->R);
	return rset_add(s->allocated, job->R);
}

void
sched_kick(struct broker *b)
{
	wake(b->sched);
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
	return b->sched->allocated;
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
	json_t *annotation = NULL;

	set_times(s->b, r, job->spec);
	if (summary)
		annotation = json_pack("{s:s}", "resource_summary", summary);
	rset_add(s->allocated, r);
	job_allocated(s->b, job, rset_encode(r), annotation);
	free(summary);
	rset_destroy(r);
}

/* The first of the queue. false: it has to wait. */
static bool
try_first(struct sched *s, struct entry *e)
{
	struct job *job = e->job;
	struct demand d = demand_of(s->b, job->spec);
	struct errmsg em;
	struct rset *r = pool_alloc(s->pool, &d);

	if (!r && errno == EAGAIN && pool_feasible(s->pool, &d, &em) == 0)
		return false;
	if (!r && errno == ENOMEM)
		return false;
	unfile(s, e);
	free(e);
	job->sched = NULL;
	if (r)
		allocate(s, job, r);
	else
		job_alloc_denied(s->b, job, em.text);
	return true;
}

static void
run_cb(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct sched *s = w->data;
	struct entry *e;

	(void)loop;
	(void)revents;
	while ((e = RB_MIN(queue, &s->queue)))
		if (!try_first(s, e))
			break;
}

/* Resources became known, or nodes came and went. */
static void
resource_cb(void *arg)
{
	struct sched *s = arg;
	const struct rset *all = resource_all(s->b);

	if (!all)
		return;
	if (!s->pool) {
		s->pool = pool_create(all);
		if (!s->pool) {
			log_err(s->b->log, "scheduler");
			return;
		}
	}
	pool_set_down(s->pool, resource_down(s->b));
	wake(s);
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
	    encode_and_free(down), "allocated", rset_encode(s->allocated));
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
	struct jobspec *js;
	json_t *o;
	int rc;

	if (request_unpack(req, "{s:o}", "jobspec", &o) < 0)
		return -1;
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

	if (!s || !(s->allocated = rset_create())) {
		free(s);
		return -1;
	}
	s->b = b;
	b->sched = s;
	RB_INIT(&s->queue);
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
	while ((e = RB_MIN(queue, &s->queue))) {
		unfile(s, e);
		e->job->sched = NULL;
		free(e);
	}
	pool_destroy(s->pool);
	rset_destroy(s->allocated);
	free(s);
	b->sched = NULL;
}
