/* SPDX-License-Identifier: MIT */
/* Topics state-machine.*, shutdown.* and groups.*. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "broker.h"
#include "idset.h"
#include "lifecycle-core.h"
#include "lifecycle-state.h"
#include "log-service.h"
#include "overlay.h"
#include "service.h"

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
	an->json = json_pack("{s:i}", "state", b->life->state);
	if (!request_is_streaming(req))
		return 0;
	request_respond_new(req, json_incref(an->json));
	if ((int)b->life->state >= final) {
		errno = ENODATA;
		return -1;
	}
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
	int level;

	if (request_unpack(req, "{s:i}", "loglevel", &level) < 0)
		return -1;
	if (life->state >= LIFE_CLEANUP || life->shutdowns.first) {
		errno = EINVAL;
		return errmsg_set(&an->em, "shutdown is already in progress");
	}
	if (request_is_streaming(req)) {
		if (waitlist_add(&life->shutdowns, req, NULL) < 0)
			return -1;
		life->shutdown_level = level;
		log_set_follower(b->log, follow_log, life);
	}
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
	{ "shutdown.start", TOPIC_OWNER | TOPIC_RANK0, shutdown_request },
	{ 0 },
};

static const struct service shutdown_service = {
	.name = "shutdown",
	.topics = shutdown_topics,
	.disconnect = shutdown_disconnect,
};

/* ---- groups ---- */

/* Only broker.online has members of its own; a group that a program joins is
 * known on its own rank. */
static json_t *
members(struct broker *b, const char *name)
{
	char *text = NULL;
	json_t *o;

	if (strcmp(name, "broker.online") == 0)
		text = idset_encode(overlay_online(b->overlay), 0);
	else if (json_object_get(b->life->joined, name))
		text = strdup("0");
	o = json_pack("{s:s}", "members", text ? text : "");
	free(text);
	return o;
}

static int
groups_get(void *ctx, struct request *req, struct answer *an)
{
	struct broker *b = ctx;
	const char *name;

	if (b->rank != 0) {
		errno = EPROTO;
		return errmsg_set(
		    &an->em, "this RPC is only available on rank 0");
	}
	if (request_unpack(req, "{s:s}", "name", &name) < 0)
		return -1;
	an->json = members(b, name);
	if (!request_is_streaming(req))
		return 0;
	request_respond_new(req, json_incref(an->json));
	return waitlist_add(&b->life->groups, req, NULL) < 0 ? -1
							     : ANSWER_LATER;
}

void
lifecycle_tell_groups(struct lifecycle *life)
{
	const char *name;

	for (struct waiter *w = life->groups.first; w; w = w->next)
		if (request_unpack(w->req, "{s:s}", "name", &name) == 0)
			request_respond_new(w->req, members(life->b, name));
}

static int
groups_join(void *ctx, struct request *req, struct answer *an)
{
	struct broker *b = ctx;
	const char *name;

	if (request_unpack(req, "{s:s}", "name", &name) < 0)
		return -1;
	if (!b->life->joined)
		b->life->joined = json_object();
	if (json_object_get(b->life->joined, name)) {
		errno = EEXIST;
		return errmsg_set(&an->em, "rank %u is already a member of %s",
		    b->rank, name);
	}
	json_object_set_new(b->life->joined, name, json_true());
	lifecycle_tell_groups(b->life);
	return 0;
}

static int
groups_leave(void *ctx, struct request *req, struct answer *an)
{
	struct broker *b = ctx;
	const char *name;

	if (request_unpack(req, "{s:s}", "name", &name) < 0)
		return -1;
	if (json_object_del(b->life->joined, name) < 0) {
		errno = ENOENT;
		return errmsg_set(
		    &an->em, "rank %u is not a member of %s", b->rank, name);
	}
	lifecycle_tell_groups(b->life);
	return 0;
}

static void
groups_disconnect(void *ctx, const char *sender)
{
	struct broker *b = ctx;

	waitlist_disconnect(&b->life->groups, sender, NULL);
}

static const struct topic groups_topics[] = {
	{ "groups.get", TOPIC_USER, groups_get },
	{ "groups.join", TOPIC_OWNER, groups_join },
	{ "groups.leave", TOPIC_OWNER, groups_leave },
	{ 0 },
};

static const struct service groups_service = {
	.name = "groups",
	.topics = groups_topics,
	.disconnect = groups_disconnect,
};

int
lifecycle_register(struct broker *b)
{
	if (service_register(b, &state_service, b) < 0 ||
	    service_register(b, &shutdown_service, b) < 0)
		return -1;
	return service_register(b, &groups_service, b);
}

void
lifecycle_free_waiters(struct lifecycle *life)
{
	log_set_follower(life->b->log, NULL, NULL);
	waitlist_fail_all(&life->run_waiters, ENOENT, NULL);
	waitlist_fail_all(&life->monitors, ENODATA, NULL);
	waitlist_fail_all(&life->shutdowns, ENODATA, NULL);
	waitlist_fail_all(&life->groups, ENODATA, NULL);
	json_decref(life->joined);
}
