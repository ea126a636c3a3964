/* SPDX-License-Identifier: MIT */
/*
 * The message switch of flux proxy and flux relay.
 *
 * A client's request goes up with the client's uuid pushed on the route stack;
 * the response comes back with it on top. What a broker does for its own
 * connections the hub does for its clients: event.subscribe and service.add
 * are kept per client, and a client that leaves is reported to each service
 * that it asked, by a `disconnect` request.
 */
#include <sys/queue.h>

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clientstate.h"
#include "hub.h"
#include "msg.h"
#include "pending.h"
#include "stream.h"
#include "uuid.h"

struct client {
	struct hub *hub;
	struct stream *stream;
	char uuid[UUID_STRLEN + 1];
	struct clientstate state;
	LIST_ENTRY(client) next;
};

struct hub {
	struct ev_loop *loop;
	struct stream *upstream; /* NULL while detached */
	const struct hub_ops *ops;
	void *arg;
	struct pending pending;
	LIST_HEAD(, client) clients;
};

/* ---- upstream ---- */

static struct client *
client_by_uuid(struct hub *hub, const char *uuid)
{
	struct client *c;

	LIST_FOREACH(c, &hub->clients, next)
		if (strcmp(c->uuid, uuid) == 0)
			return c;
	return NULL;
}

static bool
is_service_of(const char *service, const char *topic)
{
	size_t n = strlen(service);

	return strncmp(topic, service, n) == 0 &&
	       (topic[n] == '.' || topic[n] == '\0');
}

static struct client *
client_by_service(struct hub *hub, const char *topic)
{
	struct client *c;
	struct state_item *it;

	LIST_FOREACH(c, &hub->clients, next)
		LIST_FOREACH(it, &c->state.services, next)
			if (is_service_of(it->text, topic))
				return c;
	return NULL;
}

static void
upstream_event(struct hub *hub, struct msg *m)
{
	struct client *c;

	LIST_FOREACH(c, &hub->clients, next)
		if (clientstate_wants(&c->state, m->topic ? m->topic : ""))
			stream_send(c->stream, m);
}

static void
upstream_response(struct hub *hub, struct msg *m)
{
	const char *top = msg_route_top(m);
	struct client *c;

	pending_answered(&hub->pending, m);
	c = top ? client_by_uuid(hub, top) : NULL;

	if (!c)
		return;
	msg_route_pop(m);
	stream_send(c->stream, m);
}

static void
upstream_request(struct hub *hub, struct msg *m)
{
	struct client *c = client_by_service(hub, m->topic ? m->topic : "");
	struct msg *r;

	if (c) {
		stream_send(c->stream, m);
		return;
	}
	if ((m->flags & MSG_NORESPONSE) ||
	    !(r = msg_response_error(m, ENOSYS, NULL)))
		return;
	stream_send(hub->upstream, r);
	msg_unref(r);
}

static void
upstream_msg(void *arg, struct msg *m)
{
	struct hub *hub = arg;

	if (m->type == MSG_RESPONSE)
		upstream_response(hub, m);
	else if (m->type == MSG_EVENT)
		upstream_event(hub, m);
	else if (m->type == MSG_REQUEST)
		upstream_request(hub, m);
}

static void
upstream_lost(void *arg, int errnum)
{
	struct hub *hub = arg;

	hub->ops->upstream_lost(hub->arg, errnum);
}

static const struct stream_ops upstream_ops = {
	.msg = upstream_msg,
	.lost = upstream_lost,
};

/* A request of our own that nobody waits for. */
static void
tell_upstream(struct hub *hub, const char *topic, json_t *payload_new)
{
	struct msg *m =
	    msg_request(topic, NODEID_ANY, MSG_NORESPONSE, payload_new);

	json_decref(payload_new);
	if (m && hub->upstream)
		stream_send(hub->upstream, m);
	msg_unref(m);
}

/* ---- clients ---- */

static void
answer(struct client *c, const struct msg *req, int errnum)
{
	struct msg *m = errnum ? msg_response_error(req, errnum, NULL)
			       : msg_response(req, NULL);

	if (m) {
		m->userid = getuid();
		m->rolemask = ROLE_OWNER;
		stream_send(c->stream, m);
	}
	msg_unref(m);
}

static void
forward(struct client *c, struct msg *m)
{
	if (m->userid == USERID_UNKNOWN)
		m->userid = getuid();
	if (!c->hub->upstream) {
		if (m->type == MSG_REQUEST && !(m->flags & MSG_NORESPONSE))
			answer(c, m, ECONNRESET);
		return;
	}
	if (m->type == MSG_REQUEST && msg_route_push(m, c->uuid) < 0) {
		answer(c, m, ENOMEM);
		return;
	}
	if (m->type == MSG_REQUEST)
		pending_add(&c->hub->pending, m);
	stream_send(c->hub->upstream, m);
}

/* The string `key` of the payload (malloc'd); NULL and the client is told. */
static char *
string_of(struct client *c, const struct msg *m, const char *key)
{
	json_t *o = msg_get_json(m);
	const char *s = json_string_value(json_object_get(o, key));
	char *copy = s ? strdup(s) : NULL;

	json_decref(o);
	if (!copy)
		answer(c, m, EPROTO);
	return copy;
}

static int
subscribers(struct hub *hub, const char *prefix)
{
	struct client *c;
	struct state_item *it;
	int n = 0;

	LIST_FOREACH(c, &hub->clients, next)
		LIST_FOREACH(it, &c->state.subscriptions, next)
			n += strcmp(it->text, prefix) == 0;
	return n;
}

static void
subscribe(struct client *c, struct msg *m)
{
	char *prefix = string_of(c, m, "topic");

	if (!prefix)
		return;
	if (clientstate_subscribe(&c->state, prefix) < 0)
		answer(c, m, ENOMEM);
	else if (subscribers(c->hub, prefix) > 1)
		answer(c, m, 0);
	else
		forward(c, m);
	free(prefix);
}

static void
unsubscribe(struct client *c, struct msg *m)
{
	char *prefix = string_of(c, m, "topic");

	if (!prefix)
		return;
	if (clientstate_unsubscribe(&c->state, prefix) < 0)
		answer(c, m, ENOENT);
	else if (subscribers(c->hub, prefix) > 0)
		answer(c, m, 0);
	else
		forward(c, m);
	free(prefix);
}

/* The name is ours from now on; a refusal is rare and found by upstream, which
 * then never sends requests for it. */
static void
service_add(struct client *c, struct msg *m)
{
	char *name = string_of(c, m, "service");

	if (!name)
		return;
	if (client_by_service(c->hub, name))
		answer(c, m, EEXIST);
	else if (clientstate_offer(&c->state, name) < 0)
		answer(c, m, ENOMEM);
	else
		forward(c, m);
	free(name);
}

static void
service_remove(struct client *c, struct msg *m)
{
	char *name = string_of(c, m, "service");

	if (!name)
		return;
	if (clientstate_withdraw(&c->state, name) < 0)
		answer(c, m, ENOENT);
	else
		forward(c, m);
	free(name);
}

static const struct {
	const char *topic;
	void (*handle)(struct client *c, struct msg *m);
} own_topics[] = {
	{ "event.subscribe", subscribe },
	{ "event.unsubscribe", unsubscribe },
	{ "service.add", service_add },
	{ "service.remove", service_remove },
};

static void
client_request(struct client *c, struct msg *m)
{
	for (size_t i = 0; i < sizeof(own_topics) / sizeof(*own_topics); i++)
		if (strcmp(m->topic, own_topics[i].topic) == 0) {
			own_topics[i].handle(c, m);
			return;
		}
	clientstate_note(&c->state, m);
	forward(c, m);
}

static void
client_msg(void *arg, struct msg *m)
{
	struct client *c = arg;

	if (m->type == MSG_REQUEST && m->topic)
		client_request(c, m);
	else if (m->type == MSG_RESPONSE || m->type == MSG_EVENT)
		forward(c, m);
}

/* Withdraw upstream what the client has there. It is off the list. */
static void
withdraw(struct client *c)
{
	struct hub *hub = c->hub;
	struct state_item *it;
	struct msg *m;

	LIST_FOREACH(it, &c->state.disconnects, next) {
		m = msg_request(
		    it->text, it->nodeid, MSG_NORESPONSE | it->flags, NULL);
		if (m)
			forward(c, m);
		msg_unref(m);
	}
	LIST_FOREACH(it, &c->state.subscriptions, next)
		if (subscribers(hub, it->text) == 0)
			tell_upstream(hub, "event.unsubscribe",
			    json_pack("{s:s}", "topic", it->text));
	LIST_FOREACH(it, &c->state.services, next)
		tell_upstream(hub, "service.remove",
		    json_pack("{s:s}", "service", it->text));
}

static void
client_free(struct client *c)
{
	clientstate_fini(&c->state);
	stream_close(c->stream);
	free(c);
}

static void
client_lost(void *arg, int errnum)
{
	struct client *c = arg;
	struct hub *hub = c->hub;

	(void)errnum;
	LIST_REMOVE(c, next);
	withdraw(c);
	client_free(c);
	hub->ops->client_lost(hub->arg);
}

static const struct stream_ops client_ops = {
	.msg = client_msg,
	.lost = client_lost,
};

int
hub_add_client(struct hub *hub, int fd_in, int fd_out)
{
	struct client *c = calloc(1, sizeof(*c));

	if (!c || uuid_make(c->uuid) < 0)
		goto error;
	c->hub = hub;
	clientstate_init(&c->state);
	c->stream = stream_open(hub->loop, fd_in, fd_out, &client_ops, c);
	if (!c->stream) {
		free(c);
		return -1;
	}
	LIST_INSERT_HEAD(&hub->clients, c, next);
	return stream_send_bytes(c->stream, "", 1);
error:
	free(c);
	close(fd_in);
	if (fd_out != fd_in)
		close(fd_out);
	return -1;
}

struct hub *
hub_create(struct ev_loop *loop, int fd, const struct hub_ops *ops, void *arg)
{
	struct hub *hub = calloc(1, sizeof(*hub));

	if (!hub) {
		close(fd);
		return NULL;
	}
	hub->loop = loop;
	hub->ops = ops;
	hub->arg = arg;
	LIST_INIT(&hub->clients);
	RB_INIT(&hub->pending);
	if (!(hub->upstream = stream_open(loop, fd, fd, &upstream_ops, hub))) {
		free(hub);
		return NULL;
	}
	return hub;
}

void
hub_detach(struct hub *hub)
{
	struct client *c;
	struct msg *m;

	stream_close(hub->upstream);
	hub->upstream = NULL;
	while ((m = pending_take(&hub->pending))) {
		c = client_by_uuid(hub, msg_route_top(m));
		msg_route_pop(m);
		if (c)
			answer(c, m, ECONNRESET);
		msg_unref(m);
	}
}

/* Upstream wants to hear of each prefix once. */
static bool
is_first_subscriber(struct hub *hub, const struct state_item *item)
{
	struct client *c;
	struct state_item *it;

	LIST_FOREACH(c, &hub->clients, next)
		LIST_FOREACH(it, &c->state.subscriptions, next)
			if (strcmp(it->text, item->text) == 0)
				return it == item;
	return false;
}

int
hub_attach(struct hub *hub, int fd)
{
	struct client *c;
	struct state_item *it;

	if (!(hub->upstream =
		    stream_open(hub->loop, fd, fd, &upstream_ops, hub)))
		return -1;
	LIST_FOREACH(c, &hub->clients, next) {
		LIST_FOREACH(it, &c->state.subscriptions, next)
			if (is_first_subscriber(hub, it))
				tell_upstream(hub, "event.subscribe",
				    json_pack("{s:s}", "topic", it->text));
		LIST_FOREACH(it, &c->state.services, next)
			tell_upstream(hub, "service.add",
			    json_pack("{s:s}", "service", it->text));
	}
	return 0;
}

void
hub_destroy(struct hub *hub)
{
	struct msg *m;

	if (!hub)
		return;
	while (!LIST_EMPTY(&hub->clients)) {
		struct client *c = LIST_FIRST(&hub->clients);
		LIST_REMOVE(c, next);
		client_free(c);
	}
	while ((m = pending_take(&hub->pending)))
		msg_unref(m);
	if (hub->upstream)
		stream_close(hub->upstream);
	free(hub);
}
