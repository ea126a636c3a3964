/* SPDX-License-Identifier: MIT */
/*
 * Jobs that have ended. The latest some thousand are in memory, all others
 * only in the store, as a summary each; one of these comes back into memory
 * when somebody asks for it by its id.
 */
#include <errno.h>
#include <malloc.h>
#include <math.h>
#include <stdlib.h>

#include "../store/store.h"
#include "jm.h"
#include "summary.h"

/* How many to keep, and how many more before some go. */
#define KEEP  2000
#define SLACK 500
/* So many active jobs leave holes in memory. */
#define MANY 20000

/* Its summary goes to the store. */
static int
send_summary(struct job_manager *jm, struct job *job)
{
	size_t len;
	void *summary = summary_encode(job, &len);
	int r = -1;

	if (summary)
		r = store_retire(jm->b, job->id, job->t_inactive, summary, len);
	free(summary);
	job->retiring = r == 0;
	return r;
}

static bool
may_go(const struct job *job)
{
	return job->refs == 1 && !job->depend && !job->wait;
}

static void
let_go(struct job_manager *jm, struct job *job)
{
	for (int i = 0; i < jm->nretirers; i++)
		jm->retirers[i].cb(jm->retirers[i].arg, job);
	TAILQ_REMOVE(&jm->inactive, job, by_age);
	jm->nkept--;
	RB_REMOVE(job_tree, &jm->jobs, job);
	job_unref(job);
}

/* The oldest ones: written ones go, the others are sent to be written. */
static void
make_room(struct job_manager *jm)
{
	size_t n = jm->nkept - KEEP;
	struct job *job, *next;

	for (job = TAILQ_FIRST(&jm->inactive); job && n > 0; job = next, n--) {
		next = TAILQ_NEXT(job, by_age);
		if (!job->retiring)
			send_summary(jm, job);
		else if (may_go(job) && store_is_retired(jm->b, job->id))
			let_go(jm, job);
	}
}

/* After many jobs have come and gone malloc has much that is free, in whole
 * pages, too. */
static void
give_back_memory(struct job_manager *jm)
{
	if (jm->nactive > jm->most_active)
		jm->most_active = jm->nactive;
	if (jm->nactive > 0 || jm->most_active < MANY)
		return;
	jm->most_active = 0;
	malloc_trim(0);
}

void
retire_job(struct job_manager *jm, struct job *job)
{
	TAILQ_REMOVE(&jm->active, job, by_age);
	jm->nactive--;
	TAILQ_INSERT_TAIL(&jm->inactive, job, by_age);
	jm->ninactive++;
	jm->nkept++;
	job_drop_spec(job);
	if (store_is_durable(jm->b))
		send_summary(jm, job);
	if (jm->nkept > KEEP + SLACK && jm->nkept % (SLACK / 4) == 0)
		make_room(jm);
	give_back_memory(jm);
}

void
retire_keep(struct job_manager *jm)
{
	struct job *job;

	TAILQ_FOREACH(job, &jm->inactive, by_age)
		if (!job->retiring)
			send_summary(jm, job);
}

static int
take_summary(void *arg, uint64_t id, const void *summary, size_t len)
{
	struct job **job = arg;

	*job = summary_decode(id, summary, len);
	return 1;
}

/* The oldest of those in memory from now on, so that it is the next to go. */
struct job *
retire_recall(struct job_manager *jm, uint64_t id)
{
	struct job *job = NULL;

	if (store_summary(jm->b, id, take_summary, &job) <= 0 || !job) {
		errno = ENOENT;
		return NULL;
	}
	job->retiring = job->recalled = true;
	RB_INSERT(job_tree, &jm->jobs, job);
	TAILQ_INSERT_HEAD(&jm->inactive, job, by_age);
	jm->nkept++;
	return job;
}

struct walk {
	struct job_manager *jm;
	job_each_f cb;
	void *arg;
};

static int
each_retired(void *arg, uint64_t id, const void *summary, size_t len)
{
	struct walk *w = arg;
	struct job key = { .id = id }, *job;
	int r;

	job = RB_FIND(job_tree, &w->jm->jobs, &key);
	if (job && !job->recalled)
		return 0; /* among those in memory */
	if (!(job = summary_decode(id, summary, len)))
		return 0;
	r = w->cb(w->arg, job);
	job_unref(job);
	return r;
}

int
job_each_retired(
    struct broker *b, double t, uint64_t id, job_each_f cb, void *arg)
{
	struct walk w = { b->jm, cb, arg };

	return store_each_summary(b, t, id, each_retired, &w);
}
