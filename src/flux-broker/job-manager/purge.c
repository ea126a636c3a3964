/* SPDX-License-Identifier: MIT */
/*
 * Inactive jobs are kept until they are purged: by age, by number (the oldest
 * go first), or by id. With force they are forgotten everywhere, else counted.
 */
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "../events.h"
#include "../store/store.h"
#include "jm.h"

int
job_on_purge(struct broker *b, job_purge_f cb, void *arg)
{
	struct job_manager *jm = b->jm;
	struct purger *p =
	    reallocarray(jm->purgers, jm->npurgers + 1, sizeof(*jm->purgers));

	if (!p)
		return -1;
	jm->purgers = p;
	p[jm->npurgers++] = (struct purger){ .cb = cb, .arg = arg };
	return 0;
}

static void
forget(struct job_manager *jm, struct job *job)
{
	int i;

	for (i = 0; i < jm->npurgers; i++)
		jm->purgers[i].cb(jm->purgers[i].arg, job);
	depend_forget(jm, job);
	wait_forget(jm, job);
	store_remove(jm->b, job->id);
	TAILQ_REMOVE(&jm->inactive, job, by_age);
	jm->ninactive--;
	jm->npurged++;
	RB_REMOVE(job_tree, &jm->jobs, job);
	job_unref(job);
}

static void
purge(struct job_manager *jm, json_t *ids)
{
	json_t *o;
	size_t i;

	json_array_foreach(ids, i, o) {
		struct job *job =
		    job_lookup(jm->b, (uint64_t)json_integer_value(o));

		if (job)
			forget(jm, job);
	}
	events_publish_new(
	    jm->b, "job-purge-inactive", 0, json_pack("{s:O}", "jobs", ids));
}

struct rule {
	double age_limit; /* seconds; -1 = none */
	int num_limit;    /* -1 = none */
};

/* Is this one, after n others, to go? */
static bool
applies(const struct job_manager *jm, const struct rule *r,
    const struct job *job, size_t n)
{
	struct timespec ts;

	if (r->num_limit >= 0 && jm->ninactive - n > (size_t)r->num_limit)
		return true;
	if (r->age_limit < 0)
		return false;
	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec + ts.tv_nsec * 1e-9 - job->t_inactive >= r->age_limit;
}

int
jm_purge_request(void *ctx, struct request *req, struct answer *an)
{
	struct job_manager *jm = ctx;
	struct rule r;
	struct job *job;
	int batch, force;
	size_t n = 0;
	json_t *ids;

	if (request_unpack(req, "{s:F s:i s:i s:b}", "age_limit", &r.age_limit,
		"num_limit", &r.num_limit, "batch", &batch, "force",
		&force) < 0)
		return -1;
	if (batch < 1 || batch > 100) {
		errno = EINVAL;
		return errmsg_set(&an->em, "batch must be >= 1 and <= 100");
	}
	ids = json_array();
	TAILQ_FOREACH(job, &jm->inactive, by_age) {
		if ((force && n == (size_t)batch) || !applies(jm, &r, job, n))
			break;
		json_array_append_new(ids, json_integer(job->id));
		n++;
	}
	if (force && n > 0)
		purge(jm, ids);
	json_decref(ids);
	an->json = json_pack("{s:I}", "count", (json_int_t)n);
	return 0;
}

int
jm_purge_id_request(void *ctx, struct request *req, struct answer *an)
{
	struct job_manager *jm = ctx;
	struct job *job;
	json_int_t id;
	json_t *ids;
	int force;

	if (request_unpack(req, "{s:I s:i}", "id", &id, "force", &force) < 0)
		return -1;
	if (!(job = job_lookup(jm->b, id)))
		return errmsg_set(&an->em, "id not found");
	if (job->state != JOB_INACTIVE) {
		errno = EINVAL;
		return errmsg_set(&an->em, "cannot purge active job");
	}
	if (force) {
		ids = json_pack("[I]", id);
		purge(jm, ids);
		json_decref(ids);
	}
	an->json = json_pack("{s:i}", "count", 1);
	return 0;
}
