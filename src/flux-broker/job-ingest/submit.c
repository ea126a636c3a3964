/* SPDX-License-Identifier: MIT */
/*
 * job-ingest.submit: unwrap the signed jobspec, check it from all sides, and
 * give it to the job manager. The answer is the id; the job is stored by then.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../broker.h"
#include "../job-manager/environments.h"
#include "../job-manager/job-manager.h"
#include "../job-manager/job.h"
#include "../sched/sched.h"
#include "../service.h"
#include "../store/store.h"
#include "ingest.h"
#include "jobspec.h"
#include "last.h"
#include "unwrap.h"

struct ack {
	struct request *req;
	uint64_t id;
};

static int
fail(struct errmsg *em, int errnum, const char *text)
{
	errno = errnum;
	return errmsg_set(em, "%s", text);
}

static int
check_flags(const struct submission *s, struct errmsg *em)
{
	if (s->flags & ~(JOB_DEBUG | JOB_WAITABLE | JOB_NOVALIDATE))
		return fail(em, EPROTO, "invalid job flags");
	if (s->urgency < JOB_URGENCY_HOLD || s->urgency > JOB_URGENCY_EXPEDITE)
		return fail(em, EINVAL, "urgency range is [0:31]");
	return 0;
}

static int
check_guest(const struct submission *s, struct errmsg *em)
{
	if (s->urgency > JOB_URGENCY_DEFAULT)
		return fail(em, EINVAL,
		    "only the instance owner can submit with urgency >16");
	if (s->flags & JOB_WAITABLE)
		return fail(em, EINVAL,
		    "only the instance owner can submit "
		    "with FLUX_JOB_WAITABLE");
	if (s->flags & JOB_NOVALIDATE)
		return fail(em, EPERM,
		    "only the instance owner can submit "
		    "with FLUX_JOB_NOVALIDATE");
	return 0;
}

static int
check_signer(struct request *req, uint32_t signer, struct errmsg *em)
{
	struct broker *b = request_broker(req);
	uint32_t userid = request_userid(req);

	errno = EPERM;
	if (signer != userid)
		return errmsg_set(
		    em, "signer=%u != requestor=%u", signer, userid);
	if (!request_is_owner(req))
		return errmsg_set(
		    em, "only instance owner can use sign-type=none");
	if (userid == 0 && b->owner != 0)
		return errmsg_set(
		    em, "submission of jobs as user root not supported");
	return 0;
}

/* Is plugin `name` among ingest.validator.plugins? */
static bool
has_validator(struct broker *b, const char *name)
{
	json_t *v = json_object_get(b->config, "ingest"), *o;
	size_t i;

	v = json_object_get(json_object_get(v, "validator"), "plugins");
	json_array_foreach(v, i, o)
		if (json_is_string(o) &&
		    strcmp(json_string_value(o), name) == 0)
			return true;
	return false;
}

/* Complete and check: what the job will be. NULL with em. */
static struct jobspec *
accept_spec(struct broker *b, json_t *o, bool *changed, struct errmsg *em)
{
	struct jobspec *spec;

	if (ingest_complete(b, o, changed, em) < 0)
		return NULL;
	if (!(spec = jobspec_decode(o, em))) {
		errno = EPERM; /* as the reference's validator */
		return NULL;
	}
	if (ingest_check_constraints(b, spec->constraints, em) == 0 &&
	    job_submit_check(b, spec, em) == 0 &&
	    (!has_validator(b, "feasibility") ||
		sched_feasible(b, spec, em) == 0))
		return spec;
	jobspec_destroy(spec);
	return NULL;
}

/* The text that is stored if it is not just what was sent: without the
 * environment, which may be secret and is mostly the largest part. */
static char *
stored_text(const struct jobspec *spec)
{
	json_t *env = json_incref(spec->environment);
	char *text;

	if (env)
		json_object_del(spec->system, "environment");
	text = json_dumps(spec->json, JSON_COMPACT);
	if (env)
		json_object_set_new(spec->system, "environment", env);
	return text;
}

/* The answer waits until the job is on the disk. */
static void
acknowledge(void *arg, int errnum)
{
	struct ack *ack = arg;
	struct broker *b = request_broker(ack->req);
	struct job *job;
	char text[40];

	if (errnum == 0) {
		snprintf(
		    text, sizeof(text), "{\"id\":%ju}", (uintmax_t)ack->id);
		request_respond_text(ack->req, text);
	} else {
		request_fail(ack->req, errnum, "the job cannot be stored");
		if ((job = job_lookup(b, ack->id)))
			job_raise(b, job, "store", 0,
			    "it was refused, as it cannot be stored", -1);
	}
	request_unref(ack->req);
	free(ack);
}

static int
answer_when_stored(struct request *req, uint64_t id)
{
	struct ack *ack = calloc(1, sizeof(*ack));

	if (!ack)
		return -1;
	ack->req = request_ref(req);
	ack->id = id;
	if (store_sync(request_broker(req), acknowledge, ack) < 0)
		acknowledge(ack, ENOMEM);
	return ANSWER_LATER;
}

/* What the job is to be, of what was sent. */
static int
accept_submission(struct request *req, struct unwrapped *u,
    struct submission *s, struct errmsg *em)
{
	struct broker *b = request_broker(req);
	bool changed;

	if (unwrap_J(b, u, em) < 0 || check_signer(req, u->signer, em) < 0 ||
	    unwrap_jobspec(b, u, em) < 0 ||
	    !(s->spec = accept_spec(b, u->jobspec, &changed, em)))
		return -1;
	if (changed && !(s->jobspec_text = stored_text(s->spec))) {
		jobspec_destroy(s->spec);
		return fail(em, ENOMEM, "out of memory");
	}
	if (!u->sent.shared)
		environments_learn(b, u->payload, u->sent.len);
	s->sent = &u->sent;
	return 0;
}

static int
submit_request(void *ctx, struct request *req, struct answer *an)
{
	struct broker *b = ctx;
	struct submission s = { .userid = request_userid(req) };
	struct unwrapped u;
	uint64_t id;
	int r;

	if (unwrap_request(req, &u, &an->em) < 0)
		return -1;
	s.urgency = u.urgency;
	s.flags = u.flags;
	if (store_check(b, &an->em) < 0 || check_flags(&s, &an->em) < 0 ||
	    (!request_is_owner(req) && check_guest(&s, &an->em) < 0))
		return -1;
	r = accept_submission(req, &u, &s, &an->em);
	if (r == 0)
		r = job_submit(b, &s, &id);
	free(s.jobspec_text);
	unwrap_fini(&u);
	return r == 0 ? answer_when_stored(req, id) : r;
}

static const struct topic topics[] = {
	{ "job-ingest.submit", TOPIC_USER | TOPIC_LARGE, submit_request },
	{ NULL, 0, NULL },
};

static const struct service job_ingest = {
	.name = "job-ingest",
	.topics = topics,
};

int
job_ingest_create(struct broker *b)
{
	if (last_create(b) < 0)
		return -1;
	return service_register(b, &job_ingest, b);
}

void
job_ingest_destroy(struct broker *b)
{
	last_destroy(b);
}
