/* SPDX-License-Identifier: MIT */
/*
 * job-list.job-stats: how many jobs are in which state and how they ended, in
 * all and of each queue. Streams get them again a short time after a change,
 * however many changes there were.
 */
#include <errno.h>
#include <ev.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "list.h"

#define COALESCE_SECONDS 0.2

/* One for all (name NULL), and one for each queue that is configured or has
 * had a job. */
struct stats {
	STAILQ_ENTRY(stats) next;
	char *name;
	int states[7]; /* NEW, DEPEND, ... by the number of the bit */
	int results[4];
	int purged;
};

struct stats_all {
	struct stats total;
	STAILQ_HEAD(, stats) queues;
	struct waitlist watchers;
	struct ev_timer timer;
	struct job_list *jl;
};

static struct stats *
find(struct stats_all *sa, const char *queue)
{
	struct stats *s;

	STAILQ_FOREACH(s, &sa->queues, next)
		if (strcmp(s->name, queue) == 0)
			return s;
	if (!(s = calloc(1, sizeof(*s))) || !(s->name = strdup(queue))) {
		free(s);
		return NULL;
	}
	STAILQ_INSERT_TAIL(&sa->queues, s, next);
	return s;
}

static int
bit(unsigned mask)
{
	return __builtin_ctz(mask);
}

static void
count(struct stats *s, const struct job *job, enum job_state state, int by)
{
	if (!s || !state)
		return;
	s->states[bit(state)] += by;
	if (state == JOB_INACTIVE && job->result)
		s->results[bit(job->result)] += by;
}

static void
changed(struct stats_all *sa)
{
	if (!sa->watchers.first || ev_is_active(&sa->timer))
		return;
	ev_timer_set(&sa->timer, COALESCE_SECONDS, 0.);
	ev_timer_start(sa->jl->b->loop, &sa->timer);
}

void
stats_update(struct job_list *jl, struct job *job)
{
	struct stats_all *sa = jl->stats;
	struct stats *queue = job->queue ? find(sa, job->queue) : NULL;

	if (job->counted == job->state && job->counted_in == queue)
		return;
	count(&sa->total, job, job->counted, -1);
	count(job->counted_in, job, job->counted, -1);
	count(&sa->total, job, job->state, 1);
	count(queue, job, job->state, 1);
	job->counted = job->state;
	job->counted_in = queue;
	changed(sa);
}

void
stats_purge(struct job_list *jl, struct job *job)
{
	struct stats_all *sa = jl->stats;
	struct stats *queue = job->queue ? find(sa, job->queue) : NULL;

	count(&sa->total, job, job->state, -1);
	count(queue, job, job->state, -1);
	sa->total.purged++;
	if (queue)
		queue->purged++;
	changed(sa);
}

static json_t *
encode_states(const struct stats *s)
{
	static const char *const names[] = { "depend", "priority", "sched",
		"run", "cleanup", "inactive" };
	json_t *o = json_object();
	int i, total = 0;

	for (i = 0; i < 6; i++) {
		json_object_set_new(
		    o, names[i], json_integer(s->states[i + 1]));
		total += s->states[i + 1];
	}
	json_object_set_new(o, "total", json_integer(total));
	return o;
}

static json_t *
encode_one(const struct stats *s)
{
	return json_pack("{s:o s:i s:i s:i s:i s:i}", "job_states",
	    encode_states(s), "successful", s->results[0], "failed",
	    s->results[1], "canceled", s->results[2], "timeout", s->results[3],
	    "inactive_purged", s->purged);
}

static json_t *
encode(struct stats_all *sa)
{
	json_t *o = encode_one(&sa->total), *queues = json_array(), *q, *def;
	json_t *table = json_object_get(sa->jl->b->config, "queues");
	const char *name;
	struct stats *s;

	json_object_foreach(table, name, def) {
		if (!(s = find(sa, name)))
			continue;
		q = encode_one(s);
		json_object_set_new(q, "name", json_string(name));
		json_array_append_new(queues, q);
	}
	json_object_set_new(o, "queues", queues);
	return o;
}

static void
send_stats(struct ev_loop *loop, struct ev_timer *timer, int revents)
{
	struct stats_all *sa = timer->data;
	json_t *o = encode(sa);
	char *text = json_dumps(o, JSON_COMPACT);
	struct waiter *w;

	(void)loop;
	(void)revents;
	for (w = text ? sa->watchers.first : NULL; w; w = w->next)
		request_respond_text(w->req, text);
	free(text);
	json_decref(o);
}

int
stats_create(struct job_list *jl)
{
	struct stats_all *sa = calloc(1, sizeof(*sa));

	if (!sa)
		return -1;
	STAILQ_INIT(&sa->queues);
	sa->jl = jl;
	ev_timer_init(&sa->timer, send_stats, COALESCE_SECONDS, 0.);
	sa->timer.data = sa;
	jl->stats = sa;
	return 0;
}

void
stats_destroy(struct job_list *jl)
{
	struct stats_all *sa = jl->stats;
	struct stats *s;

	if (!sa)
		return;
	ev_timer_stop(jl->b->loop, &sa->timer);
	waitlist_fail_all(&sa->watchers, ENODATA, NULL);
	while ((s = STAILQ_FIRST(&sa->queues))) {
		STAILQ_REMOVE_HEAD(&sa->queues, next);
		free(s->name);
		free(s);
	}
	free(sa);
	jl->stats = NULL;
}

void
stats_disconnect(struct job_list *jl, const char *sender)
{
	waitlist_disconnect(&jl->stats->watchers, sender, NULL);
}

int
stats_nwatchers(const struct job_list *jl)
{
	struct waiter *w;
	int n = 0;

	for (w = jl->stats->watchers.first; w; w = w->next)
		n++;
	return n;
}

int
list_job_stats_request(void *ctx, struct request *req, struct answer *an)
{
	struct job_list *jl = ctx;

	if (!list_may_see_all(req)) {
		errno = EPERM;
		return -1;
	}
	if (!request_is_streaming(req)) {
		an->json = encode(jl->stats);
		return 0;
	}
	request_respond_new(req, encode(jl->stats));
	return waitlist_add(&jl->stats->watchers, req, NULL) < 0 ? -1
								 : ANSWER_LATER;
}
