/* SPDX-License-Identifier: MIT */
/* Topics sched.* and feasibility.*. */
#include <errno.h>

#include "../broker.h"
#include "../resource/resource.h"
#include "../service.h"
#include "jobspec.h"
#include "rset.h"
#include "state.h"

static json_t *
encode_and_free(struct rset *r)
{
	json_t *o = r ? rset_encode(r) : NULL;

	rset_destroy(r);
	return o;
}

static int
status_request(void *ctx, struct request *req, struct answer *an)
{
	struct sched *s = ctx;
	const struct rset *all = resource_all(s->b);
	struct rset *down;

	(void)req;
	if (!all) {
		errno = EAGAIN;
		return errmsg_set(&an->em, "resources are not known yet");
	}
	if ((down = rset_dup(all)))
		rset_keep_ranks(down, resource_down(s->b));
	an->json = json_pack("{s:o s:o s:o}", "all", rset_encode(all), "down",
	    encode_and_free(down), "allocated",
	    rset_encode(sched_allocated(s->b)));
	if (an->json)
		return 0;
	errno = ENOMEM;
	return -1;
}

static const struct topic sched_topics[] = {
	{ "sched.resource-status", TOPIC_USER, status_request },
	{ 0 },
};

static const struct service sched_service = {
	.name = "sched",
	.topics = sched_topics,
};

static int
check_request(void *ctx, struct request *req, struct answer *an)
{
	struct sched *s = ctx;
	json_t *o = json_object_get(request_json(req), "jobspec");
	struct jobspec *js;
	int rc;

	if (json_array_size(json_object_get(o, "resources")) == 0) {
		errno = EINVAL;
		return errmsg_set(&an->em, "jobspec has no resources");
	}
	if (!(js = jobspec_decode(o, &an->em))) {
		errno = EINVAL;
		return -1;
	}
	rc = sched_feasible(s->b, js, &an->em);
	jobspec_destroy(js);
	return rc;
}

static const struct topic feasibility_topics[] = {
	{ "feasibility.check", TOPIC_USER, check_request },
	{ 0 },
};

static const struct service feasibility_service = {
	.name = "feasibility",
	.topics = feasibility_topics,
};

int
sched_register(struct sched *s)
{
	if (service_register(s->b, &sched_service, s) < 0)
		return -1;
	return service_register(s->b, &feasibility_service, s);
}
