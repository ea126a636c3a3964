/* SPDX-License-Identifier: MIT */
/*
 * Dispatch and routing, see router.h. Three tables: services by name, debts
 * (requests that an endpoint owes an answer to) by endpoint, sender and tag,
 * and the RPCs of this broker itself by tag.
 */
#include <sys/queue.h>
#include <sys/tree.h>

#include <errno.h>
#include <ev.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker.h"
#include "generic.h"
#include "lifecycle.h"
#include "local-client.h"
#include "overlay.h"
#include "router.h"

struct entry {
	char *name;
	const struct service *service; /* NULL: offered by a client */
	void *ctx;
	char uuid[ENDPOINT_MAX]; /* of that client */
	RB_ENTRY(entry) node;
};
RB_HEAD(entries, entry);

struct debt {
	char endpoint[ENDPOINT_MAX];
	struct msg *msg; /* the request, without payload */
	RB_ENTRY(debt) node;
};
RB_HEAD(debts, debt);

struct own_rpc {
	uint32_t tag;
	broker_rpc_f cb;
	void *arg;
	RB_ENTRY(own_rpc) node;
};
RB_HEAD(own_rpcs, own_rpc);

struct deferred {
	struct msg *msg;
	STAILQ_ENTRY(deferred) next;
};

struct router {
	struct broker *b;
	struct entries entries;
	struct debts debts;
	struct own_rpcs own;
	uint32_t last_tag;
	STAILQ_HEAD(, deferred) deferred;
	ev_timer defer_timer;
};

static int
entry_cmp(struct entry *a, struct entry *b)
{
	return strcmp(a->name, b->name);
}

static int
debt_cmp(struct debt *a, struct debt *b)
{
	int d = strcmp(a->endpoint, b->endpoint);

	if (d == 0)
		d = strcmp(msg_sender(a->msg), msg_sender(b->msg));
	if (d == 0 && a->msg->matchtag != b->msg->matchtag)
		d = a->msg->matchtag < b->msg->matchtag ? -1 : 1;
	return d;
}

static int
own_cmp(struct own_rpc *a, struct own_rpc *b)
{
	return a->tag < b->tag ? -1 : a->tag > b->tag;
}

RB_GENERATE_INTERNAL(
    entries, entry, node, entry_cmp, __attribute__((unused)) static)
RB_GENERATE_INTERNAL(
    debts, debt, node, debt_cmp, __attribute__((unused)) static)
RB_GENERATE_INTERNAL(
    own_rpcs, own_rpc, node, own_cmp, __attribute__((unused)) static)

const char *
router_rank_endpoint(char buf[ENDPOINT_MAX], uint32_t rank)
{
	snprintf(buf, ENDPOINT_MAX, "rank-%u", rank);
	return buf;
}

/* ---- services ---- */

static struct entry *
entry_find(struct router *rt, const char *name)
{
	struct entry key = { .name = (char *)name };

	return RB_FIND(entries, &rt->entries, &key);
}

static struct entry *
entry_add(struct router *rt, const char *name)
{
	struct entry *e = calloc(1, sizeof(*e));

	if (!e || !(e->name = strdup(name))) {
		free(e);
		return NULL;
	}
	if (RB_INSERT(entries, &rt->entries, e)) {
		free(e->name);
		free(e);
		errno = EEXIST;
		return NULL;
	}
	return e;
}

static void
entry_remove(struct router *rt, struct entry *e)
{
	RB_REMOVE(entries, &rt->entries, e);
	free(e->name);
	free(e);
}

int
service_register(struct broker *b, const struct service *s, void *ctx)
{
	struct entry *e = entry_add(b->router, s->name);

	if (!e)
		return -1;
	e->service = s;
	e->ctx = ctx;
	return 0;
}

int
router_service_add(struct broker *b, const char *name, const char *uuid)
{
	struct entry *e = entry_add(b->router, name);

	if (!e)
		return -1;
	strlcpy(e->uuid, uuid, sizeof(e->uuid));
	return 0;
}

int
router_service_remove(struct broker *b, const char *name, const char *uuid)
{
	struct entry *e = entry_find(b->router, name);

	if (!e || e->service || strcmp(e->uuid, uuid) != 0) {
		errno = ENOENT;
		return -1;
	}
	entry_remove(b->router, e);
	return 0;
}

const char *
router_service_name(struct broker *b, int i)
{
	struct entry *e;

	RB_FOREACH(e, entries, &b->router->entries)
		if (e->service && i-- == 0)
			return e->name;
	return NULL;
}

/* ---- debts ---- */

void
router_note(struct broker *b, const char *endpoint, const struct msg *m)
{
	struct debt *d;

	if ((m->flags & MSG_NORESPONSE) || !(d = calloc(1, sizeof(*d))))
		return;
	strlcpy(d->endpoint, endpoint, sizeof(d->endpoint));
	d->msg = msg_request(m->topic, m->nodeid, m->flags, NULL);
	if (!d->msg) {
		free(d);
		return;
	}
	d->msg->matchtag = m->matchtag;
	for (int i = 0; i < m->nroutes; i++)
		msg_route_push(d->msg, m->routes[i]);
	/* A tag that is used twice at once is the client's mistake; the first
	 * debt stands for both. */
	if (RB_INSERT(debts, &b->router->debts, d)) {
		msg_unref(d->msg);
		free(d);
	}
}

static void
debt_remove(struct router *rt, struct debt *d)
{
	RB_REMOVE(debts, &rt->debts, d);
	msg_unref(d->msg);
	free(d);
}

/* A final response passes: whoever owed it is free. Which endpoint it came
 * from is the one thing that the message does not tell, so ask for each that
 * can owe: the rank of the neighbours is in `from`, else a client. */
static void
debt_settle(struct broker *b, const char *from, struct msg *m)
{
	struct debt key = { .msg = m }, *d;

	if ((m->flags & MSG_STREAMING) && m->errnum == 0)
		return;
	strlcpy(key.endpoint, from, sizeof(key.endpoint));
	if ((d = RB_FIND(debts, &b->router->debts, &key)))
		debt_remove(b->router, d);
}

void
router_endpoint_lost(struct broker *b, const char *endpoint, int errnum)
{
	struct msg none = { .matchtag = 0 };
	struct debt key = { .msg = &none }, *d;
	struct router *rt = b->router;

	strlcpy(key.endpoint, endpoint, sizeof(key.endpoint));
	while ((d = RB_NFIND(debts, &rt->debts, &key)) &&
	       strcmp(d->endpoint, endpoint) == 0) {
		struct msg *m = d->msg;
		RB_REMOVE(debts, &rt->debts, d);
		free(d);
		router_fail(b, m, errnum, NULL);
		msg_unref(m);
	}
}

/* ---- responses ---- */

static void
own_response(struct broker *b, const struct msg *m)
{
	struct own_rpc key = { .tag = m->matchtag };
	struct own_rpc *rpc = RB_FIND(own_rpcs, &b->router->own, &key);
	broker_rpc_f cb;
	void *arg;
	json_t *o = NULL;
	const char *text = NULL;

	if (!rpc)
		return;
	cb = rpc->cb;
	arg = rpc->arg;
	if (m->errnum || !(m->flags & MSG_STREAMING)) {
		RB_REMOVE(own_rpcs, &b->router->own, rpc);
		free(rpc);
	}
	if (m->errnum && !(text = msg_get_text(m)))
		text = strerror(m->errnum);
	if (!m->errnum && (m->flags & MSG_PAYLOAD))
		o = msg_get_json(m);
	cb(arg, m->errnum, text, o);
	json_decref(o);
}

void
router_response(struct broker *b, struct msg *m)
{
	const char *top = msg_route_top(m);
	unsigned rank;
	char *end;

	if (!top) {
		own_response(b, m);
		return;
	}
	if (strncmp(top, "rank-", 5) == 0) {
		rank = (unsigned)strtoul(top + 5, &end, 10);
		if (*end)
			return;
		msg_route_pop(m);
		overlay_send(b->overlay, rank, m);
		return;
	}
	local_deliver_response(b, m);
}

void
router_response_from(struct broker *b, const char *from, struct msg *m)
{
	debt_settle(b, from, m);
	router_response(b, m);
}

void
router_fail(struct broker *b, const struct msg *m, int errnum, const char *text)
{
	struct msg *r;

	if ((m->flags & MSG_NORESPONSE) ||
	    !(r = msg_response_error(m, errnum, text)))
		return;
	r->userid = b->owner;
	r->rolemask = ROLE_OWNER | ROLE_LOCAL;
	router_response(b, r);
	msg_unref(r);
}

/* ---- requests ---- */

/* The name of the service: the topic up to its first dot. */
static struct entry *
entry_for(struct router *rt, const char *topic)
{
	char name[256];
	size_t n = strcspn(topic, ".");

	if (n >= sizeof(name))
		return NULL;
	memcpy(name, topic, n);
	name[n] = '\0';
	return entry_find(rt, name);
}

static const struct topic *
topic_find(const struct topic *t, const char *name)
{
	for (; t->name; t++)
		if (strcmp(t->name, name) == 0)
			return t;
	return NULL;
}

static bool
is_disconnect(const char *topic)
{
	const char *dot = strrchr(topic, '.');

	return strcmp(dot ? dot + 1 : topic, "disconnect") == 0;
}

static void
serve(struct broker *b, struct entry *e, struct msg *m)
{
	const struct topic *t;
	char text[300];

	if (!e->service) {
		router_note(b, e->uuid, m);
		local_deliver_request(b, e->uuid, m);
		return;
	}
	if (is_disconnect(m->topic)) {
		if (e->service->disconnect)
			e->service->disconnect(e->ctx, msg_sender(m));
		return;
	}
	t = topic_find(e->service->topics, m->topic);
	if (!t && !(t = generic_topic(m->topic))) {
		snprintf(text, sizeof(text), "Unknown service method '%s'",
		    m->topic);
		router_fail(b, m, ENOSYS, text);
		return;
	}
	if (!lifecycle_is_online(b) && !(t->flags & TOPIC_OFFLINE) &&
	    (m->rolemask & ROLE_LOCAL)) {
		router_fail(b, m, EAGAIN,
		    "Upstream Flux broker is offline. Try again later.");
		return;
	}
	request_serve(b, t, e->ctx ? e->ctx : b, m);
}

static void
no_service(struct broker *b, struct msg *m)
{
	char text[300];

	snprintf(text, sizeof(text), "No service matching %s is registered",
	    m->topic);
	router_fail(b, m, ENOSYS, text);
}

static void
forward(struct broker *b, uint32_t neighbour, struct msg *m)
{
	char endpoint[ENDPOINT_MAX];

	router_rank_endpoint(endpoint, neighbour);
	if (overlay_send(b->overlay, neighbour, m) < 0)
		router_fail(b, m, EHOSTUNREACH, NULL);
	else
		router_note(b, endpoint, m);
}

static void
request_any(struct broker *b, struct msg *m)
{
	struct entry *e = entry_for(b->router, m->topic);

	if (e)
		serve(b, e, m);
	else if (b->rank > 0)
		forward(b, overlay_parent(b->overlay), m);
	else
		no_service(b, m);
}

/* From the rank that nodeid names, upward. */
static void
request_upstream(struct broker *b, struct msg *m)
{
	if (m->nodeid != b->rank)
		request_any(b, m);
	else if (b->rank == 0)
		router_fail(b, m, EHOSTUNREACH, NULL);
	else
		forward(b, overlay_parent(b->overlay), m);
}

static void
request_rank(struct broker *b, struct msg *m)
{
	struct entry *e;
	uint32_t hop;

	if (m->nodeid == b->rank) {
		if ((e = entry_for(b->router, m->topic)))
			serve(b, e, m);
		else
			no_service(b, m);
		return;
	}
	hop = overlay_next_hop(b->overlay, m->nodeid);
	if (hop == OVERLAY_RANK_NONE)
		router_fail(b, m, EHOSTUNREACH, NULL);
	else
		forward(b, hop, m);
}

void
router_request(struct broker *b, struct msg *m)
{
	if (!m->topic)
		router_fail(b, m, EPROTO, NULL);
	else if (m->flags & MSG_UPSTREAM)
		request_upstream(b, m);
	else if (m->nodeid == NODEID_ANY)
		request_any(b, m);
	else
		request_rank(b, m);
}

/* ---- requests of our own ---- */

static void
defer_cb(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct router *rt = w->data;
	struct deferred *d;

	(void)loop;
	(void)revents;
	while ((d = STAILQ_FIRST(&rt->deferred))) {
		STAILQ_REMOVE_HEAD(&rt->deferred, next);
		router_request(rt->b, d->msg);
		msg_unref(d->msg);
		free(d);
	}
}

/* Takes m. */
static int
defer(struct router *rt, struct msg *m)
{
	struct deferred *d = calloc(1, sizeof(*d));

	if (!d) {
		msg_unref(m);
		return -1;
	}
	d->msg = m;
	STAILQ_INSERT_TAIL(&rt->deferred, d, next);
	if (!ev_is_active(&rt->defer_timer)) {
		ev_timer_set(&rt->defer_timer, 0., 0.);
		ev_timer_start(rt->b->loop, &rt->defer_timer);
	}
	return 0;
}

static struct own_rpc *
own_add(struct router *rt, broker_rpc_f cb, void *arg)
{
	struct own_rpc *rpc = calloc(1, sizeof(*rpc));

	if (!rpc)
		return NULL;
	rpc->cb = cb;
	rpc->arg = arg;
	do {
		if (++rt->last_tag == 0)
			rt->last_tag = 1;
		rpc->tag = rt->last_tag;
	} while (RB_INSERT(own_rpcs, &rt->own, rpc));
	return rpc;
}

int
broker_rpc_new(struct broker *b, uint32_t nodeid, const char *topic, int flags,
    json_t *payload_new, broker_rpc_f cb, void *arg)
{
	struct router *rt = b->router;
	struct msg *m;
	struct own_rpc *rpc = NULL;

	m = msg_request(
	    topic, nodeid, cb ? flags : flags | MSG_NORESPONSE, payload_new);
	json_decref(payload_new);
	if (!m)
		return -1;
	m->userid = b->owner;
	m->rolemask = ROLE_OWNER;
	if (cb) {
		if (!(rpc = own_add(rt, cb, arg))) {
			msg_unref(m);
			return -1;
		}
		m->matchtag = rpc->tag;
	}
	return defer(rt, m);
}

/* ---- life ---- */

struct router *
router_create(struct broker *b)
{
	struct router *rt = calloc(1, sizeof(*rt));

	if (!rt)
		return NULL;
	rt->b = b;
	RB_INIT(&rt->entries);
	RB_INIT(&rt->debts);
	RB_INIT(&rt->own);
	STAILQ_INIT(&rt->deferred);
	ev_timer_init(&rt->defer_timer, defer_cb, 0., 0.);
	rt->defer_timer.data = rt;
	return rt;
}

void
router_destroy(struct router *rt)
{
	struct entry *e;
	struct debt *debt;
	struct own_rpc *rpc;
	struct deferred *d;

	if (!rt)
		return;
	ev_timer_stop(rt->b->loop, &rt->defer_timer);
	while ((e = RB_MIN(entries, &rt->entries)))
		entry_remove(rt, e);
	while ((debt = RB_MIN(debts, &rt->debts)))
		debt_remove(rt, debt);
	while ((rpc = RB_MIN(own_rpcs, &rt->own))) {
		RB_REMOVE(own_rpcs, &rt->own, rpc);
		free(rpc);
	}
	while ((d = STAILQ_FIRST(&rt->deferred))) {
		STAILQ_REMOVE_HEAD(&rt->deferred, next);
		msg_unref(d->msg);
		free(d);
	}
	free(rt);
}
