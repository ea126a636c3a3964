/* SPDX-License-Identifier: MIT */
/*
 * The service job-manager: its topics, its beginning and its end.
 */
#include <errno.h>
#include <stdlib.h>

#include "../lifecycle.h"
#include "../log.h"
#include "../store/store.h"
#include "jm.h"

struct job *
request_job(struct job_manager *jm, json_int_t id, struct errmsg *em)
{
	struct job *job = job_lookup(jm->b, (uint64_t)id);

	if (!job) {
		errmsg_set(em, "unknown job id");
		errno = ENOENT;
	}
	return job;
}

int
request_owns(struct request *req, const struct job *job, struct errmsg *em,
    const char *text)
{
	if (request_is_owner(req) || request_userid(req) == job->userid)
		return 0;
	errno = EPERM;
	return errmsg_set(em, "%s", text);
}

/* There are no plugins: what the reference has as plugins is built in. */
static int
jobtap_request(void *ctx, struct request *req, struct answer *an)
{
	int query = 0;

	(void)ctx;
	if (request_unpack(req, "{s?b}", "query_only", &query) < 0)
		return -1;
	if (!query) {
		errno = ENOSYS;
		return errmsg_set(&an->em, "jobtap plugins are not supported");
	}
	an->json = json_pack("{s:[]}", "plugins");
	return 0;
}

static int
jobtap_query_request(void *ctx, struct request *req, struct answer *an)
{
	const char *name;

	(void)ctx;
	if (request_unpack(req, "{s:s}", "name", &name) < 0)
		return -1;
	errno = EINVAL;
	return errmsg_set(&an->em, "%s: plugin not found", name);
}

/* Resources go straight back to the scheduler: nothing is ever in there. */
static int
housekeeping_kill_request(void *ctx, struct request *req, struct answer *an)
{
	int signum;

	(void)ctx;
	(void)an;
	return request_unpack(req, "{s:i}", "signum", &signum);
}

static const struct topic topics[] = {
	{ "job-manager.raise", TOPIC_USER, jm_raise_request },
	{ "job-manager.raiseall", TOPIC_USER, jm_raiseall_request },
	{ "job-manager.kill", TOPIC_USER, jm_kill_request },
	{ "job-manager.killall", TOPIC_USER, jm_killall_request },
	{ "job-manager.urgency", TOPIC_USER, jm_urgency_request },
	{ "job-manager.memo", TOPIC_USER, jm_memo_request },
	{ "job-manager.update", TOPIC_USER, jm_update_request },
	{ "job-manager.wait", TOPIC_OWNER, jm_wait_request },
	{ "job-manager.drain", TOPIC_OWNER, jm_drain_request },
	{ "job-manager.idle", TOPIC_OWNER, jm_idle_request },
	{ "job-manager.queue-list", TOPIC_USER, jm_queue_list_request },
	{ "job-manager.queue-status", TOPIC_USER, jm_queue_status_request },
	{ "job-manager.queue-enable", TOPIC_OWNER, jm_queue_enable_request },
	{ "job-manager.queue-start", TOPIC_OWNER, jm_queue_start_request },
	{ "job-manager.alloc-query", TOPIC_USER, jm_alloc_query_request },
	{ "job-manager.resource-status", TOPIC_OWNER,
	    jm_resource_status_request },
	{ "job-manager.getinfo", TOPIC_USER, jm_getinfo_request },
	{ "job-manager.stats-get", TOPIC_USER, jm_stats_request },
	{ "job-manager.list", TOPIC_OWNER, jm_list_request },
	{ "job-manager.getattr", TOPIC_USER, jm_getattr_request },
	{ "job-manager.history.get", TOPIC_USER, jm_history_request },
	{ "job-manager.purge", TOPIC_OWNER, jm_purge_request },
	{ "job-manager.purge-id", TOPIC_OWNER, jm_purge_id_request },
	{ "job-manager.events-journal", TOPIC_OWNER, jm_journal_request },
	{ "job-manager.events-journal-cancel", TOPIC_OWNER,
	    jm_journal_cancel_request },
	{ "job-manager.post-event.post", TOPIC_OWNER, jm_post_event_request },
	{ "job-manager.jobtap", TOPIC_OWNER, jobtap_request },
	{ "job-manager.jobtap-query", TOPIC_OWNER, jobtap_query_request },
	{ "job-manager.housekeeping-kill", TOPIC_OWNER,
	    housekeeping_kill_request },
	{ NULL, 0, NULL },
};

static void
job_manager_disconnect(void *ctx, const char *sender)
{
	struct job_manager *jm = ctx;

	waitlist_disconnect(&jm->draining, sender, NULL);
	waitlist_disconnect(&jm->idling, sender, NULL);
	wait_disconnect(jm, sender);
	journal_disconnect(jm, sender);
}

static const struct service job_manager_service = {
	.name = "job-manager",
	.topics = topics,
	.disconnect = job_manager_disconnect,
};

int
job_manager_create(struct broker *b)
{
	struct job_manager *jm = calloc(1, sizeof(*jm));

	if (!jm)
		return -1;
	b->jm = jm;
	jm->b = b;
	RB_INIT(&jm->jobs);
	TAILQ_INIT(&jm->active);
	TAILQ_INIT(&jm->inactive);
	STAILQ_INIT(&jm->posts);
	jm->ids.generator = b->rank;
	jm->t_epoch = b->t_start;
	if (queues_create(jm) < 0 || singletons_create(jm) < 0 ||
	    waits_create(jm) < 0 || journal_create(jm) < 0)
		return -1;
	return service_register(b, &job_manager_service, jm);
}

void
job_manager_destroy(struct broker *b)
{
	struct job_manager *jm = b->jm;
	struct job *job, *next;

	if (!jm)
		return;
	RB_FOREACH_SAFE(job, job_tree, &jm->jobs, next) {
		depend_forget(jm, job);
		wait_forget(jm, job);
		RB_REMOVE(job_tree, &jm->jobs, job);
		job_unref(job);
	}
	journal_destroy(jm);
	waits_destroy(jm);
	singletons_destroy(jm);
	queues_destroy(jm);
	waitlist_fail_all(&jm->draining, ENOSYS, NULL);
	waitlist_fail_all(&jm->idling, ENOSYS, NULL);
	free(jm->listeners);
	free(jm->purgers);
	free(jm->retirers);
	free(jm);
	b->jm = NULL;
}

/*
 * The instance ends: nothing new starts, what is there is cancelled, and
 * idle_check tells the broker when the last job has ended. With a statedir only
 * what has resources: the others wait for the next start.
 */
void
job_manager_quiesce(struct broker *b)
{
	struct job_manager *jm = b->jm;
	struct job *job;

	jm->quiescing = true;
	if (store_is_read_only(b)) {
		idle_check(jm);
		return;
	}
	jm_keep(jm);
	queue_stop_all(jm, "the instance is shutting down");
	post_hold(jm);
	TAILQ_FOREACH(job, &jm->active, by_age)
		if (job->state != JOB_CLEANUP &&
		    (job->has_resources || !store_is_durable(b)))
			job_raise(b, job, "cancel", 0,
			    "instance is shutting down", -1);
	post_release(jm);
	idle_check(jm);
}
