/* SPDX-License-Identifier: MIT */
/*
 * Events. New ones climb to rank 0, which numbers them and hands them down;
 * each broker gives them to its clients and services, and to its children.
 * Also the heartbeat, which is just an event every two seconds.
 */
#include <errno.h>
#include <ev.h>
#include <stdlib.h>
#include <string.h>

#include "base64.h"
#include "broker.h"
#include "events-service.h"
#include "events.h"
#include "local-client.h"
#include "overlay/overlay.h"
#include "service.h"

#define HEARTBEAT_PERIOD 2.0

struct listener {
	char *prefix;
	event_f cb;
	void *arg;
	struct listener *next;
};

struct events {
	struct broker *b;
	uint32_t sequence; /* rank 0: of the last event */
	struct listener *listeners;
	ev_timer pulse;
	int pulses;
};

static void
distribute(struct broker *b, const struct msg *m)
{
	/* our services last: what they publish in turn comes after it */
	for (int i = 0; i < overlay_nchildren(b->overlay); i++)
		overlay_send(b->overlay, overlay_child(b->overlay, i), m);
	local_deliver_event(b, m);
	for (struct listener *l = b->events->listeners; l; l = l->next)
		if (strncmp(m->topic, l->prefix, strlen(l->prefix)) == 0)
			l->cb(l->arg, m);
}

/* Number it, or hand it up. */
static void
publish(struct broker *b, struct msg *m)
{
	if (!m->topic)
		return;
	if (b->rank > 0) {
		overlay_send(b->overlay, overlay_parent(b->overlay), m);
		return;
	}
	m->sequence = ++b->events->sequence;
	distribute(b, m);
}

void
events_from_client(struct broker *b, struct msg *m)
{
	publish(b, m);
}

void
events_from_overlay(struct broker *b, uint32_t neighbour, struct msg *m)
{
	if (!m->topic)
		return;
	if (b->rank > 0 && neighbour == overlay_parent(b->overlay))
		distribute(b, m);
	else
		publish(b, m);
}

int
events_publish_new(
    struct broker *b, const char *topic, int flags, json_t *payload_new)
{
	struct msg *m = msg_event(topic, flags, payload_new);

	json_decref(payload_new);
	if (!m)
		return -1;
	m->userid = b->owner;
	m->rolemask = ROLE_OWNER;
	publish(b, m);
	msg_unref(m);
	return 0;
}

int
events_listen(struct broker *b, const char *prefix, event_f cb, void *arg)
{
	struct listener *l = calloc(1, sizeof(*l));

	if (!l || !(l->prefix = strdup(prefix))) {
		free(l);
		return -1;
	}
	l->cb = cb;
	l->arg = arg;
	l->next = b->events->listeners;
	b->events->listeners = l;
	return 0;
}

/* ---- service event ---- */

static int
set_encoded_payload(struct msg *m, const char *text)
{
	size_t len;
	char *data = base64_decode(text, &len);
	int rc;

	if (!data) {
		errno = EPROTO;
		return -1;
	}
	rc = msg_set_payload(m, data, len);
	free(data);
	return rc;
}

static int
publish_request(void *ctx, struct request *req, struct answer *an)
{
	struct broker *b = ctx;
	const char *topic, *payload = NULL;
	int flags;
	struct msg *m;

	if (b->rank != 0) {
		errno = EPROTO;
		return errmsg_set(
		    &an->em, "this service is only available on rank 0");
	}
	if (request_unpack(req, "{s:s s:i s?s}", "topic", &topic, "flags",
		&flags, "payload", &payload) < 0)
		return -1;
	if (flags & ~MSG_PRIVATE) {
		errno = EPROTO;
		return -1;
	}
	if (!(m = msg_event(topic, flags, NULL)))
		return -1;
	if (payload && set_encoded_payload(m, payload) < 0) {
		msg_unref(m);
		return -1;
	}
	m->userid = request_userid(req);
	m->rolemask = request_msg(req)->rolemask;
	publish(b, m);
	an->json = json_pack("{s:I}", "seq", (json_int_t)m->sequence);
	msg_unref(m);
	return 0;
}

static const struct topic event_topics[] = {
	{ "event.publish", TOPIC_USER | TOPIC_LARGE, publish_request },
	{ 0 },
};

static const struct service event_service = {
	.name = "event",
	.topics = event_topics,
};

/* ---- service heartbeat ---- */

static int
heartbeat_stats(void *ctx, struct request *req, struct answer *an)
{
	struct broker *b = ctx;

	(void)req;
	an->json = json_pack("{s:f s:f s:i s:i}", "period", HEARTBEAT_PERIOD,
	    "timeout", 300.0, "count", b->events->pulses, "warn_thresh", 3);
	return 0;
}

static const struct topic heartbeat_topics[] = {
	{ "heartbeat.stats-get", TOPIC_OWNER, heartbeat_stats },
	{ 0 },
};

static const struct service heartbeat_service = {
	.name = "heartbeat",
	.topics = heartbeat_topics,
};

static void
pulse_cb(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct events *ev = w->data;

	(void)loop;
	(void)revents;
	ev->pulses++;
	events_publish_new(ev->b, "heartbeat.pulse", 0, NULL);
}

void
events_start_heartbeat(struct broker *b)
{
	ev_timer_start(b->loop, &b->events->pulse);
}

int
events_register(struct broker *b)
{
	if (service_register(b, &event_service, b) < 0)
		return -1;
	return service_register(b, &heartbeat_service, b);
}

struct events *
events_create(struct broker *b)
{
	struct events *ev = calloc(1, sizeof(*ev));

	if (!ev)
		return NULL;
	ev->b = b;
	ev_timer_init(&ev->pulse, pulse_cb, HEARTBEAT_PERIOD, HEARTBEAT_PERIOD);
	ev->pulse.data = ev;
	return ev;
}

void
events_destroy(struct events *ev)
{
	struct listener *l;

	if (!ev)
		return;
	ev_timer_stop(ev->b->loop, &ev->pulse);
	while ((l = ev->listeners)) {
		ev->listeners = l->next;
		free(l->prefix);
		free(l);
	}
	free(ev);
}
