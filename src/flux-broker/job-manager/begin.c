/* SPDX-License-Identifier: MIT */
/*
 * Dependency begin-time:SECONDS: the job may go on when the clock shows that
 * time. libev's periodic watchers follow changes of the clock.
 */
#include <errno.h>
#include <ev.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "depend.h"

struct begin {
	LIST_ENTRY(begin) next;
	struct ev_periodic watcher;
	struct job_manager *jm;
	struct job *job;
	char description[64];
};

static int
parse(const char *value, double *t)
{
	char *end;

	*t = strtod(value, &end);
	if (end != value && *end == '\0' && isfinite(*t))
		return 0;
	errno = EINVAL;
	return -1;
}

int
begin_check(struct job_manager *jm, const struct jobspec *spec,
    const char *value, struct errmsg *em)
{
	double t;

	(void)jm;
	(void)spec;
	if (parse(value, &t) < 0)
		return errmsg_set(em, "Invalid begin-time=%s", value);
	return 0;
}

static void
begin_destroy(struct begin *bt)
{
	ev_periodic_stop(bt->jm->b->loop, &bt->watcher);
	LIST_REMOVE(bt, next);
	free(bt);
}

static void
time_has_come(struct ev_loop *loop, struct ev_periodic *w, int revents)
{
	struct begin *bt = w->data;
	struct job_manager *jm = bt->jm;
	struct job *job = bt->job;
	char description[64];

	(void)loop;
	(void)revents;
	snprintf(description, sizeof(description), "%s", bt->description);
	begin_destroy(bt);
	depend_remove(jm, job, description);
}

int
begin_add(struct job_manager *jm, struct job *job, const char *value)
{
	struct depend *d = depend_of(job);
	struct begin *bt = calloc(1, sizeof(*bt));
	double t;
	int r;

	if (!d || !bt || parse(value, &t) < 0) {
		free(bt);
		return -1;
	}
	bt->jm = jm;
	bt->job = job;
	snprintf(
	    bt->description, sizeof(bt->description), "begin-time=%.3f", t);
	if ((r = depend_add(jm, job, bt->description)) != 0) {
		free(bt);
		return r < 0 ? -1 : 0;
	}
	ev_periodic_init(&bt->watcher, time_has_come, t, 0, NULL);
	bt->watcher.data = bt;
	ev_periodic_start(jm->b->loop, &bt->watcher);
	LIST_INSERT_HEAD(&d->begins, bt, next);
	return 0;
}

void
begin_forget(struct job_manager *jm, struct depend *d)
{
	struct begin *bt;

	(void)jm;
	while ((bt = LIST_FIRST(&d->begins)))
		begin_destroy(bt);
}
