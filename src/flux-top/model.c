/* SPDX-License-Identifier: MIT */
/*
 * What is asked of the instance, and what becomes of the answers. Job
 * statistics stream in; each heartbeat asks for the resources, and for the
 * jobs if the statistics changed.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fluid.h"
#include "handle.h"
#include "idset.h"
#include "rset.h"
#include "top.h"

#define LIST_INTERVAL 2.0 /* seconds between two lists of jobs */

double
mono_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* ---- resources ---- */

/* Keep the nodes that have every property which the queue requires. */
static void
keep_queue(const struct top *t, struct rset *r)
{
	json_t *requires =
	    json_object_get(json_object_get(t->queues, t->queue), "requires");
	struct idset *ranks = idset_create();
	json_t *prop;
	size_t i;

	for (size_t n = 0; ranks && n < r->nnodes; n++) {
		bool fits = true;
		json_array_foreach(requires, i, prop)
			fits &= rset_has_property(r, &r->nodes[n],
			    json_is_string(prop) ? json_string_value(prop)
						 : "");
		if (fits)
			idset_set(ranks, r->nodes[n].rank);
	}
	if (ranks)
		rset_keep_ranks(r, ranks);
	idset_destroy(ranks);
}

enum which { TOTAL, USED, DOWN };

static void
bar_set(struct top_bar *bar, enum which which, int n)
{
	if (which == TOTAL)
		bar->total = n;
	else if (which == USED)
		bar->used = n;
	else
		bar->down = n;
}

static void
count(struct top *t, const json_t *o, enum which which)
{
	struct rset *r = rset_decode(o, NULL);

	if (!r)
		return;
	if (which == TOTAL)
		t->expiration = r->expiration;
	if (t->queue)
		keep_queue(t, r);
	bar_set(&t->nodes, which, (int)r->nnodes);
	bar_set(&t->cores, which, (int)rset_ncores(r));
	bar_set(&t->gpus, which, (int)rset_ngpus(r));
	rset_destroy(r);
}

static void
resources_cb(struct handle *h, const struct reply *r, void *arg)
{
	struct top *t = arg;

	(void)h;
	t->has_resources = true;
	if (r->errnum || !r->json)
		return;
	count(t, json_object_get(r->json, "all"), TOTAL);
	count(t, json_object_get(r->json, "allocated"), USED);
	count(t, json_object_get(r->json, "down"), DOWN);
	t->dirty = true;
}

/* ---- jobs ---- */

static void
jobs_clear(struct top_job *jobs, int *n)
{
	for (int i = 0; i < *n; i++) {
		free(jobs[i].name);
		free(jobs[i].queue);
		free(jobs[i].uri);
	}
	*n = 0;
}

static char *
dup_or_null(const char *s)
{
	return s ? strdup(s) : NULL;
}

static void
job_add(struct top *t, const json_t *o)
{
	struct top_job *job = &t->incoming[t->nincoming];
	const char *name = NULL, *queue = NULL, *uri = NULL;
	json_int_t id = 0;
	int uid = 0;

	if (t->nincoming == JOBS_MAX)
		return;
	memset(job, 0, sizeof(*job));
	if (json_unpack((json_t *)o,
		"{s:I s?i s?i s?i s?i s?F s?s s?s s?{s?{s?s}}}", "id", &id,
		"userid", &uid, "state", &job->state, "ntasks", &job->ntasks,
		"nnodes", &job->nnodes, "t_run", &job->t_run, "name", &name,
		"queue", &queue, "annotations", "user", "uri", &uri) < 0)
		return;
	job->id = (uint64_t)id;
	job->uid = uid;
	job->name = dup_or_null(name);
	job->queue = dup_or_null(queue);
	job->uri = dup_or_null(uri);
	t->nincoming++;
}

static void
keep_selection(struct top *t)
{
	for (int i = 0; i < t->njobs; i++)
		if (t->jobs[i].id == t->selected)
			return;
	t->selected = 0;
}

static void
list_done(struct top *t)
{
	jobs_clear(t->jobs, &t->njobs);
	memcpy(t->jobs, t->incoming, sizeof(t->jobs));
	t->njobs = t->nincoming;
	t->nincoming = 0;
	t->listing = false;
	keep_selection(t);
	t->dirty = true;
}

static void
list_cb(struct handle *h, const struct reply *r, void *arg)
{
	struct top *t = arg;
	json_t *job;
	size_t i;

	(void)h;
	if (r->errnum) {
		list_done(t);
		return;
	}
	json_array_foreach(json_object_get(r->json, "jobs"), i, job)
		job_add(t, job);
}

static void
list_jobs(struct top *t)
{
	if (t->listing)
		return;
	jobs_clear(t->incoming, &t->nincoming);
	t->listing = handle_rpc_new(t->h, "job-list.list", 0, MSG_STREAMING,
			 json_pack("{s:i s:{s:[i]} s:[ssssssss]}",
			     "max_entries", JOBS_MAX, "constraint", "states",
			     48, "attrs", "annotations", "userid", "state",
			     "name", "queue", "nnodes", "ntasks", "t_run"),
			 list_cb, t) >= 0;
	t->stats_fresh = false;
	t->t_listed = mono_now();
}

/* ---- statistics ---- */

/* The object of the shown queue, or the whole. */
static const json_t *
stats_of(const struct top *t, const json_t *all)
{
	json_t *q;
	size_t i;

	if (!t->queue)
		return all;
	json_array_foreach(json_object_get(all, "queues"), i, q) {
		const char *name =
		    json_string_value(json_object_get(q, "name"));
		if (name && strcmp(name, t->queue) == 0)
			return q;
	}
	return all;
}

static void
stats_cb(struct handle *h, const struct reply *r, void *arg)
{
	struct top *t = arg;
	int depend = 0, priority = 0, sched = 0, run = 0, cleanup = 0;
	int failed = 0, canceled = 0, timeout = 0;
	struct top_stats *s = &t->stats;

	(void)h;
	t->has_stats = true;
	if (r->errnum || !r->json)
		return;
	json_unpack((json_t *)stats_of(t, r->json),
	    "{s?{s?i s?i s?i s?i s?i s?i} s?i s?i s?i s?i}", "job_states",
	    "depend", &depend, "priority", &priority, "sched", &sched, "run",
	    &run, "cleanup", &cleanup, "inactive", &s->inactive, "successful",
	    &s->successful, "failed", &failed, "canceled", &canceled, "timeout",
	    &timeout);
	s->pending = depend + priority + sched;
	s->running = run + cleanup;
	s->unsuccessful = failed + canceled + timeout;
	t->stats_fresh = true;
	t->dirty = true;
	if (mono_now() - t->t_listed >= LIST_INTERVAL)
		list_jobs(t);
}

static void
on_event(struct handle *h, struct msg *m, void *arg)
{
	struct top *t = arg;

	(void)h;
	if (!m->topic || strcmp(m->topic, "heartbeat.pulse") != 0)
		return;
	t->t_beat = mono_now();
	t->dirty = true;
	top_refresh(t);
}

void
top_refresh(struct top *t)
{
	handle_rpc_new(
	    t->h, "resource.sched-status", 0, 0, NULL, resources_cb, t);
	if (t->stats_fresh)
		list_jobs(t);
}

/* ---- queues ---- */

int
top_set_queue(struct top *t, const char *name)
{
	const char *key;
	json_t *value;

	json_object_foreach(t->queues, key, value)
		if (strcmp(key, name) == 0) {
			t->queue = key;
			return 0;
		}
	return -1;
}

/* Round the ring: all, first queue, ..., last queue. */
void
top_cycle_queue(struct top *t, int step)
{
	int n = (int)json_object_size(t->queues);
	int at = 0, i = 1;
	const char *key;
	json_t *value;

	json_object_foreach(t->queues, key, value) {
		if (t->queue && strcmp(key, t->queue) == 0)
			at = i;
		i++;
	}
	at = (at + step + n + 1) % (n + 1);
	t->queue = NULL;
	i = 1;
	json_object_foreach(t->queues, key, value)
		if (i++ == at)
			t->queue = key;
	t->dirty = true;
	top_refresh(t);
}

bool
top_shows(const struct top *t, const struct top_job *job)
{
	return !t->queue || (job->queue && strcmp(job->queue, t->queue) == 0);
}

/* ---- opening ---- */

static int
getattr_int(struct handle *h, const char *name)
{
	char *s = handle_getattr(h, name);
	int n = s ? (int)strtol(s, NULL, 10) : 0;

	free(s);
	return n;
}

static void
read_attributes(struct top *t)
{
	char *s;
	json_t *config = NULL;

	t->version = handle_getattr(t->h, "version");
	t->size = getattr_int(t->h, "size");
	t->level = getattr_int(t->h, "instance-level");
	t->details = (uid_t)getattr_int(t->h, "security.owner") == getuid();
	if ((s = handle_getattr(t->h, "broker.starttime")))
		t->t_start = strtod(s, NULL);
	free(s);
	if (handle_call_new(
		t->h, "config.get", NODEID_ANY, NULL, &config, NULL) == 0)
		t->queues = json_incref(json_object_get(config, "queues"));
	json_decref(config);
}

static void
set_title(struct top *t, const char *parent_title)
{
	char *jobid = handle_getattr(t->h, "jobid");
	char id[FLUID_STRMAX];
	uint64_t n;

	if (!jobid)
		return;
	if (fluid_parse(jobid, &n) == 0)
		fluid_encode(id, sizeof(id), n, fluid_f58_form());
	else
		strlcpy(id, jobid, sizeof(id));
	snprintf(t->title, sizeof(t->title), "%s%s%s",
	    parent_title ? parent_title : "", parent_title ? "/" : "", id);
	free(jobid);
}

int
top_open(struct top *t, const char *uri, const char *parent_title, char *why,
    size_t size)
{
	struct errmsg em;

	memset(t, 0, sizeof(*t));
	if (!(t->h = handle_open(uri, &em))) {
		snprintf(why, size, "error connecting to Flux: %s", em.text);
		return -1;
	}
	set_title(t, parent_title);
	read_attributes(t);
	handle_set_event(t->h, on_event, t);
	if (handle_call_new(t->h, "event.subscribe", NODEID_ANY,
		json_pack("{s:s}", "topic", "heartbeat.pulse"), NULL,
		&em) < 0 ||
	    handle_rpc_new(t->h, "job-list.job-stats", 0, MSG_STREAMING,
		json_object(), stats_cb, t) < 0) {
		snprintf(why, size, "error connecting to Flux: %s", em.text);
		top_close(t);
		return -1;
	}
	t->stats_fresh = true;
	t->dirty = true;
	top_refresh(t);
	return 0;
}

void
top_close(struct top *t)
{
	handle_close(t->h);
	jobs_clear(t->jobs, &t->njobs);
	jobs_clear(t->incoming, &t->nincoming);
	json_decref(t->queues);
	free(t->version);
}
