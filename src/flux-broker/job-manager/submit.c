/* SPDX-License-Identifier: MIT */
/*
 * A new job: id, record in the store, and its first events, submit,
 * dependency-add and validate.
 */
#include <errno.h>

#include "../store/store.h"
#include "environments.h"
#include "eventlog.h"
#include "jm.h"
#include "jobspec.h"
#include "submitted.h"

static uint64_t
next_id(struct job_manager *jm)
{
	double ms = (event_now() - jm->t_epoch) * 1000;

	return fluid_next(&jm->ids, ms > 0 ? (uint64_t)ms : 0);
}

int
job_submit_check(
    struct broker *b, const struct jobspec *spec, struct errmsg *em)
{
	if (queue_check_submit(b->jm, spec->queue, em) < 0 ||
	    limits_check(b, spec, spec->queue, em) < 0 ||
	    depend_check(b->jm, spec, em) < 0)
		return -1;
	return 0;
}

json_t *
job_queue_requires(struct broker *b, const char *queue)
{
	return queue ? queue_requires(b->jm, queue) : NULL;
}

static int
post_first(struct job_manager *jm, struct job *job, struct submission *s)
{
	if (job_post_new(jm->b, job, "submit",
		json_pack("{s:I s:i s:i s:i}", "userid", (json_int_t)s->userid,
		    "urgency", s->urgency, "flags", s->flags, "version", 1)) <
		0 ||
	    depend_add_all(jm, job) < 0 ||
	    job_post_new(jm->b, job, "validate", NULL) < 0)
		return -1;
	return 0;
}

/* A job that cannot even be begun ends by an exception: its submit may have
 * been told already. */
int
job_submit(struct broker *b, struct submission *s, uint64_t *id)
{
	struct job_manager *jm = b->jm;
	struct job *job = job_create(next_id(jm));
	int r;

	if (!job || job_take_spec(job, s->spec) < 0 ||
	    submitted_put(b, job->id, s->sent) < 0 ||
	    (s->jobspec_text &&
		store_put(b, job->id, "jobspec", s->jobspec_text) < 0)) {
		if (job)
			store_remove(b, job->id);
		if (!job || job->spec != s->spec)
			jobspec_destroy(s->spec);
		job_unref(job);
		errno = ENOMEM;
		return -1;
	}
	job->shared_env = shared_env_ref(s->sent->shared);
	post_admit(jm, job);
	post_hold(jm);
	r = post_first(jm, job, s);
	if (r < 0)
		job_raise(b, job, "submit", 0, "out of memory", -1);
	post_release(jm);
	*id = job->id;
	return 0;
}
