/* SPDX-License-Identifier: MIT */
/*
 * A job that waits for resources in a long queue needs little of its jobspec.
 * The rest is dropped, and read back from the store when the job is started or
 * updated.
 */
#include <errno.h>

#include "environments.h"
#include "jm.h"
#include "jobspec.h"
#include "record.h"

/* As many jobs may wait in full: they start soon. */
#define FULL_MAX 512

void
spec_compact(struct job_manager *jm, struct job *job)
{
	if (job->state != JOB_SCHED || jm->nactive - jm->nrunning <= FULL_MAX ||
	    !job->spec || !job->spec->command ||
	    /* R then says how many tasks there are */
	    json_object_get(job->spec->options, "per-resource"))
		return;
	jobspec_compact(job->spec);
	shared_env_unref(job->shared_env);
	job->shared_env = NULL;
}

int
spec_expand(struct job_manager *jm, struct job *job)
{
	struct shared_env *shared;
	struct jobspec *spec;
	json_t *o;

	if (!job->spec || job->spec->command)
		return 0;
	o = record_full_jobspec(jm->b, job->id, &shared);
	spec = o ? jobspec_decode(o, NULL) : NULL;
	json_decref(o);
	if (!spec) {
		shared_env_unref(shared);
		errno = EINVAL;
		return -1;
	}
	shared_env_unref(job->shared_env);
	job->shared_env = shared;
	return job_take_spec(job, spec);
}
