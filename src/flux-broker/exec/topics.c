/* SPDX-License-Identifier: MIT */
/*
 * Topics exec.* (every rank: between brokers, and of the shells), and
 * job-exec.critical-ranks (rank 0: of child instances).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../broker.h"
#include "../job-manager/job-manager.h"
#include "../job-manager/job.h"
#include "../overlay.h"
#include "../store/store.h"
#include "state.h"

/* These come from the parent in the tree only. */
static int
from_tree(void *ctx, struct request *req,
    void (*act)(struct exec *ex, json_t *payload))
{
	json_t *o = (json_t *)request_json(req);

	if (!o) {
		errno = EPROTO;
		return -1;
	}
	act(ctx, o);
	return 0;
}

static int
launch_request(void *ctx, struct request *req, struct answer *an)
{
	(void)an;
	return from_tree(ctx, req, branch_launch);
}

static int
kill_request(void *ctx, struct request *req, struct answer *an)
{
	(void)an;
	return from_tree(ctx, req, branch_kill);
}

static int
release_request(void *ctx, struct request *req, struct answer *an)
{
	(void)an;
	return from_tree(ctx, req, branch_release);
}

static int
report_request(void *ctx, struct request *req, struct answer *an)
{
	(void)an;
	if (!request_json(req)) {
		errno = EPROTO;
		return -1;
	}
	branch_report(ctx, request_json(req));
	return 0;
}

static bool
is_log_key(const char *key)
{
	return strcmp(key, "guest.output") == 0 ||
	       strcmp(key, "guest.input") == 0 ||
	       strcmp(key, "guest.exec.eventlog") == 0;
}

/* Lines of a shell for the job's logs. */
static int
log_request(void *ctx, struct request *req, struct answer *an)
{
	struct exec *ex = ctx;
	const char *key, *lines;
	struct job *job;
	json_int_t id;
	size_t len;

	if (request_unpack(req, "{s:I s:s s:s}", "id", &id, "key", &key,
		"lines", &lines) < 0)
		return -1;
	len = strlen(lines);
	if (!is_log_key(key) || len == 0 || lines[len - 1] != '\n') {
		errno = EPROTO;
		return -1;
	}
	job = job_lookup(ex->b, (uint64_t)id);
	if (!job || !job->exec) {
		errno = ENOENT;
		return errmsg_set(&an->em, "job is not running");
	}
	return store_append(ex->b, (uint64_t)id, key, lines);
}

static const struct topic exec_topics[] = {
	{ "exec.launch", TOPIC_OWNER, launch_request },
	{ "exec.kill", TOPIC_OWNER, kill_request },
	{ "exec.release", TOPIC_OWNER, release_request },
	{ "exec.report", TOPIC_OWNER, report_request },
	{ "exec.shell", TOPIC_OWNER | TOPIC_STREAM, shell_request },
	{ "exec.barrier", TOPIC_OWNER, barrier_request },
	{ "exec.log", TOPIC_OWNER | TOPIC_RANK0, log_request },
	{ 0 },
};

static void
disconnect(void *ctx, const char *sender)
{
	shell_disconnected(ctx, sender);
}

static const struct service exec_service = {
	.name = "exec",
	.topics = exec_topics,
	.disconnect = disconnect,
};

/* A child instance says which of its ranks it cannot do without. All are: a
 * lost node ends the job. */
static int
critical_request(void *ctx, struct request *req, struct answer *an)
{
	struct exec *ex = ctx;
	const char *ranks;
	json_int_t id;

	(void)an;
	if (request_unpack(req, "{s:I s:s}", "id", &id, "ranks", &ranks) < 0)
		return -1;
	if (!job_lookup(ex->b, (uint64_t)id)) {
		errno = ENOENT;
		return -1;
	}
	return 0;
}

static const struct topic job_exec_topics[] = {
	{ "job-exec.critical-ranks", TOPIC_USER, critical_request },
	{ 0 },
};

static const struct service job_exec_service = {
	.name = "job-exec",
	.topics = job_exec_topics,
};

static void
overlay_cb(void *arg, const struct idset *ranks, bool is_up)
{
	struct exec *ex = arg;

	if (!is_up && ex->b->rank == 0 && !ex->ending)
		run_lost(ex, ranks);
}

int
exec_create(struct broker *b)
{
	struct exec *ex = calloc(1, sizeof(*ex));

	if (!ex)
		return -1;
	ex->b = b;
	b->exec = ex;
	RB_INIT(&ex->runs);
	branch_init(ex);
	if (service_register(b, &exec_service, ex) < 0 ||
	    overlay_on_change(b->overlay, overlay_cb, ex) < 0)
		return -1;
	return b->rank == 0 ? service_register(b, &job_exec_service, ex) : 0;
}

void
exec_destroy(struct broker *b)
{
	struct exec *ex = b->exec;

	if (!ex)
		return;
	ex->ending = true;
	run_fini(ex);
	forkserver_stop(ex);
	branch_fini(ex);
	free(ex);
	b->exec = NULL;
}
