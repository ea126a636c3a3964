/* SPDX-License-Identifier: MIT */
/*
 * job wait: whoever submitted a job with flag waitable can collect its result
 * once. A waitable job is waited for by at most one request by its id, or by
 * any of the requests for whichever ends first; ended and not yet collected,
 * it is kept in a list.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "jm.h"

/* Each waitable job has one until its result was collected. */
struct wait {
	TAILQ_ENTRY(wait) next;  /* in done, once it has ended */
	LIST_ENTRY(wait) by_req; /* in asked, if req */
	struct job *job;
	struct request *req; /* who waits for this very job; NULL */
	bool has_ended;
};

struct waits {
	TAILQ_HEAD(, wait) done; /* in the order in which they ended */
	LIST_HEAD(, wait) asked; /* those that a request waits for by id */
	struct waitlist any;     /* requests for whichever ends */
	size_t nany;
	size_t nrunning; /* waitable, not ended, nobody waits by id */
};

int
waits_create(struct job_manager *jm)
{
	struct waits *ws = calloc(1, sizeof(*ws));

	if (!ws)
		return -1;
	TAILQ_INIT(&ws->done);
	LIST_INIT(&ws->asked);
	jm->waits = ws;
	return 0;
}

void
waits_destroy(struct job_manager *jm)
{
	if (!jm->waits)
		return;
	waitlist_fail_all(&jm->waits->any, ENOSYS, NULL);
	free(jm->waits);
	jm->waits = NULL;
}

/* Why it failed, in words; "" = success. */
static const char *
reason(const struct job *job, char *buf, size_t size)
{
	int s = job->waitstatus, code = WEXITSTATUS(s);

	if (job->exception_occurred && job->exception_severity == 0)
		snprintf(buf, size, "Fatal exception type=%s %s",
		    job->exception_type, job->exception_note);
	else if (WIFSIGNALED(s))
		snprintf(buf, size, "job shell %s", strsignal(WTERMSIG(s)));
	else if (code > 128)
		snprintf(buf, size, "task(s) %s", strsignal(code - 128));
	else if (code)
		snprintf(buf, size, "task(s) exited with exit code %d", code);
	else
		buf[0] = '\0';
	return buf;
}

static json_t *
result_of(const struct job *job)
{
	char buf[1024];
	const char *why = reason(job, buf, sizeof(buf));

	return json_pack("{s:I s:b s:s}", "id", (json_int_t)job->id, "success",
	    why[0] == '\0', "errstr", why);
}

static void
collect(struct job_manager *jm, struct wait *w)
{
	if (w->has_ended)
		TAILQ_REMOVE(&jm->waits->done, w, next);
	if (w->req)
		LIST_REMOVE(w, by_req);
	w->job->wait = NULL;
	request_unref(w->req);
	free(w);
}

static void
begin(struct job_manager *jm, struct job *job)
{
	struct wait *w = calloc(1, sizeof(*w));

	if (!w)
		return;
	w->job = job;
	job->wait = w;
	jm->waits->nrunning++;
}

static void
end(struct job_manager *jm, struct wait *w)
{
	struct waits *ws = jm->waits;
	struct waiter *any = ws->any.first;

	if (w->req) {
		request_respond_new(w->req, result_of(w->job));
		collect(jm, w);
		return;
	}
	ws->nrunning--;
	if (any) {
		request_respond_new(any->req, result_of(w->job));
		waitlist_remove(&ws->any, any);
		ws->nany--;
		collect(jm, w);
		return;
	}
	w->has_ended = true;
	TAILQ_INSERT_TAIL(&ws->done, w, next);
}

void
wait_event(struct job_manager *jm, struct job *job, const char *name)
{
	if (!(job->flags & JOB_WAITABLE))
		return;
	if (strcmp(name, "submit") == 0)
		begin(jm, job);
	else if (strcmp(name, "clean") == 0 && job->wait)
		end(jm, job->wait);
}

void
wait_forget(struct job_manager *jm, struct job *job)
{
	struct wait *w = job->wait;

	if (!w)
		return;
	if (w->req)
		request_fail(w->req, ECHILD, NULL);
	else if (!w->has_ended)
		jm->waits->nrunning--;
	collect(jm, w);
}

void
wait_disconnect(struct job_manager *jm, const char *sender)
{
	struct waits *ws = jm->waits;
	struct wait *w, *next;
	struct waiter *any;

	waitlist_disconnect(&ws->any, sender, NULL);
	ws->nany = 0;
	for (any = ws->any.first; any; any = any->next)
		ws->nany++;
	LIST_FOREACH_SAFE(w, &ws->asked, by_req, next)
	{
		if (strcmp(request_sender(w->req), sender) != 0)
			continue;
		LIST_REMOVE(w, by_req);
		request_unref(w->req);
		w->req = NULL;
		ws->nrunning++;
	}
}

static int
wait_any(struct job_manager *jm, struct request *req, struct answer *an)
{
	struct waits *ws = jm->waits;
	struct wait *w = TAILQ_FIRST(&ws->done);

	if (w) {
		an->json = result_of(w->job);
		collect(jm, w);
		return 0;
	}
	if (ws->nany >= ws->nrunning) {
		errno = ECHILD;
		return errmsg_set(&an->em, "there are no more waitable jobs");
	}
	if (waitlist_add(&ws->any, req, NULL) < 0)
		return -1;
	ws->nany++;
	return ANSWER_LATER;
}

static int
wait_one(struct job_manager *jm, struct job *job, struct request *req,
    struct answer *an)
{
	struct wait *w = job ? job->wait : NULL;

	errno = ECHILD;
	if (!job || (!w && job->state == JOB_INACTIVE))
		return errmsg_set(&an->em, "invalid job id, or job may be "
					   "inactive and not waitable");
	if (!w)
		return errmsg_set(
		    &an->em, "job was not submitted with FLUX_JOB_WAITABLE");
	if (w->req)
		return errmsg_set(&an->em, "job id already has a waiter");
	if (w->has_ended) {
		an->json = result_of(job);
		collect(jm, w);
		return 0;
	}
	w->req = request_ref(req);
	LIST_INSERT_HEAD(&jm->waits->asked, w, by_req);
	jm->waits->nrunning--;
	request_settle(req);
	return ANSWER_LATER;
}

int
jm_wait_request(void *ctx, struct request *req, struct answer *an)
{
	struct job_manager *jm = ctx;
	json_int_t id;

	if (request_unpack(req, "{s:I}", "id", &id) < 0)
		return errmsg_set(&an->em, "malformed wait request");
	if (id == -1)
		return wait_any(jm, req, an);
	return wait_one(jm, job_lookup(jm->b, id), req, an);
}
