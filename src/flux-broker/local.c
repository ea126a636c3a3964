/* SPDX-License-Identifier: MIT */
/*
 * Client connections. The broker accepts on one socket, answers with one byte
 * (0 or an errno), and from then on exchanges messages. At ingress each
 * message gets the credential of its connection; a client that leaves is
 * forgotten everywhere, by `disconnect` requests to whom it asked.
 */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/tree.h>
#include <sys/un.h>

#include <errno.h>
#include <ev.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attrs.h"
#include "broker.h"
#include "clientstate.h"
#include "events-service.h"
#include "local-client.h"
#include "local.h"
#include "log.h"
#include "router.h"
#include "stream.h"
#include "uuid.h"

/* A client that does not read may not ask more when it has this much waiting
 * for it; what comes unasked (events, streams) ends it when it is so much. */
#define PATIENCE    ((size_t)32 << 20)
#define BACKLOG_MAX ((size_t)256 << 20)

/* How long not to accept after running out of descriptors. */
#define ACCEPT_PAUSE 0.5

/* How often to say so. */
#define COMPLAIN_PERIOD 60.

struct client {
	struct local *local;
	struct stream *stream;
	char uuid[UUID_STRLEN + 1];
	uid_t uid;
	uint32_t roles;
	struct clientstate state;
	RB_ENTRY(client) node;
};
RB_HEAD(clients, client);

struct local {
	struct broker *b;
	int fd;
	char *path;
	ev_io accept;
	ev_timer resume;
	double complained; /* when it was said that accepting failed */
	struct clients clients;
	bool is_ending; /* the services that clients asked are gone */
};

static int
client_cmp(struct client *a, struct client *b)
{
	return strcmp(a->uuid, b->uuid);
}

RB_GENERATE_INTERNAL(
    clients, client, node, client_cmp, __attribute__((unused)) static)

static struct client *
client_find(struct local *l, const char *uuid)
{
	struct client key;

	strlcpy(key.uuid, uuid, sizeof(key.uuid));
	return RB_FIND(clients, &l->clients, &key);
}

/* A client that does not read what it asked for is not worth our memory; and
 * one that missed a message is of no use any more. */
static void
client_send(struct client *c, const struct msg *m)
{
	if (stream_backlog(c->stream) >= BACKLOG_MAX ||
	    stream_send(c->stream, m) < 0)
		stream_abort(c->stream);
}

/* ---- requests about the connection itself ---- */

static void
respond(struct client *c, const struct msg *req, int errnum, const char *text)
{
	struct msg *m = errnum ? msg_response_error(req, errnum, text)
			       : msg_response(req, NULL);

	if (m && !(req->flags & MSG_NORESPONSE)) {
		m->userid = c->local->b->owner;
		m->rolemask = ROLE_OWNER | ROLE_LOCAL;
		client_send(c, m);
	}
	msg_unref(m);
}

static int
do_subscribe(struct client *c, const char *topic, struct errmsg *em)
{
	(void)em;
	return clientstate_subscribe(&c->state, topic);
}

static int
do_unsubscribe(struct client *c, const char *topic, struct errmsg *em)
{
	(void)em;
	return clientstate_unsubscribe(&c->state, topic);
}

/* Guests may only take names that begin with their uid. */
static bool
may_offer(const struct client *c, const char *name)
{
	char prefix[24];

	if (c->roles & ROLE_OWNER)
		return true;
	snprintf(prefix, sizeof(prefix), "%u-", (unsigned)c->uid);
	return strncmp(name, prefix, strlen(prefix)) == 0;
}

static int
do_offer(struct client *c, const char *name, struct errmsg *em)
{
	(void)em;
	if (!*name || strchr(name, '.')) {
		errno = EINVAL;
		return -1;
	}
	if (!may_offer(c, name)) {
		errno = EPERM;
		return -1;
	}
	if (router_service_add(c->local->b, name, c->uuid) < 0)
		return -1;
	return clientstate_offer(&c->state, name);
}

static int
do_withdraw(struct client *c, const char *name, struct errmsg *em)
{
	(void)em;
	if (router_service_remove(c->local->b, name, c->uuid) < 0)
		return -1;
	return clientstate_withdraw(&c->state, name);
}

static const struct {
	const char *topic, *key;
	int (*handle)(struct client *c, const char *arg, struct errmsg *em);
} own_topics[] = {
	{ "event.subscribe", "topic", do_subscribe },
	{ "event.unsubscribe", "topic", do_unsubscribe },
	{ "service.add", "service", do_offer },
	{ "service.remove", "service", do_withdraw },
};

/* true if the request was one of those. */
static bool
own_request(struct client *c, const struct msg *m)
{
	for (size_t i = 0; i < sizeof(own_topics) / sizeof(*own_topics); i++) {
		struct errmsg em = { { 0 } };
		json_t *o;
		const char *arg;

		if (strcmp(m->topic, own_topics[i].topic) != 0)
			continue;
		if (m->payload_len > REQUEST_MAX) {
			respond(c, m, EMSGSIZE, NULL);
			return true;
		}
		o = msg_get_json(m);
		arg = json_string_value(json_object_get(o, own_topics[i].key));
		if (!arg)
			respond(c, m, EPROTO, NULL);
		else if (own_topics[i].handle(c, arg, &em) < 0)
			respond(c, m, errno, em.text);
		else
			respond(c, m, 0, NULL);
		json_decref(o);
		return true;
	}
	return false;
}

/* ---- ingress ---- */

static void
stamp(const struct client *c, struct msg *m)
{
	if (!(c->roles & ROLE_OWNER)) {
		m->userid = c->uid;
		m->rolemask = c->roles;
		return;
	}
	if (m->userid == USERID_UNKNOWN)
		m->userid = c->uid;
	if (m->rolemask == 0)
		m->rolemask = c->roles;
}

static void
client_request(struct client *c, struct msg *m)
{
	if (!m->topic || own_request(c, m))
		return;
	/* a rank that is not there has nothing to forget */
	if (m->nodeid < c->local->b->size || m->nodeid == NODEID_ANY)
		clientstate_note(&c->state, m);
	if (msg_route_push(m, c->uuid) == 0)
		router_request(c->local->b, m);
}

static void
client_msg(void *arg, struct msg *m)
{
	struct client *c = arg;
	struct broker *b = c->local->b;

	stamp(c, m);
	if (m->type == MSG_REQUEST)
		client_request(c, m);
	else if (m->type == MSG_RESPONSE)
		router_response_from(b, c->uuid, m);
	else if (m->type == MSG_EVENT)
		events_from_client(b, m);
}

/* ---- leaving ---- */

static void
send_disconnects(struct client *c)
{
	struct state_item *it;

	LIST_FOREACH(it, &c->state.disconnects, next) {
		struct msg *m = msg_request(
		    it->text, it->nodeid, MSG_NORESPONSE | it->flags, NULL);
		if (!m)
			continue;
		m->userid = c->uid;
		m->rolemask = c->roles;
		if (msg_route_push(m, c->uuid) == 0)
			router_request(c->local->b, m);
		msg_unref(m);
	}
}

static void
client_remove(struct client *c)
{
	struct broker *b = c->local->b;
	struct state_item *it;

	RB_REMOVE(clients, &c->local->clients, c);
	LIST_FOREACH(it, &c->state.services, next)
		router_service_remove(b, it->text, c->uuid);
	router_endpoint_lost(b, c->uuid, ENOSYS);
	if (!c->local->is_ending)
		send_disconnects(c);
	clientstate_fini(&c->state);
	stream_close(c->stream);
	free(c);
}

static void
client_lost(void *arg, int errnum)
{
	(void)errnum;
	client_remove(arg);
}

static const struct stream_ops client_ops = {
	.msg = client_msg,
	.lost = client_lost,
};

/* ---- arriving ---- */

static struct client *
client_add(struct local *l, int fd, uid_t uid, uint32_t roles)
{
	struct client *c = calloc(1, sizeof(*c));

	if (!c || uuid_make(c->uuid) < 0) {
		free(c);
		close(fd);
		return NULL;
	}
	c->local = l;
	c->uid = uid;
	c->roles = roles;
	clientstate_init(&c->state);
	if (!(c->stream = stream_open(l->b->loop, fd, fd, &client_ops, c))) {
		free(c);
		return NULL;
	}
	stream_set_patience(c->stream, PATIENCE);
	RB_INSERT(clients, &l->clients, c);
	return c;
}

const char *
local_adopt(struct broker *b, int fd)
{
	struct client *c =
	    client_add(b->local, fd, b->owner, ROLE_OWNER | ROLE_LOCAL);

	return c ? c->uuid : NULL;
}

static bool
config_allows(const struct broker *b, const char *key)
{
	return json_is_true(
	    json_object_get(json_object_get(b->config, "access"), key));
}

int
local_offer(struct broker *b, const char *uuid, const char *service)
{
	struct client *c = client_find(b->local, uuid);
	struct errmsg em;

	if (!c) {
		errno = ENOENT;
		return -1;
	}
	return do_offer(c, service, &em);
}

void
local_inject(struct broker *b, const char *uuid, struct msg *m)
{
	struct client *c = client_find(b->local, uuid);

	if (c)
		client_msg(c, m);
}

/* The roles of a peer; 0 = not admitted. */
static uint32_t
admit(const struct broker *b, uid_t uid)
{
	if (uid == b->owner ||
	    (uid == 0 && config_allows(b, "allow-root-owner")))
		return ROLE_OWNER | ROLE_LOCAL;
	if (config_allows(b, "allow-guest-user"))
		return ROLE_USER | ROLE_LOCAL;
	return 0;
}

static void
welcome(struct local *l, int fd)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);
	uint32_t roles = 0;
	unsigned char refused = EPERM;
	struct client *c;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == 0)
		roles = admit(l->b, cred.uid);
	if (!roles) {
		if (send(fd, &refused, 1, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
			log_err(l->b->log, "refusing a client");
		close(fd);
		return;
	}
	if ((c = client_add(l, fd, cred.uid, roles)))
		stream_send_bytes(c->stream, "", 1);
}

static void
resume_cb(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct local *l = w->data;

	(void)revents;
	ev_io_start(loop, &l->accept);
}

/* Out of descriptors or memory: the clients that are there go on, new ones
 * wait in the listen queue. */
static void
pause_accept(struct local *l)
{
	double now = ev_now(l->b->loop);

	if (now - l->complained > COMPLAIN_PERIOD) {
		log_err(l->b->log, "accept");
		l->complained = now;
	}
	ev_io_stop(l->b->loop, &l->accept);
	ev_timer_set(&l->resume, ACCEPT_PAUSE, 0.);
	ev_timer_start(l->b->loop, &l->resume);
}

static void
accept_cb(struct ev_loop *loop, ev_io *w, int revents)
{
	struct local *l = w->data;
	int fd;

	(void)loop;
	(void)revents;
	for (int i = 0; i < 16; i++) {
		fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd >= 0) {
			welcome(l, fd);
			continue;
		}
		if (errno == EMFILE || errno == ENFILE || errno == ENOMEM ||
		    errno == ENOBUFS)
			pause_accept(l);
		return;
	}
}

int
local_listen(struct local *l, struct errmsg *em)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	const char *uri = attrs_get(l->b->attrs, "local-uri");
	const char *path = uri;

	if (!uri || strncmp(uri, "local://", 8) != 0)
		return errmsg_set(em, "local-uri is not a local:// URI");
	path += 8;
	if (strlcpy(sa.sun_path, path, sizeof(sa.sun_path)) >=
	    sizeof(sa.sun_path))
		return errmsg_set(
		    em, "%s: path is too long for a socket", path);
	if (!(l->path = strdup(path)))
		return errmsg_set(em, "out of memory");
	unlink(path);
	l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (l->fd < 0 || bind(l->fd, (struct sockaddr *)&sa, sizeof(sa)) < 0 ||
	    chmod(path, 0777) < 0 || listen(l->fd, SOMAXCONN) < 0)
		return errmsg_set(em, "%s: %s", path, strerror(errno));
	ev_io_init(&l->accept, accept_cb, l->fd, EV_READ);
	l->accept.data = l;
	ev_io_start(l->b->loop, &l->accept);
	return 0;
}

/* ---- egress ---- */

size_t
local_backlog(struct broker *b, const char *uuid)
{
	struct client *c = client_find(b->local, uuid);

	return c ? stream_backlog(c->stream) : 0;
}

void
local_deliver_response(struct broker *b, struct msg *m)
{
	struct client *c = client_find(b->local, msg_route_top(m));

	if (!c)
		return;
	msg_route_pop(m);
	client_send(c, m);
}

void
local_deliver_request(struct broker *b, const char *uuid, struct msg *m)
{
	struct client *c = client_find(b->local, uuid);

	if (c)
		client_send(c, m);
}

static bool
may_see(const struct client *c, const struct msg *m)
{
	return !(m->flags & MSG_PRIVATE) || (c->roles & ROLE_OWNER) ||
	       c->uid == m->userid;
}

void
local_deliver_event(struct broker *b, const struct msg *m)
{
	struct client *c;

	RB_FOREACH(c, clients, &b->local->clients)
		if (clientstate_wants(&c->state, m->topic) && may_see(c, m))
			client_send(c, m);
}

struct local *
local_create(struct broker *b)
{
	struct local *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->b = b;
	l->fd = -1;
	RB_INIT(&l->clients);
	ev_timer_init(&l->resume, resume_cb, ACCEPT_PAUSE, 0.);
	l->resume.data = l;
	return l;
}

void
local_destroy(struct local *l)
{
	struct client *c;

	if (!l)
		return;
	l->is_ending = true;
	ev_timer_stop(l->b->loop, &l->resume);
	if (l->fd >= 0) {
		ev_io_stop(l->b->loop, &l->accept);
		close(l->fd);
		unlink(l->path);
	}
	while ((c = RB_MIN(clients, &l->clients)))
		client_remove(c);
	free(l->path);
	free(l);
}
