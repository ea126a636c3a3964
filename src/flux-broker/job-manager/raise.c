/* SPDX-License-Identifier: MIT */
/*
 * Exceptions and signals, of one job or of all that match: raise, raiseall,
 * kill, killall. Cancel is an exception of type cancel, severity 0.
 */
#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "../events.h"
#include "../exec/exec.h"
#include "jm.h"

/* {"id","type","severity"} to all of the instance: shells of the job, tools. */
static void
publish(
    struct job_manager *jm, const struct job *job, const struct exception *x)
{
	json_t *o = json_pack("{s:I s:s s:i}", "id", (json_int_t)job->id,
	    "type", x->type, "severity", x->severity);

	if (o && x->wait_status >= 0)
		json_object_set_new(
		    o, "wait_status", json_integer(x->wait_status));
	events_publish_new(jm->b, "job-exception", MSG_PRIVATE, o);
}

int
raise_exception(
    struct job_manager *jm, struct job *job, const struct exception *x)
{
	json_t *c = json_pack("{s:s s:i s:s s:I}", "type", x->type, "severity",
	    x->severity, "note", x->note ? x->note : "", "userid",
	    (json_int_t)x->userid);

	if (!c) {
		errno = EINVAL; /* text that is not UTF-8 */
		return -1;
	}
	if (x->wait_status >= 0)
		json_object_set_new(
		    c, "wait_status", json_integer(x->wait_status));
	if (job_post_new(jm->b, job, "exception", c) < 0)
		return -1;
	publish(jm, job, x);
	return 0;
}

int
job_raise(struct broker *b, struct job *job, const char *type, int severity,
    const char *note, int wait_status)
{
	struct exception x = { .type = type,
		.severity = severity,
		.note = note,
		.userid = b->owner,
		.wait_status = wait_status };

	return raise_exception(b->jm, job, &x);
}

static int
check_exception(const struct exception *x, struct errmsg *em)
{
	const char *p = x->type;

	errno = EPROTO;
	if (x->severity < 0 || x->severity > 7)
		return errmsg_set(em, "invalid exception severity");
	if (!*p)
		return errmsg_set(em, "invalid exception type");
	for (; *p; p++)
		if (isspace((unsigned char)*p) || *p == '=')
			return errmsg_set(em, "invalid exception type");
	return 0;
}

int
jm_raise_request(void *ctx, struct request *req, struct answer *an)
{
	struct exception x = { .userid = request_userid(req),
		.wait_status = -1 };
	struct job_manager *jm = ctx;
	struct job *job;
	json_int_t id;

	if (request_unpack(req, "{s:I s:i s:s s?s s?i}", "id", &id, "severity",
		&x.severity, "type", &x.type, "note", &x.note, "wait_status",
		&x.wait_status) < 0 ||
	    check_exception(&x, &an->em) < 0 ||
	    !(job = request_job(jm, id, &an->em)) ||
	    request_owns(req, job, &an->em,
		"guests can only raise exceptions on their own jobs") < 0)
		return -1;
	if (job->state == JOB_INACTIVE) {
		errno = ENOENT;
		return errmsg_set(&an->em, "job is inactive");
	}
	return raise_exception(jm, job, &x);
}

/* Which jobs raiseall and killall mean. */
struct selection {
	int dry_run;
	json_int_t userid; /* -1 or 4294967295 = all */
	int states;
};

static int
check_selection(struct request *req, struct selection *sel, struct errmsg *em)
{
	if (sel->userid == -1)
		sel->userid = USERID_UNKNOWN;
	if (request_is_owner(req) || sel->userid == request_userid(req))
		return 0;
	errno = EPERM;
	return errmsg_set(em, "guests can only %s their own jobs",
	    sel->states == JOB_RUN ? "kill" : "raise exceptions on");
}

static bool
selects(const struct selection *sel, const struct job *job)
{
	return (sel->states & job->state & JOB_ACTIVE) &&
	       (sel->userid == USERID_UNKNOWN || sel->userid == job->userid);
}

static json_t *
counts(int count, int errors)
{
	return json_pack("{s:i s:i}", "count", count, "errors", errors);
}

int
jm_raiseall_request(void *ctx, struct request *req, struct answer *an)
{
	struct exception x = { .userid = request_userid(req),
		.wait_status = -1 };
	struct job_manager *jm = ctx;
	struct selection sel;
	struct job *job;
	int count = 0, errors = 0;

	if (request_unpack(req, "{s:b s:I s:i s:i s:s s?s}", "dry_run",
		&sel.dry_run, "userid", &sel.userid, "states", &sel.states,
		"severity", &x.severity, "type", &x.type, "note", &x.note) < 0)
		return errmsg_set(&an->em, "error decoding request");
	if (check_exception(&x, &an->em) < 0 ||
	    check_selection(req, &sel, &an->em) < 0)
		return -1;
	post_hold(jm);
	TAILQ_FOREACH(job, &jm->active, by_age) {
		if (!selects(&sel, job))
			continue;
		count++;
		if (!sel.dry_run && raise_exception(jm, job, &x) < 0)
			errors++;
	}
	post_release(jm);
	an->json = counts(count, errors);
	return 0;
}

static int
check_signal(int signum, struct errmsg *em)
{
	if (signum > 0 && signum <= SIGRTMAX)
		return 0;
	errno = EINVAL;
	return errmsg_set(em, "Invalid signal number");
}

int
jm_kill_request(void *ctx, struct request *req, struct answer *an)
{
	struct job_manager *jm = ctx;
	struct job *job;
	json_int_t id;
	int signum;

	if (request_unpack(req, "{s:I s:i}", "id", &id, "signum", &signum) < 0)
		return errmsg_set(&an->em, "error decoding request");
	if (check_signal(signum, &an->em) < 0)
		return -1;
	job = job_lookup(jm->b, id);
	if (job && request_owns(req, job, &an->em,
		       "guests may only send signals to their own jobs") < 0)
		return -1;
	errno = EINVAL;
	if (!job)
		return errmsg_set(&an->em, "unknown job id");
	if (job->state == JOB_INACTIVE)
		return errmsg_set(&an->em, "job is inactive");
	if (job->state != JOB_RUN)
		return errmsg_set(&an->em, "job is not running");
	exec_kill(jm->b, job, signum);
	return 0;
}

int
jm_killall_request(void *ctx, struct request *req, struct answer *an)
{
	struct job_manager *jm = ctx;
	struct selection sel = { .states = JOB_RUN };
	struct job *job;
	int signum, count = 0;

	if (request_unpack(req, "{s:b s:I s:i}", "dry_run", &sel.dry_run,
		"userid", &sel.userid, "signum", &signum) < 0)
		return errmsg_set(&an->em, "error decoding request");
	if (check_signal(signum, &an->em) < 0 ||
	    check_selection(req, &sel, &an->em) < 0)
		return -1;
	post_hold(jm);
	TAILQ_FOREACH(job, &jm->active, by_age) {
		if (!selects(&sel, job))
			continue;
		count++;
		if (!sel.dry_run)
			exec_kill(jm->b, job, signum);
	}
	post_release(jm);
	an->json = counts(count, 0);
	return 0;
}
