/* SPDX-License-Identifier: MIT */
/*
 * A broker that starts on a statedir goes on where the one before it ended,
 * however that was. Each job that had not ended is made again by folding its
 * eventlog. One that was waiting goes on waiting; one that had resources is
 * ended by an exception, for whether its tasks ran to their end cannot be
 * known, and they must not run twice.
 */
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../job-list/job-list.h"
#include "../log.h"
#include "../store/store.h"
#include "environments.h"
#include "eventlog.h"
#include "fold.h"
#include "jobspec.h"
#include "record.h"
#include "rset.h"
#include "summary.h"

#include "jm.h"

static int
restore_spec(struct job_manager *jm, struct job *job)
{
	json_t *o = record_first_jobspec(jm->b, job->id, &job->shared_env);
	struct jobspec *spec = o ? jobspec_decode(o, NULL) : NULL;

	json_decref(o);
	return spec ? job_take_spec(job, spec) : -1;
}

static int
restore_R(struct job_manager *jm, struct job *job)
{
	json_t *o = record_stored(jm->b, job->id, "R");
	struct rset *R = o ? rset_decode(o, NULL) : NULL;

	json_decref(o);
	if (!R)
		return -1;
	job_take_R(job, R);
	return 0;
}

/* Fold the eventlog as it is. */
static int
replay(struct job_manager *jm, struct job *job)
{
	json_t *log = record_eventlog(jm->b, job->id), *o;
	struct event e;
	size_t i;
	int r = log ? 0 : -1;

	json_array_foreach(log, i, o) {
		if (event_decode_json(&e, o) < 0)
			continue;
		if (strcmp(e.name, "alloc") == 0 && restore_R(jm, job) < 0)
			r = -1;
		job_fold(job, e.timestamp, e.name, e.context);
		event_fini(&e);
	}
	json_decref(log);
	return r;
}

/* A job whose submission was under way was never acknowledged, but what there
 * is of it is sound: it may as well run. */
static int
restore_one(void *arg, uint64_t id)
{
	struct job_manager *jm = arg;
	struct job *job = job_create(id);

	if (!job)
		return -1;
	if (restore_spec(jm, job) < 0 || replay(jm, job) < 0) {
		log_error(jm->b->log,
		    "job %ju in the store cannot be read: it is left alone",
		    (uintmax_t)id);
		job_unref(job);
		return 0;
	}
	post_admit(jm, job);
	if (job->has_resources && !store_is_read_only(jm->b))
		jm->nrunning++; /* the end of the instance waits for it */
	return 0;
}

static void
end_lost(struct job_manager *jm, struct job *job)
{
	struct broker *b = jm->b;

	if (!(job->state & JOB_CLEANUP) || !job->exception_occurred ||
	    job->exception_severity > 0)
		job_raise(b, job, "restart", 0,
		    "the instance was restarted while the job ran", -1);
	if (!job->has_waitstatus)
		job_post_new(
		    b, job, "finish", json_pack("{s:i}", "status", SIGKILL));
}

static void
go_on(struct job_manager *jm, struct job *job)
{
	struct broker *b = jm->b;

	if (job->state == JOB_INACTIVE) {
		retire_job(jm, job); /* its summary was not written */
	} else if (job->state & (JOB_NEW | JOB_DEPEND)) {
		if (depend_restore(jm, job) < 0)
			job_raise(b, job, "dependency", 0,
			    "what it depends on is not known any more", -1);
		if (job->state == JOB_NEW)
			job_post_new(b, job, "validate", NULL);
	} else {
		singleton_event(jm, job, "depend");
	}
	if (job->has_resources)
		end_lost(jm, job);
	spec_compact(jm, job);
	if (job->state != JOB_INACTIVE)
		job_post_new(b, job, "flux-restart", NULL);
}

/* Those that were lost, now that all jobs are there. */
static void
run_again(struct job_manager *jm)
{
	struct job *job, *next;

	TAILQ_FOREACH_SAFE(job, &jm->active, by_age, next)
		if (job->has_waitstatus && job->has_resources)
			retry_ended(jm, job, job->waitstatus);
}

static int
count_one(void *arg, uint64_t id, const void *summary, size_t len)
{
	struct job_manager *jm = arg;
	struct job *job = summary_decode(id, summary, len);

	if (!job)
		return 0;
	jm->ninactive++;
	if (id > jm->max_id)
		jm->max_id = id;
	job_list_count(jm->b, job);
	job_unref(job);
	return 0;
}

/* Ids are times since the first start of the instance. */
static void
restore_epoch(struct job_manager *jm)
{
	char *text = store_meta(jm->b, "epoch"), buf[32];
	double t;

	if (text && (t = strtod(text, NULL)) > 0 && t < jm->t_epoch)
		jm->t_epoch = t;
	if (!text) {
		snprintf(buf, sizeof(buf), "%.6f", jm->t_epoch);
		store_put_meta(jm->b, "epoch", buf);
	}
	free(text);
}

void
jm_keep(struct job_manager *jm)
{
	if (store_keep(jm->b) <= 0)
		return;
	restore_epoch(jm);
	environments_keep(jm->b);
	retire_keep(jm);
}

static int
restore_jobs(struct job_manager *jm)
{
	struct broker *b = jm->b;

	if (store_each_summary(b, INFINITY, UINT64_MAX, count_one, jm) >= 0 &&
	    store_each_active(b, restore_one, jm) >= 0)
		return 0;
	log_error(b->log, "the job store cannot be read in full");
	return -1;
}

int
job_manager_restore(struct broker *b)
{
	struct job_manager *jm = b->jm;
	struct job *job, *next;
	int r;

	if (!store_is_durable(b))
		return 0;
	restore_epoch(jm);
	queues_restore(jm);
	r = restore_jobs(jm);
	if (r < 0 && !store_is_read_only(b))
		return -1;
	if (jm->nactive + jm->ninactive > 0)
		log_info(b->log,
		    "%zu jobs in the store, %zu of them have not ended",
		    jm->nactive + jm->ninactive, jm->nactive);
	TAILQ_FOREACH(job, &jm->active, by_age)
		job_list_count(b, job);
	if (store_is_read_only(b))
		return 0;
	post_hold(jm);
	TAILQ_FOREACH_SAFE(job, &jm->active, by_age, next)
		go_on(jm, job);
	run_again(jm);
	post_release(jm);
	return 0;
}
