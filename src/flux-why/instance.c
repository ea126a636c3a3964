/* SPDX-License-Identifier: MIT */
/*
 * Ask the instance, in two rounds: the second asks for queues and jobs that
 * the first has found.
 */
#include <err.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "instance.h"
#include "jobinfo.h"
#include "jobquery.h"
#include "optparse.h"

/* Jobs before one that is explained: more than this are not simulated. */
enum { JOBS_MAX = 1000 };

static void
ask_jobs(struct why *w, int states, json_t **out)
{
	struct jobquery q;

	jobquery_init(&q);
	q.anybody = true;
	q.states = states;
	q.max_entries = JOBS_MAX;
	ask(w, "job-list.list", NODEID_ANY, jobquery_request(&q, NULL), out);
	jobquery_fini(&q);
}

static struct rset *
decode_set(const json_t *status, const char *key)
{
	struct errmsg em;
	struct rset *r = rset_decode(json_object_get(status, key), &em);

	if (!r)
		tool_fail("resources: %s: %s", key, em.text);
	return r;
}

static void
first_round(struct why *w, struct instance *inst, json_t **names)
{
	json_t *sets;

	ask(w, "resource.sched-status", 0, NULL, &sets);
	ask(w, "resource.status", 0, NULL, &inst->status);
	ask(w, "config.get", NODEID_ANY, NULL, &inst->config);
	ask(w, "job-manager.queue-list", NODEID_ANY, NULL, names);
	ask_jobs(w, JOB_RUN | JOB_CLEANUP, &inst->running);
	ask_jobs(w, JOB_SCHED, &inst->pending);
	run(w);
	if (!sets)
		tool_fail("the instance does not tell its resources");
	inst->all = decode_set(sets, "all");
	inst->down = decode_set(sets, "down");
	inst->allocated = decode_set(sets, "allocated");
	json_decref(sets);
}

/* ---- second round ---- */

/* Ask for the state of each queue. The answers come one for each name, or one
 * for the queue without a name. */
static json_t **
ask_queues(struct why *w, const json_t *names)
{
	size_t n = json_array_size(names), i;
	json_t **answers = calloc(n + 1, sizeof(*answers)), *name;

	if (!answers)
		err(1, NULL);
	json_array_foreach(names, i, name)
		ask(w, "job-manager.queue-status", 0,
		    json_pack("{s:O}", "name", name), &answers[i]);
	if (n == 0)
		ask(w, "job-manager.queue-status", 0, json_object(),
		    &answers[0]);
	return answers;
}

static void
keep_queues(struct instance *inst, const json_t *names, json_t **answers)
{
	size_t n = json_array_size(names);

	inst->queues = json_array();
	for (size_t i = 0; i < n || (n == 0 && i == 0); i++) {
		json_t *name = json_array_get(names, i);

		if (!answers[i])
			continue;
		if (name)
			json_object_set(answers[i], "name", name);
		json_array_append_new(inst->queues, answers[i]);
	}
	free(answers);
}

/* Look a document up for each job of a list: R or jobspec. */
static json_t **
ask_each(struct why *w, const json_t *jobs, const char *key)
{
	json_t **answers = calloc(json_array_size(jobs) + 1, sizeof(*answers));
	json_t *job;
	size_t i;

	if (!answers)
		err(1, NULL);
	json_array_foreach(jobs, i, job)
		ask_key(w, get_int(job, "id"), key, &answers[i]);
	return answers;
}

static void
keep_holders(struct instance *inst, const json_t *jobs, json_t **answers)
{
	json_t *job;
	size_t i;

	inst->holders =
	    calloc(json_array_size(jobs) + 1, sizeof(*inst->holders));
	if (!inst->holders)
		err(1, NULL);
	json_array_foreach(jobs, i, job) {
		struct holder *h = &inst->holders[inst->nholders++];
		struct errmsg em;

		h->info = job;
		h->id = get_int(job, "id");
		h->end = get_number(job, "expiration");
		if (answers[i])
			h->r =
			    rset_decode(json_object_get(answers[i], "R"), &em);
		if (h->r && h->r->expiration > 0)
			h->end = h->r->expiration;
		if (h->end <= 0)
			h->end = INFINITY;
		json_decref(answers[i]);
	}
	free(answers);
}

/* job-list gives pending jobs by priority and id: the order we need. Those that
 * are held wait for somebody, not for resources. */
static void
keep_waiting(struct instance *inst, const json_t *jobs, json_t **answers)
{
	json_t *job;
	size_t i;

	inst->waiting =
	    calloc(json_array_size(jobs) + 1, sizeof(*inst->waiting));
	if (!inst->waiting)
		err(1, NULL);
	json_array_foreach(jobs, i, job) {
		struct waiting *wt = &inst->waiting[inst->nwaiting];
		struct errmsg em;

		if (get_int(job, "priority") > 0 &&
		    !queue_is_stopped(
			instance_queue(inst, get_text(job, "queue")))) {
			wt->info = job;
			wt->id = get_int(job, "id");
			if (answers[i])
				wt->spec = jobspec_decode(
				    json_object_get(answers[i], "jobspec"),
				    &em);
			inst->nwaiting++;
		}
		json_decref(answers[i]);
	}
	free(answers);
}

static void
second_round(struct why *w, struct instance *inst, const json_t *names)
{
	const json_t *running = json_object_get(inst->running, "jobs");
	const json_t *pending = json_object_get(inst->pending, "jobs");
	json_t **queues = ask_queues(w, names);
	json_t **rs = ask_each(w, running, "R");
	json_t **specs = ask_each(w, pending, "jobspec");

	run(w);
	keep_queues(inst, names, queues);
	keep_holders(inst, running, rs);
	keep_waiting(inst, pending, specs);
}

struct instance *
instance_get(struct why *w)
{
	struct instance *inst = w->inst;
	json_t *answer;

	if (inst)
		return inst;
	if (!(inst = w->inst = calloc(1, sizeof(*inst))))
		err(1, NULL);
	first_round(w, inst, &answer);
	second_round(w, inst, json_object_get(answer, "queues"));
	json_decref(answer);
	return inst;
}

void
instance_destroy(struct instance *inst)
{
	if (!inst)
		return;
	for (size_t i = 0; i < inst->nholders; i++)
		rset_destroy(inst->holders[i].r);
	for (size_t i = 0; i < inst->nwaiting; i++)
		jobspec_destroy(inst->waiting[i].spec);
	free(inst->holders);
	free(inst->waiting);
	rset_destroy(inst->all);
	rset_destroy(inst->down);
	rset_destroy(inst->allocated);
	json_decref(inst->config);
	json_decref(inst->status);
	json_decref(inst->queues);
	json_decref(inst->running);
	json_decref(inst->pending);
	free(inst);
}

const json_t *
instance_queue(const struct instance *inst, const char *name)
{
	json_t *q;
	size_t i;

	json_array_foreach(inst->queues, i, q) {
		const char *s = get_text(q, "name");

		if ((!s && !name) || (s && name && strcmp(s, name) == 0))
			return q;
	}
	return NULL;
}

bool
queue_is_stopped(const json_t *queue)
{
	return json_is_false(json_object_get(queue, "start"));
}
