/* SPDX-License-Identifier: MIT */
/*
 * Dependency singleton: of the jobs of one user with one job.name, at most one
 * that asks for it is past DEPEND while no other is. Jobs by (user, name) are
 * counted when they leave DEPEND; those that wait are let go one by one, the
 * oldest first that has nothing else to wait for.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "depend.h"
#include "jobspec.h"

#define DESCRIPTION "singleton"

struct singleton {
	RB_ENTRY(singleton) by_name;
	uint32_t userid;
	char *name;
	size_t nactive; /* jobs past DEPEND */
	TAILQ_HEAD(, depend) waiting;
};

RB_HEAD(singleton_tree, singleton);

struct singletons {
	struct singleton_tree tree;
};

static int
compare(const struct singleton *a, const struct singleton *b)
{
	if (a->userid != b->userid)
		return a->userid < b->userid ? -1 : 1;
	return strcmp(a->name, b->name);
}

RB_GENERATE_INTERNAL(
    singleton_tree, singleton, by_name, compare, static __attribute__((unused)))

int
singletons_create(struct job_manager *jm)
{
	jm->singletons = calloc(1, sizeof(*jm->singletons));
	if (!jm->singletons)
		return -1;
	RB_INIT(&jm->singletons->tree);
	return 0;
}

void
singletons_destroy(struct job_manager *jm)
{
	free(jm->singletons);
	jm->singletons = NULL;
}

static struct singleton *
get(struct job_manager *jm, const struct job *job)
{
	struct singleton key = { .userid = job->userid,
		.name = (char *)job->spec->name };
	struct singleton *s =
	    RB_FIND(singleton_tree, &jm->singletons->tree, &key);

	if (s || !(s = calloc(1, sizeof(*s))))
		return s;
	s->userid = job->userid;
	if (!(s->name = strdup(key.name))) {
		free(s);
		return NULL;
	}
	TAILQ_INIT(&s->waiting);
	RB_INSERT(singleton_tree, &jm->singletons->tree, s);
	return s;
}

static void
put(struct job_manager *jm, struct singleton *s)
{
	if (s->nactive > 0 || !TAILQ_EMPTY(&s->waiting))
		return;
	RB_REMOVE(singleton_tree, &jm->singletons->tree, s);
	free(s->name);
	free(s);
}

/* Does it wait for this alone? */
static bool
is_ready(const struct job *job)
{
	return json_array_size(job->dependencies) == 1;
}

static void
let_go(struct job_manager *jm, struct depend *d)
{
	TAILQ_REMOVE(&d->singleton->waiting, d, next);
	d->is_waiting = false;
	d->singleton->nactive++; /* counted here, not at event depend */
	depend_remove(jm, d->job, DESCRIPTION);
}

static void
let_one_go(struct job_manager *jm, struct singleton *s)
{
	struct depend *d;

	if (s->nactive > 0)
		return;
	TAILQ_FOREACH(d, &s->waiting, next) {
		if (!is_ready(d->job))
			continue;
		let_go(jm, d);
		return;
	}
}

int
singleton_check(struct job_manager *jm, const struct jobspec *spec,
    const char *value, struct errmsg *em)
{
	(void)jm;
	(void)value;
	errno = EINVAL;
	if (!spec->name)
		return errmsg_set(em, "singleton jobs require a job name");
	return 0;
}

/* Nobody before it and nothing else to wait for: no dependency at all. */
int
singleton_add(struct job_manager *jm, struct job *job, const char *value)
{
	struct depend *d = depend_of(job);
	struct singleton *s = d ? get(jm, job) : NULL;
	int r;

	(void)value;
	if (!s)
		return -1;
	d->singleton = s;
	if (!jm->restoring && s->nactive == 0 &&
	    json_array_size(job->spec->dependencies) == 1) {
		s->nactive++;
		return 0;
	}
	if ((r = depend_add(jm, job, DESCRIPTION)) != 0)
		return r < 0 ? -1 : 0;
	d->is_waiting = true;
	TAILQ_INSERT_TAIL(&s->waiting, d, next);
	return 0;
}

static void
count(struct job_manager *jm, struct job *job)
{
	struct depend *d;

	if (!job->spec || !job->spec->name || !(d = depend_of(job)) ||
	    d->singleton || !(d->singleton = get(jm, job)))
		return;
	d->singleton->nactive++;
}

void
singleton_event(struct job_manager *jm, struct job *job, const char *name)
{
	struct depend *d = job->depend;

	if (strcmp(name, "depend") == 0)
		count(jm, job);
	else if (d && d->is_waiting &&
		 (strcmp(name, "dependency-remove") == 0 ||
		     strcmp(name, "validate") == 0))
		let_one_go(jm, d->singleton);
}

void
singleton_forget(struct job_manager *jm, struct depend *d)
{
	struct singleton *s = d->singleton;

	if (!s)
		return;
	d->singleton = NULL;
	if (d->is_waiting)
		TAILQ_REMOVE(&s->waiting, d, next);
	else
		s->nactive--;
	d->is_waiting = false;
	let_one_go(jm, s);
	put(jm, s);
}
