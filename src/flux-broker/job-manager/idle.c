/* SPDX-License-Identifier: MIT */
/*
 * Waiting for the end of work: drain (no active job is left), idle (nothing
 * runs or is about to), and the end of the instance.
 */
#include "../lifecycle.h"
#include "../store/store.h"
#include "jm.h"

static bool
is_idle(const struct job_manager *jm)
{
	return jm->nrunning == 0 && jm->npending == 0;
}

/* May the instance end? */
static bool
is_quiet(const struct job_manager *jm)
{
	return store_is_durable(jm->b) ? jm->nrunning == 0 : jm->nactive == 0;
}

static json_t *
pending_count(const struct job_manager *jm)
{
	return json_pack(
	    "{s:I}", "pending", (json_int_t)(jm->nactive - jm->nrunning));
}

void
idle_check(struct job_manager *jm)
{
	json_t *o;

	if (jm->idling.first && is_idle(jm)) {
		o = pending_count(jm);
		waitlist_respond_all(&jm->idling, o);
		json_decref(o);
	}
	if (jm->draining.first && jm->nactive == 0)
		waitlist_respond_all(&jm->draining, NULL);
	if (jm->quiescing && is_quiet(jm)) {
		jm->quiescing = false;
		lifecycle_quiet(jm->b);
	}
}

int
jm_drain_request(void *ctx, struct request *req, struct answer *an)
{
	struct job_manager *jm = ctx;

	(void)an;
	if (jm->nactive == 0)
		return 0;
	return waitlist_add(&jm->draining, req, NULL) < 0 ? -1 : ANSWER_LATER;
}

int
jm_idle_request(void *ctx, struct request *req, struct answer *an)
{
	struct job_manager *jm = ctx;

	if (is_idle(jm)) {
		an->json = pending_count(jm);
		return 0;
	}
	return waitlist_add(&jm->idling, req, NULL) < 0 ? -1 : ANSWER_LATER;
}
