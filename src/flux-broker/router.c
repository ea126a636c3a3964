/* SPDX-License-Identifier: MIT */
/*
 * Dispatch and routing, see router.h. Services are in a table by name; whom
 * we wait for is in debts.c and rpcs.c.
 */
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
#include "overlay/overlay.h"
#include "router.h"
#include "rpcs.h"

struct entry {
	char *name;
	const struct service *service; /* NULL: offered by a client */
	void *ctx;
	char uuid[ENDPOINT_MAX]; /* of that client */
	unsigned received, answered;
	double t_received; /* of the last request, loop time */
	RB_ENTRY(entry) node;
};
RB_HEAD(entries, entry);

struct router {
	struct broker *b;
	struct entries entries;
	struct debts *debts;
	struct rpcs *rpcs;
	bool closed; /* the broker is ending: requests are dropped */
};

static int
entry_cmp(struct entry *a, struct entry *b)
{
	return strcmp(a->name, b->name);
}

RB_GENERATE_INTERNAL(
    entries, entry, node, entry_cmp, __attribute__((unused)) static)
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

/* ---- responses ---- */

void
router_response(struct broker *b, struct msg *m)
{
	const char *top = msg_route_top(m);
	unsigned rank;
	char *end;

	if (!top) {
		/* a client or peer that leaves last fails what it was asked
		 * by a service that is gone */
		if (!b->router->closed)
			rpcs_response(b->router->rpcs, m);
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
	/* A client may only answer what it was asked. Neighbours are trusted:
	 * their services may speak once more to somebody who has left. */
	if (debts_settle(b->router->debts, from, m) ||
	    strncmp(from, "rank-", 5) == 0)
		router_response(b, m);
}

struct rpcs *
router_rpcs(struct broker *b)
{
	return b->router->rpcs;
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

void
router_endpoint_lost(struct broker *b, const char *endpoint, int errnum)
{
	struct msg *m;

	while ((m = debts_take(b->router->debts, endpoint))) {
		router_fail(b, m, errnum, NULL);
		msg_unref(m);
	}
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

void
router_count_answer(struct broker *b, const char *topic)
{
	struct entry *e = entry_for(b->router, topic);

	if (e)
		e->answered++;
}

void
router_stats(
    struct broker *b, const char *topic, unsigned *received, unsigned *answered)
{
	struct entry *e = entry_for(b->router, topic);

	*received = e ? e->received : 0;
	*answered = e ? e->answered : 0;
}

void
router_stats_clear(struct broker *b, const char *topic)
{
	struct entry *e = entry_for(b->router, topic);

	if (e)
		e->received = e->answered = 0;
}

double
router_idle(struct broker *b, const char *name)
{
	const struct entry *e = entry_for(b->router, name);
	double t = e && e->t_received > 0 ? e->t_received : b->t_start;

	return ev_now(b->loop) > t ? ev_now(b->loop) - t : 0;
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
note(struct broker *b, const char *endpoint, const struct msg *m)
{
	if (is_disconnect(m->topic))
		debts_forget(b->router->debts, endpoint, m);
	else
		debts_note(b->router->debts, endpoint, m);
}

static void
serve(struct broker *b, struct entry *e, struct msg *m)
{
	const struct topic *t;
	char text[300];

	if (!e->service) {
		note(b, e->uuid, m);
		local_deliver_request(b, e->uuid, m);
		return;
	}
	e->received++;
	e->t_received = ev_now(b->loop);
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
		note(b, endpoint, m);
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
	if (b->router->closed)
		return;
	if (!m->topic)
		router_fail(b, m, EPROTO, NULL);
	else if (m->flags & MSG_UPSTREAM)
		request_upstream(b, m);
	else if (m->nodeid == NODEID_ANY)
		request_any(b, m);
	else
		request_rank(b, m);
}

/* ---- life ---- */

void
router_destroy(struct router *rt)
{
	struct entry *e;

	if (!rt)
		return;
	while ((e = RB_MIN(entries, &rt->entries)))
		entry_remove(rt, e);
	debts_destroy(rt->debts);
	rpcs_destroy(rt->rpcs);
	free(rt);
}

struct router *
router_create(struct broker *b)
{
	struct router *rt = calloc(1, sizeof(*rt));

	if (!rt)
		return NULL;
	rt->b = b;
	RB_INIT(&rt->entries);
	rt->debts = debts_create();
	rt->rpcs = rpcs_create(b);
	if (!rt->debts || !rt->rpcs) {
		router_destroy(rt);
		return NULL;
	}
	return rt;
}

void
router_close(struct router *rt)
{
	rt->closed = true;
}
