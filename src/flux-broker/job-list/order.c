/* SPDX-License-Identifier: MIT */
/*
 * Jobs in the order in which lists show them, kept while they change: pending
 * ones by priority (descending), then id; running ones by t_run, inactive ones
 * by t_inactive, both the latest first. The key is copied into job->order when
 * a job is put in: a job may be some events further than what was told.
 */
#include "list.h"

static int
compare(const struct job *a, const struct job *b)
{
	int by_id = a->id < b->id ? -1 : a->id > b->id;

	if (a->order != b->order)
		return a->order > b->order ? -1 : 1;
	return a->list == LIST_PENDING ? by_id : -by_id;
}

RB_GENERATE_INTERNAL(
    order_tree, job, by_order, compare, static __attribute__((unused)))

static enum list_kind
kind_of(enum job_state state)
{
	if (state & JOB_PENDING)
		return LIST_PENDING;
	if (state & JOB_RUNNING)
		return LIST_RUNNING;
	return state == JOB_INACTIVE ? LIST_INACTIVE : LIST_NONE;
}

static double
order_of(const struct job *job, enum list_kind kind)
{
	switch (kind) {
	case LIST_PENDING:
		return job->priority < 0 ? 0 : job->priority;
	case LIST_RUNNING:
		return job->t_run;
	case LIST_INACTIVE:
		return job->t_inactive;
	default:
		return 0;
	}
}

void
order_init(struct job_list *jl)
{
	int i;

	for (i = LIST_NONE; i <= LIST_INACTIVE; i++)
		RB_INIT(&jl->trees[i]);
}

void
order_remove(struct job_list *jl, struct job *job)
{
	if (job->list == LIST_NONE)
		return;
	RB_REMOVE(order_tree, &jl->trees[job->list], job);
	jl->counts[job->list]--;
	job->list = LIST_NONE;
}

void
order_update(struct job_list *jl, struct job *job)
{
	enum list_kind kind = kind_of(job->state);
	double order = order_of(job, kind);

	if (kind == (enum list_kind)job->list && order == job->order)
		return;
	order_remove(jl, job);
	if (kind == LIST_NONE)
		return;
	job->list = kind;
	job->order = order;
	RB_INSERT(order_tree, &jl->trees[kind], job);
	jl->counts[kind]++;
}

struct job *
order_first(struct job_list *jl, enum list_kind kind)
{
	return RB_MIN(order_tree, &jl->trees[kind]);
}

struct job *
order_next(struct job *job)
{
	return RB_NEXT(order_tree, NULL, job);
}
