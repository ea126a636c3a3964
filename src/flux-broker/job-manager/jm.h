/* SPDX-License-Identifier: MIT */
#ifndef JM_H
#define JM_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "../broker.h"
#include "../service.h"
#include "errmsg.h"
#include "fluid.h"
#include "job-manager.h"
#include "job.h"

/*
 * What the files of the job manager share. One file, one concept:
 *
 *   job.c      a job, made and freed            fold.c     event -> state
 *   post.c     append, fold, tell, act          actions.c  state -> action
 *   depend.c   dependencies on other jobs       singleton.c, begin.c
 *   queue.c    queues                           limits.c   policy.limits
 *   raise.c    exceptions, signals              control.c  urgency, memo
 *   update.c   changes of the jobspec           wait.c     job wait
 *   journal.c  stream of all events             idle.c     drain, idle
 *   purge.c    forget inactive jobs             query.c    questions
 *   find.c     jobs by id
 *   record.c   what the store has of a job      topics.c   the service
 *   submitted.c  what was submitted             environments.c  and is shared
 *   spec.c     jobspecs of those that wait
 *   retire.c   inactive jobs leave memory       summary.c  what is kept
 *   restore.c  a start on a statedir        retry.c    failed: run again
 */

struct jobspec;
struct rset;

RB_HEAD(job_tree, job);
TAILQ_HEAD(job_list_head, job);
RB_PROTOTYPE(job_tree, job, by_id, job_compare_id)

struct listener {
	job_event_f cb;
	void *arg;
};

struct purger {
	job_purge_f cb;
	void *arg;
};

struct job_manager {
	struct broker *b;
	struct job_tree jobs;
	struct job_list_head active, inactive;
	size_t nactive, ninactive, npurged;
	size_t nkept;       /* of the inactive ones: in memory */
	size_t most_active; /* since memory was given back */
	size_t npending;    /* alloc requests at the scheduler */
	size_t nrunning;    /* jobs with resources */
	uint64_t max_id;
	double t_epoch; /* of ids: seconds since the epoch */
	struct fluid_generator ids;
	struct listener *listeners;
	int nlisteners;
	struct purger *purgers, *retirers;
	int npurgers, nretirers;
	STAILQ_HEAD(, post) posts; /* folded, not yet told */
	int holding;               /* > 0: posts are told later */
	struct waitlist draining, idling;
	struct queues *queues;
	struct singletons *singletons;
	struct waits *waits;
	struct journal *journal;
	bool quiescing;
	bool restoring; /* dependencies that are noted are taken up again */
};

/* -- job.c ------------------------------------------------------------ */
int job_compare_id(const struct job *a, const struct job *b);
/* A job in state NEW with one reference, in no list. NULL with ENOMEM. */
struct job *job_create(uint64_t id);
/* Take spec (what lists need of it is copied). */
int job_take_spec(struct job *job, struct jobspec *spec);
/* Take R: set before the event alloc is folded. */
void job_take_R(struct job *job, struct rset *R);
/* The environment is not needed once the job has started. */
void job_drop_environment(struct job *job);
/* spec and R of an inactive job. */
void job_drop_spec(struct job *job);

/* -- spec.c ----------------------------------------------------------- */
/* Keep no more of the jobspec of a job in SCHED than what the scheduler needs,
 * if it has long to wait. */
void spec_compact(struct job_manager *jm, struct job *job);
/* Have all of it again. -1 with EINVAL: it cannot be read. */
int spec_expand(struct job_manager *jm, struct job *job);

/* -- post.c ----------------------------------------------------------- */
/* Between hold and release posted events are folded, but told and acted on
 * only at the last release: the lists of jobs do not change meanwhile. */
void post_hold(struct job_manager *jm);
void post_release(struct job_manager *jm);
/* A job that was just made: put it among the active ones. */
void post_admit(struct job_manager *jm, struct job *job);
/* Tell an event that is not stored ("annotations"). */
int post_volatile_new(struct job_manager *jm, struct job *job, const char *name,
    json_t *context_new);

/* -- actions.c -------------------------------------------------------- */
/* Do what the job's state asks for. Called after each event. */
void action_run(struct job_manager *jm, struct job *job);

/* -- raise.c ---------------------------------------------------------- */
struct exception {
	const char *type;
	int severity;
	const char *note; /* NULL = "" */
	uint32_t userid;
	int wait_status; /* -1 = none */
};
int raise_exception(
    struct job_manager *jm, struct job *job, const struct exception *x);
int jm_raise_request(void *ctx, struct request *req, struct answer *an);
int jm_raiseall_request(void *ctx, struct request *req, struct answer *an);
int jm_kill_request(void *ctx, struct request *req, struct answer *an);
int jm_killall_request(void *ctx, struct request *req, struct answer *an);

/* -- depend.c, singleton.c (more in depend.h) --------------------------- */
/* Can these dependencies of a jobspec be had? -1 with EINVAL and em. Changes
 * nothing. */
int depend_check(
    struct job_manager *jm, const struct jobspec *spec, struct errmsg *em);
/* Post dependency-add for each of a job in state NEW. */
int depend_add_all(struct job_manager *jm, struct job *job);
/* Take up again what a job in NEW or DEPEND still waits for. */
int depend_restore(struct job_manager *jm, struct job *job);
/* An event of a job was folded: others may wait for it. */
void depend_event(struct job_manager *jm, struct job *job, const char *name);
void singleton_event(struct job_manager *jm, struct job *job, const char *name);
/* The job is purged. */
void depend_forget(struct job_manager *jm, struct job *job);
int singletons_create(struct job_manager *jm);
void singletons_destroy(struct job_manager *jm);

/* -- queue.c ---------------------------------------------------------- */
int queues_create(struct job_manager *jm);
void queues_destroy(struct job_manager *jm);
/* Their states as in the store. */
void queues_restore(struct job_manager *jm);
/* May jobs be submitted to it (NULL = the anonymous one)? -1 with em. */
int queue_check_submit(
    struct job_manager *jm, const char *name, struct errmsg *em);
int queue_check_name(
    struct job_manager *jm, const char *name, struct errmsg *em);
/* Do jobs of this queue start? */
bool queue_is_started(struct job_manager *jm, const char *name);
/* All queues are stopped for good: the instance ends. */
void queue_stop_all(struct job_manager *jm, const char *reason);
/* The constraint that the queue (or its parent) adds, borrowed array of
 * properties; NULL = none. */
json_t *queue_requires(struct job_manager *jm, const char *name);
int jm_queue_list_request(void *ctx, struct request *req, struct answer *an);
int jm_queue_status_request(void *ctx, struct request *req, struct answer *an);
int jm_queue_enable_request(void *ctx, struct request *req, struct answer *an);
int jm_queue_start_request(void *ctx, struct request *req, struct answer *an);

/* -- limits.c --------------------------------------------------------- */
/* Is spec within policy.limits and the instance's time? queue as the job will
 * have it. */
int limits_check(struct broker *b, const struct jobspec *spec,
    const char *queue, struct errmsg *em);
int limits_check_duration(
    struct broker *b, double duration, const char *queue, struct errmsg *em);
int limits_check_lifetime(struct broker *b, double duration, struct errmsg *em);
/* queues.NAME.PATH, or its parent's, or the top-level one; NULL. path has dots:
 * "policy.limits.duration". */
json_t *policy_lookup(struct broker *b, const char *queue, const char *path);

/* -- control.c, update.c ---------------------------------------------- */
int jm_urgency_request(void *ctx, struct request *req, struct answer *an);
int jm_memo_request(void *ctx, struct request *req, struct answer *an);
int jm_post_event_request(void *ctx, struct request *req, struct answer *an);
int jm_update_request(void *ctx, struct request *req, struct answer *an);

/* -- wait.c ----------------------------------------------------------- */
int waits_create(struct job_manager *jm);
void waits_destroy(struct job_manager *jm);
void wait_event(struct job_manager *jm, struct job *job, const char *name);
void wait_forget(struct job_manager *jm, struct job *job);
void wait_disconnect(struct job_manager *jm, const char *sender);
int jm_wait_request(void *ctx, struct request *req, struct answer *an);

/* -- retry.c ---------------------------------------------------------- */
/* The job has ended, but for its `finish`: run it again if it failed, and asks
 * for that. */
void retry_ended(struct job_manager *jm, struct job *job, int status);

/* -- journal.c -------------------------------------------------------- */
int journal_create(struct job_manager *jm);
void journal_destroy(struct job_manager *jm);
void journal_disconnect(struct job_manager *jm, const char *sender);
int journal_nlisteners(const struct job_manager *jm);
int64_t journal_nevents(const struct job_manager *jm);
int jm_journal_request(void *ctx, struct request *req, struct answer *an);
int jm_journal_cancel_request(
    void *ctx, struct request *req, struct answer *an);

/* -- idle.c ----------------------------------------------------------- */
/* Numbers changed: answer who waits for none to be left. */
void idle_check(struct job_manager *jm);
int jm_drain_request(void *ctx, struct request *req, struct answer *an);
int jm_idle_request(void *ctx, struct request *req, struct answer *an);

/* -- restore.c ----------------------------------------------------------- */
/* Before the end: if the store is to be dumped it gets all that a restart
 * needs. */
void jm_keep(struct job_manager *jm);

/* -- retire.c ----------------------------------------------------------- */
/* The job is at its end: what is only needed of active ones goes. */
void retire_job(struct job_manager *jm, struct job *job);
/* One that is not in memory any more. NULL with ENOENT. */
struct job *retire_recall(struct job_manager *jm, uint64_t id);
/* Send the summaries of all. */
void retire_keep(struct job_manager *jm);

/* -- purge.c, query.c ------------------------------------------------- */
int jm_purge_request(void *ctx, struct request *req, struct answer *an);
int jm_purge_id_request(void *ctx, struct request *req, struct answer *an);
int jm_list_request(void *ctx, struct request *req, struct answer *an);
int jm_getattr_request(void *ctx, struct request *req, struct answer *an);
int jm_getinfo_request(void *ctx, struct request *req, struct answer *an);
int jm_stats_request(void *ctx, struct request *req, struct answer *an);
int jm_history_request(void *ctx, struct request *req, struct answer *an);
int jm_alloc_query_request(void *ctx, struct request *req, struct answer *an);
int jm_resource_status_request(
    void *ctx, struct request *req, struct answer *an);

/* -- topics.c --------------------------------------------------------- */
/* The job named by key "id" of the request that was unpacked: NULL with ENOENT
 * and em `unknown job id`. */
struct job *request_job(
    struct job_manager *jm, json_int_t id, struct errmsg *em);
/* May the requester act on it? -1 with EPERM and text. */
int request_owns(struct request *req, const struct job *job, struct errmsg *em,
    const char *text);

#endif
