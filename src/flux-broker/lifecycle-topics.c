/* SPDX-License-Identifier: MIT */
/* Topics state-machine.* and shutdown.*. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "broker.h"
#include "lifecycle-core.h"
#include "lifecycle-state.h"
#include "log-service.h"
#include "service.h"
#include "store/store.h"

/* ---- state-machine ---- */

static int
get_request(void *ctx, struct request *req, struct answer *an)
{
	struct broker *b = ctx;

	(void)req;
	an->json = json_pack("{s:s s:f}", "state", lifecycle_state(b),
	    "duration", ev_now(b->loop) - b->life->t_start);
	return 0;
}

static int
wait_request(void *ctx, struct request *req, struct answer *an)
{
	struct broker *b = ctx;

	if (b->life->state == LIFE_RUN)
		return 0;
	if (b->life->state > LIFE_RUN) {
		errno = ENOENT;
		return errmsg_set(&an->em, "broker has surpassed RUN state");
	}
	if (waitlist_add(&b->life->run_waiters, req, NULL) < 0)
		return -1;
	return ANSWER_LATER;
}

/* The waiter's arg is the state after which its stream ends. */
static int
monitor_request(void *ctx, struct request *req, struct answer *an)
{
	struct broker *b = ctx;
	int final = LIFE_EXIT;

	if (request_json(req))
		request_unpack(req, "{s?i}", "final", &final);
	if (request_is_streaming(req) && (int)b->life->state >= final) {
		errno = ENODATA;
		return -1;
	}
	an->json = json_pack("{s:i}", "state", b->life->state);
	if (!request_is_streaming(req))
		return 0;
	request_respond_new(req, json_incref(an->json));
	if (waitlist_add(&b->life->monitors, req, (void *)(intptr_t) final) < 0)
		return -1;
	return ANSWER_LATER;
}

void
lifecycle_tell_state(struct lifecycle *life)
{
	struct waiter *w, *next;

	for (w = life->monitors.first; w; w = next) {
		next = w->next;
		request_respond_new(
		    w->req, json_pack("{s:i}", "state", life->state));
		if ((int)life->state < (int)(intptr_t)w->arg)
			continue;
		request_fail(w->req, ENODATA, NULL);
		waitlist_remove(&life->monitors, w);
	}
	if (life->state >= LIFE_CLEANUP)
		waitlist_fail_all(&life->run_waiters, ENOENT,
		    "broker has surpassed RUN state");
	if (life->state >= LIFE_GOODBYE)
		waitlist_fail_all(&life->shutdowns, ENODATA, NULL);
}

static const struct topic state_topics[] = {
	{ "state-machine.get", TOPIC_USER | TOPIC_OFFLINE, get_request },
	{ "state-machine.wait", TOPIC_USER | TOPIC_OFFLINE, wait_request },
	{ "state-machine.monitor", TOPIC_OWNER | TOPIC_OFFLINE,
	    monitor_request },
	{ 0 },
};

static void
state_disconnect(void *ctx, const char *sender)
{
	struct broker *b = ctx;

	waitlist_disconnect(&b->life->run_waiters, sender, NULL);
	waitlist_disconnect(&b->life->monitors, sender, NULL);
}

static const struct service state_service = {
	.name = "state-machine",
	.topics = state_topics,
	.disconnect = state_disconnect,
};

/* ---- shutdown ---- */

static void
follow_log(void *arg, int severity, const char *text)
{
	struct lifecycle *life = arg;

	if (severity > life->shutdown_level)
		return;
	for (struct waiter *w = life->shutdowns.first; w; w = w->next)
		request_respond_new(w->req, json_pack("{s:s}", "log", text));
}

static int
shutdown_request(void *ctx, struct request *req, struct answer *an)
{
	struct broker *b = ctx;
	struct lifecycle *life = b->life;
	double timeout = -1;
	int level;

	if (b->rank != 0) {
		errno = EINVAL;
		return errmsg_set(
		    &an->em, "shutdown may only be initiated on rank 0");
	}
	if (request_unpack(
		req, "{s:i s?F}", "loglevel", &level, "timeout", &timeout) < 0)
		return -1;
	if (life->state >= LIFE_CLEANUP || life->shutdowns.first) {
		errno = EINVAL;
		return errmsg_set(&an->em, "shutdown is already in progress");
	}
	if (store_check_dump(b, &an->em) < 0) {
		errno = EINVAL;
		return -1;
	}
	if (request_is_streaming(req)) {
		if (waitlist_add(&life->shutdowns, req, NULL) < 0)
			return -1;
		life->shutdown_level = level;
		log_set_follower(b->log, follow_log, life);
	}
	/* a longer time than a year is no bound, and none for the loop */
	if (timeout >= 0 && timeout < 3e7)
		lifecycle_hurry(life, timeout);
	lifecycle_shutdown(b, 0);
	return request_is_streaming(req) ? ANSWER_LATER : 0;
}

static void
shutdown_disconnect(void *ctx, const char *sender)
{
	struct broker *b = ctx;

	waitlist_disconnect(&b->life->shutdowns, sender, NULL);
}

static const struct topic shutdown_topics[] = {
	{ "shutdown.start", TOPIC_OWNER, shutdown_request },
	{ 0 },
};

static const struct service shutdown_service = {
	.name = "shutdown",
	.topics = shutdown_topics,
	.disconnect = shutdown_disconnect,
};

int
lifecycle_register(struct broker *b)
{
	if (service_register(b, &state_service, b) < 0)
		return -1;
	return service_register(b, &shutdown_service, b);
}

void
lifecycle_free_waiters(struct lifecycle *life)
{
	log_set_follower(life->b->log, NULL, NULL);
	waitlist_clear(&life->run_waiters);
	waitlist_clear(&life->monitors);
	waitlist_clear(&life->shutdowns);
}
