/* SPDX-License-Identifier: MIT */
/*
 * Queues: the table `queues` of the configuration, or one anonymous queue.
 * enable governs submission, start governs scheduling. A virtual queue has a
 * parent, whose properties it uses and with which it is stopped.
 *
 * The table is looked at again when the broker has a new configuration: a
 * queue that is still there keeps its state.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../sched/sched.h"
#include "../store/store.h"
#include "jm.h"

struct queue {
	STAILQ_ENTRY(queue) next;
	char *name; /* NULL: the anonymous queue */
	char *parent;
	bool is_enabled, is_started;
	char *disable_reason, *stop_reason; /* NULL = none given */
	json_t *requires;                   /* array, or NULL */
};

STAILQ_HEAD(queue_list, queue);

struct queues {
	struct queue_list list; /* in the order of the configuration */
	json_t *config;         /* that it was made from */
};

static void
queue_destroy(struct queue *q)
{
	if (!q)
		return;
	free(q->name);
	free(q->parent);
	free(q->disable_reason);
	free(q->stop_reason);
	json_decref(q->requires);
	free(q);
}

static char *
dup_text(const char *s)
{
	return s ? strdup(s) : NULL;
}

/* name NULL: the anonymous queue, which is started; named ones are not. */
static struct queue *
queue_create(const char *name, json_t *def)
{
	struct queue *q = calloc(1, sizeof(*q));

	if (!q)
		return NULL;
	q->is_enabled = true;
	q->is_started = name == NULL;
	q->parent = dup_text(json_string_value(json_object_get(def, "parent")));
	q->requires = json_incref(json_object_get(def, "requires"));
	if (name && !(q->name = strdup(name))) {
		queue_destroy(q);
		return NULL;
	}
	return q;
}

static struct queue *
find_in(struct queue_list *l, const char *name)
{
	struct queue *q;

	STAILQ_FOREACH(q, l, next)
		if ((!name && !q->name) ||
		    (name && q->name && strcmp(name, q->name) == 0))
			return q;
	return NULL;
}

static void
clear(struct queue_list *l)
{
	struct queue *q;

	while ((q = STAILQ_FIRST(l))) {
		STAILQ_REMOVE_HEAD(l, next);
		queue_destroy(q);
	}
}

static void
keep_state(struct queue *q, struct queue *old)
{
	char *s;

	if (!old)
		return;
	q->is_enabled = old->is_enabled;
	q->is_started = old->is_started;
	s = q->disable_reason;
	q->disable_reason = old->disable_reason;
	old->disable_reason = s;
	s = q->stop_reason;
	q->stop_reason = old->stop_reason;
	old->stop_reason = s;
}

static int
build(struct queue_list *l, json_t *config, struct queue_list *old)
{
	json_t *table = json_object_get(config, "queues"), *def;
	const char *name;
	struct queue *q;

	STAILQ_INIT(l);
	if (json_object_size(table) == 0) {
		if (!(q = queue_create(NULL, NULL)))
			return -1;
		keep_state(q, find_in(old, NULL));
		STAILQ_INSERT_TAIL(l, q, next);
		return 0;
	}
	json_object_foreach(table, name, def) {
		if (!(q = queue_create(name, def))) {
			clear(l);
			return -1;
		}
		keep_state(q, find_in(old, name));
		STAILQ_INSERT_TAIL(l, q, next);
	}
	return 0;
}

/* The queues as configured now. */
static struct queue_list *
queues_now(struct job_manager *jm)
{
	struct queues *qs = jm->queues;
	struct queue_list l;

	if (qs->config == jm->b->config ||
	    build(&l, jm->b->config, &qs->list) < 0)
		return &qs->list;
	clear(&qs->list);
	STAILQ_CONCAT(&qs->list, &l);
	json_decref(qs->config);
	qs->config = json_incref(jm->b->config);
	return &qs->list;
}

int
queues_create(struct job_manager *jm)
{
	struct queues *qs = calloc(1, sizeof(*qs));
	struct queue_list none;

	if (!qs)
		return -1;
	STAILQ_INIT(&none);
	jm->queues = qs;
	qs->config = json_incref(jm->b->config);
	return build(&qs->list, qs->config, &none);
}

void
queues_destroy(struct job_manager *jm)
{
	if (!jm->queues)
		return;
	clear(&jm->queues->list);
	json_decref(jm->queues->config);
	free(jm->queues);
	jm->queues = NULL;
}

static struct queue *
queue_find(struct job_manager *jm, const char *name)
{
	return find_in(queues_now(jm), name);
}

/* The parent of a virtual queue that is stopped, or NULL. */
static struct queue *
stopped_parent(struct job_manager *jm, const struct queue *q)
{
	struct queue *p = q->parent ? queue_find(jm, q->parent) : NULL;

	return p && !p->is_started ? p : NULL;
}

bool
queue_is_started(struct job_manager *jm, const char *name)
{
	struct queue *q = queue_find(jm, name);

	return q && q->is_started && !stopped_parent(jm, q);
}

int
queue_check_name(struct job_manager *jm, const char *name, struct errmsg *em)
{
	errno = EINVAL;
	if (queue_find(jm, name))
		return 0;
	if (!name)
		return errmsg_set(em, "a named queue is required");
	return errmsg_set(em, "'%s' is not a valid queue", name);
}

int
queue_check_submit(struct job_manager *jm, const char *name, struct errmsg *em)
{
	struct queue *q = queue_find(jm, name);

	if (queue_check_name(jm, name, em) < 0)
		return -1;
	errno = EINVAL;
	if (!q->is_enabled && name)
		return errmsg_set(em, "job submission to %s is disabled: %s",
		    name, q->disable_reason);
	if (!q->is_enabled)
		return errmsg_set(
		    em, "job submission is disabled: %s", q->disable_reason);
	return 0;
}

json_t *
queue_requires(struct job_manager *jm, const char *name)
{
	struct queue *q = queue_find(jm, name);

	if (q && !q->requires && q->parent)
		q = queue_find(jm, q->parent);
	return q ? q->requires : NULL;
}

/* Jobs of queues that were started go to the scheduler, others come back. */
static void
reconsider_jobs(struct job_manager *jm)
{
	struct job *job;

	post_hold(jm);
	TAILQ_FOREACH(job, &jm->active, by_age)
		if (job->state == JOB_SCHED)
			action_run(jm, job);
	post_release(jm);
	sched_kick(jm->b);
	idle_check(jm);
}

static void
set_reason(char **p, const char *reason)
{
	free(*p);
	*p = dup_text(reason);
}

void
queue_stop_all(struct job_manager *jm, const char *reason)
{
	struct queue *q;

	STAILQ_FOREACH(q, queues_now(jm), next) {
		q->is_enabled = q->is_started = false;
		set_reason(&q->disable_reason, reason);
		set_reason(&q->stop_reason, reason);
	}
	reconsider_jobs(jm);
}

/* -- over a restart ------------------------------------------------------ */

/* {"name":{"enable":b,"start":b,"disable_reason":s,"stop_reason":s}}, "" for
 * the anonymous queue. */
static void
checkpoint(struct job_manager *jm)
{
	json_t *all = json_object(), *o;
	struct queue *q;
	char *text;

	STAILQ_FOREACH(q, queues_now(jm), next) {
		o = json_pack("{s:b s:b s:s* s:s*}", "enable", q->is_enabled,
		    "start", q->is_started, "disable_reason", q->disable_reason,
		    "stop_reason", q->stop_reason);
		json_object_set_new(all, q->name ? q->name : "", o);
	}
	if ((text = json_dumps(all, JSON_COMPACT)))
		store_put_meta(jm->b, "queues", text);
	free(text);
	json_decref(all);
}

void
queues_restore(struct job_manager *jm)
{
	char *text = store_meta(jm->b, "queues");
	json_t *all = text ? json_loads(text, 0, NULL) : NULL, *o;
	const char *disabled, *stopped;
	struct queue *q;
	int enable, start;

	STAILQ_FOREACH(q, queues_now(jm), next) {
		disabled = stopped = NULL;
		o = json_object_get(all, q->name ? q->name : "");
		if (json_unpack(o, "{s:b s:b s?s s?s}", "enable", &enable,
			"start", &start, "disable_reason", &disabled,
			"stop_reason", &stopped) < 0)
			continue;
		q->is_enabled = enable;
		q->is_started = start;
		set_reason(&q->disable_reason, disabled);
		set_reason(&q->stop_reason, stopped);
	}
	json_decref(all);
	free(text);
}

/* -- requests ----------------------------------------------------------- */

int
jm_queue_list_request(void *ctx, struct request *req, struct answer *an)
{
	json_t *names = json_array();
	struct job_manager *jm = ctx;
	struct queue *q;

	(void)req;
	STAILQ_FOREACH(q, queues_now(jm), next)
		if (q->name)
			json_array_append_new(names, json_string(q->name));
	an->json = json_pack("{s:o}", "queues", names);
	return 0;
}

static json_t *
status_of(struct job_manager *jm, const struct queue *q)
{
	struct queue *parent = stopped_parent(jm, q);
	json_t *o = json_pack("{s:b s:b}", "enable", q->is_enabled, "start",
	    q->is_started && !parent);

	if (q->parent)
		json_object_set_new(o, "parent", json_string(q->parent));
	if (!q->is_enabled && q->disable_reason)
		json_object_set_new(
		    o, "disable_reason", json_string(q->disable_reason));
	if (q->is_started && parent) {
		json_object_set_new(o, "blocked", json_string("parent"));
		json_object_set_new(o, "stop_reason",
		    json_sprintf("parent queue '%s' is stopped", parent->name));
	} else if (!q->is_started && q->stop_reason) {
		json_object_set_new(
		    o, "stop_reason", json_string(q->stop_reason));
	}
	return o;
}

int
jm_queue_status_request(void *ctx, struct request *req, struct answer *an)
{
	struct job_manager *jm = ctx;
	const char *name = NULL;

	if (request_unpack(req, "{s?s}", "name", &name) < 0 ||
	    queue_check_name(jm, name, &an->em) < 0)
		return -1;
	an->json = status_of(jm, queue_find(jm, name));
	return 0;
}

/* What queue-enable and queue-start ask for. */
struct change {
	int on, all;
	const char *name, *reason;
	void (*apply)(struct queue *q, const struct change *c);
};

static void
apply_enable(struct queue *q, const struct change *c)
{
	q->is_enabled = c->on;
	set_reason(&q->disable_reason, c->on ? NULL : c->reason);
}

static void
apply_start(struct queue *q, const struct change *c)
{
	q->is_started = c->on;
	set_reason(&q->stop_reason, c->on ? NULL : c->reason);
}

static int
change_queues(struct job_manager *jm, const struct change *c, struct errmsg *em)
{
	struct queue *q;

	errno = EINVAL;
	if (c->name && !c->all) {
		if (queue_check_name(jm, c->name, em) < 0)
			return -1;
		c->apply(queue_find(jm, c->name), c);
		return 0;
	}
	if (!c->all && !queue_find(jm, NULL))
		return errmsg_set(
		    em, "Use --all to apply this command to all queues");
	STAILQ_FOREACH(q, queues_now(jm), next)
		c->apply(q, c);
	return 0;
}

int
jm_queue_enable_request(void *ctx, struct request *req, struct answer *an)
{
	struct change c = { .apply = apply_enable };
	struct job_manager *jm = ctx;

	if (request_unpack(req, "{s:b s:b s?s s?s}", "enable", &c.on, "all",
		&c.all, "name", &c.name, "reason", &c.reason) < 0)
		return -1;
	errno = EINVAL;
	if (!c.on && !c.reason)
		return errmsg_set(&an->em, "reason is required for disable");
	if (change_queues(jm, &c, &an->em) < 0)
		return -1;
	checkpoint(jm);
	return 0;
}

int
jm_queue_start_request(void *ctx, struct request *req, struct answer *an)
{
	struct change c = { .apply = apply_start };
	struct job_manager *jm = ctx;
	int nocheckpoint = 0;

	if (request_unpack(req, "{s:b s:b s?s s?s s?b}", "start", &c.on, "all",
		&c.all, "name", &c.name, "reason", &c.reason, "nocheckpoint",
		&nocheckpoint) < 0 ||
	    change_queues(jm, &c, &an->em) < 0)
		return -1;
	if (!nocheckpoint)
		checkpoint(jm);
	reconsider_jobs(jm);
	return 0;
}
