/* SPDX-License-Identifier: MIT */
/*
 * Jobs that are run again when they fail: attributes.system.retry.max says how
 * often. The new job is made of the jobspec of the one before; what it has of
 * its own is in attributes.system.retry,
 *     {"max":3,"count":2,"of":"ƒTHE-ONE-BEFORE","first":"ƒTHE-FIRST"}
 * and both get a memo: the new one this object, the old one {"next":"ƒNEW"}.
 * That memo is posted before the old one's `finish`, so that who follows it
 * knows by then; and it keeps a job from being run again twice by a broker
 * that starts on its statedir.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../log.h"
#include "fold.h"
#include "jm.h"
#include "jobspec.h"
#include "record.h"
#include "sharedenv.h"
#include "signedspec.h"
#include "submitted.h"

static json_t *
retry_of(const struct job *job)
{
	return job->spec ? json_object_get(job->spec->system, "retry") : NULL;
}

static bool
was_retried(const struct job *job)
{
	json_t *user = json_object_get(job->annotations, "user");

	return json_object_get(json_object_get(user, "retry"), "next") != NULL;
}

/* Is it one that failed, and may be run again? */
static bool
is_due(const struct job_manager *jm, const struct job *job, int status)
{
	json_int_t max = 0, count = 0;

	if (!retry_of(job) || jm->quiescing || was_retried(job) ||
	    fold_result(job, status) != JOB_FAILED)
		return false;
	json_unpack(retry_of(job), "{s?I s?I}", "max", &max, "count", &count);
	return count >= 0 && count < max;
}

/* What it waited for has come; but of those of a name there is still one at a
 * time. */
static void
drop_dependencies(json_t *system)
{
	json_t *deps = json_object_get(system, "dependencies"), *o;
	json_t *kept = json_array();
	size_t i;

	json_array_foreach(deps, i, o) {
		const char *scheme =
		    json_string_value(json_object_get(o, "scheme"));

		if (scheme && strcmp(scheme, "singleton") == 0)
			json_array_append(kept, o);
	}
	if (json_array_size(kept) > 0)
		json_object_set(system, "dependencies", kept);
	else
		json_object_del(system, "dependencies");
	json_decref(kept);
}

static json_t *
lineage(const struct job *job)
{
	json_int_t max = 0, count = 0;
	const char *first = NULL;
	char of[FLUID_STRMAX];

	fluid_encode(of, sizeof(of), job->id, FLUID_F58);
	json_unpack(retry_of(job), "{s?I s?I s?s}", "max", &max, "count",
	    &count, "first", &first);
	return json_pack("{s:I s:I s:s s:s}", "max", max, "count", count + 1,
	    "of", of, "first", first ? first : of);
}

/* The jobspec of the new job, all in one. */
static json_t *
new_jobspec(struct job_manager *jm, const struct job *job, json_t *retry)
{
	struct shared_env *shared = NULL;
	json_t *o = record_full_jobspec(jm->b, job->id, &shared), *env;
	json_t *system = jobspec_system(o);

	if (shared) {
		env = json_copy(shared->variables);
		json_object_update(env, json_object_get(system, "environment"));
		json_object_set_new(system, "environment", env);
		shared_env_unref(shared);
	}
	drop_dependencies(system);
	if (json_object_set(system, "retry", retry) < 0) {
		json_decref(o);
		errno = EINVAL;
		return NULL;
	}
	return o;
}

/* Submit jobspec as the user of job did. -1 with em. */
static int
submit(struct job_manager *jm, const struct job *job, json_t *jobspec,
    uint64_t *id, struct errmsg *em)
{
	struct jobspec *spec = jobspec_decode(jobspec, em);
	char *text = json_dumps(jobspec, JSON_COMPACT);
	char *J = text ? signedspec_wrap(text, job->userid) : NULL;
	struct submitted sent = { .J = J, .payload = text };
	struct submission s = { .sent = &sent,
		.spec = spec,
		.userid = job->userid,
		.urgency = job->urgency,
		.flags = job->flags };
	int r = -1;

	if (spec && J && job_submit_check(jm->b, spec, em) == 0) {
		sent.J_len = strlen(J);
		sent.len = strlen(text);
		if ((r = job_submit(jm->b, &s, id)) < 0)
			errmsg_set(em, "%s", strerror(errno));
	} else {
		if (spec && !J)
			errmsg_set(em, "%s", strerror(ENOMEM));
		jobspec_destroy(spec);
	}
	free(J);
	free(text);
	return r;
}

static void
post_memo(struct job_manager *jm, struct job *job, json_t *retry_new)
{
	job_post_new(
	    jm->b, job, "memo", json_pack("{s:o}", "retry", retry_new));
}

static void
run_again(struct job_manager *jm, struct job *job)
{
	json_t *retry = lineage(job), *jobspec = new_jobspec(jm, job, retry);
	struct errmsg em = { "its jobspec cannot be read" };
	char next[FLUID_STRMAX];
	struct job *again;
	uint64_t id;

	if (!jobspec || submit(jm, job, jobspec, &id, &em) < 0) {
		log_error(jm->b->log, "job %ju is not run again: %s",
		    (uintmax_t)job->id, em.text);
		post_memo(jm, job, json_pack("{s:s}", "refused", em.text));
	} else {
		fluid_encode(next, sizeof(next), id, FLUID_F58);
		post_memo(jm, job, json_pack("{s:s}", "next", next));
		if ((again = job_lookup(jm->b, id)))
			post_memo(jm, again, json_incref(retry));
	}
	json_decref(jobspec);
	json_decref(retry);
}

void
retry_ended(struct job_manager *jm, struct job *job, int status)
{
	if (!is_due(jm, job, status))
		return;
	post_hold(jm);
	run_again(jm, job);
	post_release(jm);
}
