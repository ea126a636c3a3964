/* SPDX-License-Identifier: MIT */
/*
 * Inactive jobs are kept until they are purged: by age, by number (the oldest
 * go first), or by id. With force they are forgotten everywhere, else counted.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "../events.h"
#include "../store/store.h"
#include "eventlog.h"
#include "jm.h"

static int
add_hook(struct purger **hooks, int *n, job_purge_f cb, void *arg)
{
	struct purger *p = reallocarray(*hooks, *n + 1, sizeof(*p));

	if (!p)
		return -1;
	*hooks = p;
	p[(*n)++] = (struct purger){ .cb = cb, .arg = arg };
	return 0;
}

int
job_on_purge(struct broker *b, job_purge_f cb, void *arg)
{
	return add_hook(&b->jm->purgers, &b->jm->npurgers, cb, arg);
}

int
job_on_retire(struct broker *b, job_purge_f cb, void *arg)
{
	return add_hook(&b->jm->retirers, &b->jm->nretirers, cb, arg);
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
	jm->nkept--;
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

/* Which are to go, the earliest first: first those only in the store, then
 * those in memory. */
struct choice {
	struct job_manager *jm;
	double before; /* ended by then; -INFINITY = age does not matter */
	size_t excess; /* so many at least */
	size_t max;    /* no more than these */
	json_t *ids;
};

static bool
choose(struct choice *c, uint64_t id, double t)
{
	size_t n = json_array_size(c->ids);

	if (n >= c->max || (n >= c->excess && t > c->before))
		return false;
	json_array_append_new(c->ids, json_integer((json_int_t)id));
	return true;
}

static int
choose_stored(void *arg, uint64_t id, double t)
{
	struct choice *c = arg;
	struct job key = { .id = id };
	struct job *job = RB_FIND(job_tree, &c->jm->jobs, &key);

	if (job && !job->recalled)
		return 0;
	return choose(c, id, t) ? 0 : 1;
}

static void
choose_all(struct choice *c)
{
	struct job *job;

	if (c->jm->ninactive > c->jm->nkept)
		store_each_ended(c->jm->b, choose_stored, c);
	TAILQ_FOREACH(job, &c->jm->inactive, by_age)
		if (!job->recalled && !choose(c, job->id, job->t_inactive))
			break;
}

int
jm_purge_request(void *ctx, struct request *req, struct answer *an)
{
	struct job_manager *jm = ctx;
	struct choice c = { .jm = jm, .before = -INFINITY };
	int batch, force, num_limit;
	double age_limit;
	size_t n;

	if (request_unpack(req, "{s:F s:i s:i s:b}", "age_limit", &age_limit,
		"num_limit", &num_limit, "batch", &batch, "force", &force) < 0)
		return -1;
	if (force && store_is_read_only(jm->b))
		return store_check(jm->b, &an->em);
	if (batch < 1 || batch > 100) {
		errno = EINVAL;
		return errmsg_set(&an->em, "batch must be >= 1 and <= 100");
	}
	if (age_limit >= 0)
		c.before = event_now() - age_limit;
	if (num_limit >= 0 && jm->ninactive > (size_t)num_limit)
		c.excess = jm->ninactive - (size_t)num_limit;
	c.max = force ? (size_t)batch : SIZE_MAX;
	c.ids = json_array();
	choose_all(&c);
	n = json_array_size(c.ids);
	if (force && n > 0)
		purge(jm, c.ids);
	json_decref(c.ids);
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
	if (store_is_read_only(jm->b))
		return store_check(jm->b, &an->em);
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
