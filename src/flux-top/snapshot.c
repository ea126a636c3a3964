/* SPDX-License-Identifier: MIT */
/*
 * flux top --json: what the screen would show, once.
 */
#include <err.h>
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fluid.h"
#include "handle.h"
#include "top.h"

enum { STATE_CLEANUP = 32 };

static double
wall_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static json_t *
bar_json(const struct top_bar *b)
{
	return json_pack("{s:i s:i s:i}", "total", b->total, "used", b->used,
	    "down", b->down);
}

static json_t *
job_json(const struct top_job *j, double now)
{
	char id[FLUID_STRMAX], uid[16];
	const struct passwd *pw = getpwuid(j->uid);

	snprintf(uid, sizeof(uid), "%u", (unsigned)j->uid);
	fluid_encode(id, sizeof(id), j->id, fluid_f58_form());
	return json_pack("{s:I s:s s:s s:s s:s s:s* s:i s:i s:f s:s*}", "id",
	    (json_int_t)j->id, "jobid", id, "name", j->name ? j->name : "",
	    "user", pw ? pw->pw_name : uid, "state",
	    j->state == STATE_CLEANUP ? "CLEANUP" : "RUN", "queue", j->queue,
	    "ntasks", j->ntasks, "nnodes", j->nnodes, "runtime",
	    j->t_run > 0 ? now - j->t_run : 0.0, "uri", j->uri);
}

static json_t *
jobs_json(const struct top *t, double now)
{
	json_t *array = json_array();

	for (int i = 0; i < t->njobs; i++)
		if (top_shows(t, &t->jobs[i]))
			json_array_append_new(
			    array, job_json(&t->jobs[i], now));
	return array;
}

static json_t *
snapshot(const struct top *t)
{
	const struct top_stats *s = &t->stats;
	double now = wall_now();
	json_t *o = json_pack(
	    "{s:i s:s s:i s:i s:f s:s* s:o s:o s:o s:{s:i s:i s:i s:i s:i} "
	    "s:o}",
	    "version", 1, "path", t->title, "level", t->level, "size", t->size,
	    "uptime", now - t->t_start, "queue", t->queue, "nodes",
	    bar_json(&t->nodes), "cores", bar_json(&t->cores), "gpus",
	    bar_json(&t->gpus), "stats", "pending", s->pending, "running",
	    s->running, "successful", s->successful, "unsuccessful",
	    s->unsuccessful, "inactive", s->inactive, "jobs",
	    jobs_json(t, now));

	if (o && t->expiration > 0)
		json_object_set_new(o, "expiration", json_real(t->expiration));
	return o;
}

void
top_print_json(struct top *t)
{
	json_t *o;
	char *s;

	/* a queue was chosen since the first request */
	t->has_resources = false;
	top_refresh(t);
	while (!t->has_stats || !t->has_resources || t->listing)
		if (handle_poll(t->h, -1) < 0 && errno != EINTR)
			errx(1, "lost connection to Flux: %s", strerror(errno));
	if (!(o = snapshot(t)) || !(s = json_dumps(o, JSON_COMPACT)))
		err(1, NULL);
	puts(s);
	free(s);
	json_decref(o);
}
