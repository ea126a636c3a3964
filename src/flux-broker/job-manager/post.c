/* SPDX-License-Identifier: MIT */
/*
 * The way of an event: checked against the job's state, appended to its
 * eventlog, folded into it, told to the listeners, and then the state's action
 * is taken, which may post further events. Those are folded at once but told
 * in order from one loop, so that a chain of jobs that end one another (a
 * thousand jobs, each depending on the one before, the first one cancelled)
 * does not nest.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../store/store.h"
#include "eventlog.h"
#include "fold.h"
#include "jm.h"

/* An event on its way to the listeners. */
struct post {
	STAILQ_ENTRY(post) next;
	struct job *job; /* a reference */
	double t;
	char *name;
	json_t *context;
};

static void
post_destroy(struct post *p)
{
	job_unref(p->job);
	json_decref(p->context);
	free(p->name);
	free(p);
}

static struct post *
post_create(struct job *job, const char *name, json_t *context)
{
	struct post *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->job = job_ref(job);
	p->t = event_now();
	p->context = json_incref(context);
	if (!(p->name = strdup(name))) {
		post_destroy(p);
		return NULL;
	}
	return p;
}

static void
count(struct job_manager *jm, struct job *job, const char *name)
{
	if (strcmp(name, "alloc") == 0) {
		jm->nrunning++;
	} else if (strcmp(name, "clean") == 0 && job->t_run > 0) {
		jm->nrunning--; /* not at `free`: it is still active then */
	} else if (strcmp(name, "start") == 0) {
		job_drop_environment(job);
	}
}

static void
tell(struct job_manager *jm, struct post *p)
{
	int i;

	count(jm, p->job, p->name);
	for (i = 0; i < jm->nlisteners; i++)
		jm->listeners[i].cb(
		    jm->listeners[i].arg, p->job, p->t, p->name, p->context);
	depend_event(jm, p->job, p->name);
	singleton_event(jm, p->job, p->name);
	action_run(jm, p->job);
	wait_event(jm, p->job, p->name);
	if (strcmp(p->name, "clean") == 0)
		retire_job(jm, p->job);
	else if (strcmp(p->name, "priority") == 0)
		spec_compact(jm, p->job);
	idle_check(jm);
}

void
post_hold(struct job_manager *jm)
{
	jm->holding++;
}

void
post_release(struct job_manager *jm)
{
	struct post *p;

	while (jm->holding == 1 && (p = STAILQ_FIRST(&jm->posts))) {
		STAILQ_REMOVE_HEAD(&jm->posts, next);
		tell(jm, p);
		post_destroy(p);
	}
	jm->holding--;
}

static void
enqueue(struct job_manager *jm, struct post *p)
{
	STAILQ_INSERT_TAIL(&jm->posts, p, next);
	post_hold(jm);
	post_release(jm);
}

int
job_post_new(
    struct broker *b, struct job *job, const char *name, json_t *context_new)
{
	struct post *p = NULL;
	char *line = NULL;

	if (!fold_allows(job, name, context_new)) {
		errno = EINVAL;
		goto error;
	}
	if (!(p = post_create(job, name, context_new)) ||
	    !(line = event_encode(p->t, name, context_new)) ||
	    store_append(b, job->id, "eventlog", line) < 0)
		goto error;
	free(line);
	json_decref(context_new);
	job_fold(job, p->t, name, p->context);
	enqueue(b->jm, p);
	return 0;
error:
	if (p)
		post_destroy(p);
	free(line);
	json_decref(context_new);
	return -1;
}

int
post_volatile_new(struct job_manager *jm, struct job *job, const char *name,
    json_t *context_new)
{
	struct post *p = post_create(job, name, context_new);

	json_decref(context_new);
	if (!p)
		return -1;
	job_fold(job, p->t, name, p->context);
	enqueue(jm, p);
	return 0;
}

int
job_on_event(struct broker *b, job_event_f cb, void *arg)
{
	struct job_manager *jm = b->jm;
	struct listener *l = reallocarray(
	    jm->listeners, jm->nlisteners + 1, sizeof(*jm->listeners));

	if (!l)
		return -1;
	jm->listeners = l;
	l[jm->nlisteners++] = (struct listener){ .cb = cb, .arg = arg };
	return 0;
}

void
post_admit(struct job_manager *jm, struct job *job)
{
	RB_INSERT(job_tree, &jm->jobs, job);
	TAILQ_INSERT_TAIL(&jm->active, job, by_age);
	jm->nactive++;
	if (job->id > jm->max_id)
		jm->max_id = job->id;
}
