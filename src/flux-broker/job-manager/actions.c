/* SPDX-License-Identifier: MIT */
/*
 * What a state asks for. After each event the action of the job's state looks
 * at the job and does what is due now, no matter by which event it came here:
 * a table by state, and the answers of the scheduler and of exec, which post
 * the events that lead on.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "../exec/exec.h"
#include "../log.h"
#include "../sched/sched.h"
#include "../store/store.h"
#include "jm.h"
#include "jobspec.h"
#include "rset.h"

static void
take_back(struct job_manager *jm, struct job *job)
{
	if (!job->alloc_pending)
		return;
	job->alloc_pending = false;
	jm->npending--;
	sched_dequeue(jm->b, job);
}

static void
give_back(struct job_manager *jm, struct job *job)
{
	job_post_new(jm->b, job, "release",
	    json_pack("{s:s s:b}", "ranks", "all", "final", 1));
	sched_free(jm->b, job);
	job_post_new(jm->b, job, "free", NULL);
}

static void
act_depend(struct job_manager *jm, struct job *job)
{
	if (!job->dependencies)
		job_post_new(jm->b, job, "depend", NULL);
}

/* Urgency or jobspec may be new: the scheduler gets the job anew. */
static void
act_priority(struct job_manager *jm, struct job *job)
{
	json_int_t priority = job->urgency;

	take_back(jm, job);
	if (job->urgency == JOB_URGENCY_EXPEDITE)
		priority = JOB_PRIORITY_MAX;
	job_post_new(
	    jm->b, job, "priority", json_pack("{s:I}", "priority", priority));
}

static void
act_sched(struct job_manager *jm, struct job *job)
{
	bool may_run = job->priority > 0 && queue_is_started(jm, job->queue);

	if (!may_run) {
		take_back(jm, job);
		return;
	}
	if (job->alloc_pending)
		return;
	job->alloc_pending = true;
	jm->npending++;
	if (job->flags & JOB_DEBUG)
		job_post_new(jm->b, job, "debug.alloc-request", NULL);
	sched_enqueue(jm->b, job);
}

/* Not before the store has that it does: a broker that starts again must know
 * what may have been running. */
static void
start_now(void *arg, int errnum)
{
	struct job *job = arg;
	struct broker *b = job->started_by;

	if (errnum)
		job_raise(b, job, "store", 0, "it could not be stored", -1);
	else if (!(job->spec->mock_duration >= 0) &&
		 spec_expand(b->jm, job) < 0)
		job_raise(b, job, "store", 0, "it cannot be read back", -1);
	if (job->state == JOB_RUN) {
		job->exec_begun = true;
		exec_start(b, job);
	} else {
		job->exec_asked = false;
		action_run(b->jm, job);
	}
	job_unref(job);
}

static void
act_run(struct job_manager *jm, struct job *job)
{
	if (job->exec_asked || job->perilogs > 0)
		return;
	job->exec_asked = true;
	job->started_by = jm->b;
	if (job->flags & JOB_DEBUG)
		job_post_new(jm->b, job, "debug.start-request", NULL);
	job_ref(job);
	if (store_sync(jm->b, start_now, job) < 0)
		start_now(job, ENOMEM);
}

static void
terminate(struct job_manager *jm, struct job *job)
{
	bool is_timeout =
	    job->exception_type && strcmp(job->exception_type, "timeout") == 0;

	if (job->terminating || job->has_waitstatus || !job->exec_begun)
		return;
	job->terminating = true;
	exec_terminate(jm->b, job, is_timeout ? SIGALRM : SIGTERM);
}

static void
act_cleanup(struct job_manager *jm, struct job *job)
{
	take_back(jm, job);
	if (job->has_resources && job->exec_asked)
		terminate(jm, job);
	else if (job->has_resources)
		give_back(jm, job);
	else if (job->perilogs == 0)
		job_post_new(jm->b, job, "clean", NULL);
}

static const struct {
	enum job_state state;
	void (*act)(struct job_manager *jm, struct job *job);
} actions[] = {
	{ JOB_DEPEND, act_depend },
	{ JOB_PRIORITY, act_priority },
	{ JOB_SCHED, act_sched },
	{ JOB_RUN, act_run },
	{ JOB_CLEANUP, act_cleanup },
};

/* Called after each event, for the state that the job has by now: an action
 * does nothing that was done before. */
void
action_run(struct job_manager *jm, struct job *job)
{
	size_t i;

	for (i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		if (actions[i].state == job->state)
			actions[i].act(jm, job);
}

/* -- answers ------------------------------------------------------------ */

/* All annotations of the job, with sched for its key. New reference. */
static json_t *
annotations_with_new(const struct job *job, json_t *sched_new)
{
	json_t *a =
	    job->annotations ? json_deep_copy(job->annotations) : json_object();

	if (sched_new)
		json_object_set_new(a, "sched", sched_new);
	else
		json_object_del(a, "sched");
	return a;
}

static int
keep_R(struct broker *b, struct job *job, const struct rset *R)
{
	json_t *o = rset_encode(R);
	char *text = o ? json_dumps(o, JSON_COMPACT) : NULL;
	struct rset *own = text ? rset_dup(R) : NULL;
	int r = own ? store_put(b, job->id, "R", text) : -1;

	free(text);
	json_decref(o);
	if (r == 0)
		job_take_R(job, own);
	else
		rset_destroy(own);
	return r;
}

static bool
was_pending(struct broker *b, struct job *job)
{
	if (!job->alloc_pending)
		return false;
	job->alloc_pending = false;
	b->jm->npending--;
	return true;
}

void
job_allocated(struct broker *b, struct job *job, const struct rset *R,
    json_t *annotation_new)
{
	json_t *context = NULL;

	if (!was_pending(b, job))
		log_error(b->log, "job %ju: resources that nobody asked for",
		    (uintmax_t)job->id);
	else if (keep_R(b, job, R) < 0)
		job_raise(b, job, "alloc", 0, "R could not be stored", -1);
	else
		context = json_pack("{s:o}", "annotations",
		    annotations_with_new(job, json_incref(annotation_new)));
	if (context)
		job_post_new(b, job, "alloc", context);
	json_decref(annotation_new);
}

void
job_alloc_denied(struct broker *b, struct job *job, const char *why)
{
	if (was_pending(b, job))
		job_raise(b, job, "alloc", 0, why, -1);
}

void
job_annotate(struct broker *b, struct job *job, json_t *sched_new)
{
	json_t *a = annotations_with_new(job, sched_new);

	if (json_object_size(a) == 0) {
		json_decref(a);
		a = json_null();
	}
	post_volatile_new(
	    b->jm, job, "annotations", json_pack("{s:o}", "annotations", a));
}

void
job_started(struct broker *b, struct job *job)
{
	job_post_new(b, job, "start", NULL);
}

int
job_final_status(const struct job *job, int status)
{
	int s = job->exception_status;

	if (!job->exception_occurred || job->exception_severity != 0)
		return status;
	if (s >= 0)
		return WIFSIGNALED(s) ? (128 + WTERMSIG(s)) << 8 : s;
	return status == 0 ? 256 : status;
}

void
job_finished(struct broker *b, struct job *job, int status, json_t *usage_new)
{
	json_t *o;

	status = job_final_status(job, status);
	o = json_pack("{s:i}", "status", status);
	json_object_update(o, usage_new);
	json_decref(usage_new);
	retry_ended(b->jm, job, status);
	job_post_new(b, job, "finish", o);
}

void
job_released(struct broker *b, struct job *job)
{
	if (job->has_resources)
		give_back(b->jm, job);
}
