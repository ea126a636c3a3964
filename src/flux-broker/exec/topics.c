/* SPDX-License-Identifier: MIT */
/* Topics exec.*, between brokers and for shells, and job-exec.*. */
#include <errno.h>
#include <string.h>

#include "../job-manager/job-manager.h"
#include "../job-manager/job.h"
#include "../store/store.h"
#include "idset.h"
#include "run.h"

static int
shell_request(void *ctx, struct request *req, struct answer *an)
{
	json_int_t id;

	if (request_unpack(req, "{s:I}", "id", &id) < 0)
		return -1;
	return shells_attach(ctx, (uint64_t)id, req, &an->em);
}

static int
barrier_request(void *ctx, struct request *req, struct answer *an)
{
	json_int_t id;

	if (request_unpack(req, "{s:I}", "id", &id) < 0)
		return -1;
	return shells_barrier(ctx, (uint64_t)id, req, &an->em);
}

static int
down_request(void *ctx, struct request *req, struct answer *an)
{
	(void)an;
	return tree_take_commands(
	    ctx, json_object_get(request_json(req), "commands"));
}

static int
report_request(void *ctx, struct request *req, struct answer *an)
{
	(void)an;
	return tree_take_reports(
	    ctx, json_object_get(request_json(req), "reports"));
}

static bool
is_log(const char *key)
{
	static const char *const keys[] = { "guest.output",
		"guest.exec.eventlog", "guest.input" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (strcmp(keys[i], key) == 0)
			return true;
	return false;
}

/* Each line is to be an object; that it is JSON is the shell's duty, and the
 * readers'. */
static bool
are_lines(const char *s)
{
	const char *end;

	for (; *s; s = end + 1)
		if (*s != '{' || !(end = strchr(s, '\n')) || end[-1] != '}')
			return false;
	return true;
}

/* The leader says at its end what all tasks used. */
static void
take_usage(struct run *run, const json_t *o)
{
	json_int_t maxrss;
	double cputime;

	if (json_unpack((json_t *)o, "{s:I s:F}", "maxrss", &maxrss, "cputime",
		&cputime) < 0 ||
	    maxrss < 0 || !(cputime >= 0))
		return;
	run->maxrss = maxrss;
	run->cputime = cputime;
}

/* Lines for the logs of a job that runs. */
static int
log_request(void *ctx, struct request *req, struct answer *an)
{
	struct exec *x = ctx;
	const char *key, *lines;
	json_t *usage = NULL;
	struct job *job;
	json_int_t id;

	if (request_unpack(req, "{s:I s:s s:s s?o}", "id", &id, "key", &key,
		"lines", &lines, "usage", &usage) < 0)
		return -1;
	if (!is_log(key) || !are_lines(lines)) {
		errno = EINVAL;
		return errmsg_set(&an->em, "not the lines of a log");
	}
	if (!(job = job_lookup(x->b, (uint64_t)id)) || !job->exec) {
		errno = ENOENT;
		return errmsg_set(&an->em, "job is not running");
	}
	if (usage)
		take_usage(job->exec, usage);
	return *lines ? store_append(x->b, job->id, key, lines) : 0;
}

static const struct topic exec_topics[] = {
	{ "exec.shell", TOPIC_OWNER | TOPIC_STREAM | TOPIC_LARGE,
	    shell_request },
	{ "exec.barrier", TOPIC_OWNER | TOPIC_LARGE, barrier_request },
	{ "exec.log", TOPIC_OWNER | TOPIC_RANK0 | TOPIC_LARGE, log_request },
	{ "exec.down", TOPIC_OWNER | TOPIC_LARGE, down_request },
	{ "exec.report", TOPIC_OWNER | TOPIC_LARGE, report_request },
	{ 0 },
};

static void
disconnect(void *ctx, const char *sender)
{
	shells_disconnect(ctx, sender);
}

static const struct service exec_service = {
	.name = "exec",
	.topics = exec_topics,
	.disconnect = disconnect,
};

/* Shells that the job, an instance, cannot do without. */
static int
critical_request(void *ctx, struct request *req, struct answer *an)
{
	struct exec *x = ctx;
	const char *text;
	struct idset *ranks;
	struct job *job;
	struct run *run;
	json_int_t id;

	if (request_unpack(req, "{s:I s:s}", "id", &id, "ranks", &text) < 0)
		return -1;
	if (!(job = job_lookup(x->b, (uint64_t)id)) || !(run = job->exec)) {
		errno = ENOENT;
		return -1;
	}
	if (!request_is_owner(req) && request_userid(req) != job->userid) {
		errno = EPERM;
		return errmsg_set(&an->em, "this job is another user's");
	}
	if (!(ranks = idset_decode(text))) {
		errno = EPROTO;
		return -1;
	}
	idset_destroy(run->critical);
	run->critical = ranks;
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

int
topics_register(struct exec *x)
{
	if (service_register(x->b, &exec_service, x) < 0)
		return -1;
	if (x->b->rank == 0)
		return service_register(x->b, &job_exec_service, x);
	return 0;
}
