/* SPDX-License-Identifier: MIT */
/*
 * A client joins on its own rank, which remembers it to leave the group when
 * the client goes, and tells rank 0 by groups.update.
 */
#include <sys/queue.h>

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "broker.h"
#include "groups.h"
#include "idset.h"
#include "overlay/overlay.h"
#include "service.h"

#define ONLINE "broker.online"

/* On rank 0. */
struct group {
	char *name;
	struct idset *members;
	LIST_ENTRY(group) next;
};

/* On the rank of the client. */
struct membership {
	char *name, *sender;
	LIST_ENTRY(membership) next;
};

struct groups {
	struct broker *b;
	LIST_HEAD(, group) list;
	LIST_HEAD(, membership) joined;
	struct waitlist watchers;
};

/* ---- rank 0 ---- */

static struct group *
group_find(struct groups *gs, const char *name)
{
	struct group *g;

	LIST_FOREACH(g, &gs->list, next)
		if (strcmp(g->name, name) == 0)
			return g;
	return NULL;
}

static struct group *
group_get(struct groups *gs, const char *name)
{
	struct group *g = group_find(gs, name);

	if (g || !(g = calloc(1, sizeof(*g))))
		return g;
	g->name = strdup(name);
	g->members = idset_create();
	LIST_INSERT_HEAD(&gs->list, g, next);
	return g;
}

static void
group_remove(struct group *g)
{
	LIST_REMOVE(g, next);
	idset_destroy(g->members);
	free(g->name);
	free(g);
}

static json_t *
members(struct groups *gs, const char *name)
{
	struct group *g = group_find(gs, name);
	const struct idset *s = g ? g->members : NULL;
	char *text;
	json_t *o;

	if (strcmp(name, ONLINE) == 0)
		s = overlay_online(gs->b->overlay);
	text = s ? idset_encode(s, 0) : NULL;
	o = json_pack("{s:s}", "members", text ? text : "");
	free(text);
	return o;
}

static void
tell(struct groups *gs, const char *name)
{
	const char *watched;

	for (struct waiter *w = gs->watchers.first; w; w = w->next)
		if (request_unpack(w->req, "{s:s}", "name", &watched) == 0 &&
		    strcmp(watched, name) == 0)
			request_respond_new(w->req, members(gs, name));
}

static void
update(struct groups *gs, const char *name, uint32_t rank, bool join)
{
	struct group *g = group_get(gs, name);

	if (!g || !g->name || !g->members)
		return;
	if (join)
		idset_set(g->members, rank);
	else
		idset_clear(g->members, rank);
	tell(gs, name);
	if (idset_count(g->members) == 0)
		group_remove(g);
}

/* Ranks that are lost are in no group. */
static void
online_cb(void *arg, const struct idset *ranks, bool is_up)
{
	struct groups *gs = arg;
	struct group *g, *next;

	tell(gs, ONLINE);
	if (is_up)
		return;
	for (g = LIST_FIRST(&gs->list); g; g = next) {
		size_t before = idset_count(g->members);

		next = LIST_NEXT(g, next);
		idset_subtract(g->members, ranks);
		if (idset_count(g->members) == before)
			continue;
		tell(gs, g->name);
		if (idset_count(g->members) == 0)
			group_remove(g);
	}
}

static int
get_request(void *ctx, struct request *req, struct answer *an)
{
	struct groups *gs = ctx;
	const char *name;

	if (gs->b->rank != 0) {
		errno = EPROTO;
		return errmsg_set(
		    &an->em, "this RPC is only available on rank 0");
	}
	if (request_unpack(req, "{s:s}", "name", &name) < 0)
		return -1;
	an->json = members(gs, name);
	if (!request_is_streaming(req))
		return 0;
	request_respond_new(req, json_incref(an->json));
	return waitlist_add(&gs->watchers, req, NULL) < 0 ? -1 : ANSWER_LATER;
}

/* From another rank. */
static int
update_request(void *ctx, struct request *req, struct answer *an)
{
	struct groups *gs = ctx;
	const char *name;
	json_int_t rank;
	int join;

	(void)an;
	if (request_unpack(req, "{s:s s:I s:b}", "name", &name, "rank", &rank,
		"join", &join) < 0)
		return -1;
	if (rank < 0 || rank >= gs->b->size) {
		errno = EPROTO;
		return -1;
	}
	update(gs, name, (uint32_t)rank, join);
	return 0;
}

/* ---- any rank ---- */

static void
announce(struct groups *gs, const char *name, bool join)
{
	if (gs->b->rank == 0)
		update(gs, name, 0, join);
	else
		broker_rpc_new(gs->b, 0, "groups.update", 0,
		    json_pack("{s:s s:I s:b}", "name", name, "rank",
			(json_int_t)gs->b->rank, "join", join),
		    NULL, NULL);
}

static struct membership *
membership_find(struct groups *gs, const char *name)
{
	struct membership *ms;

	LIST_FOREACH(ms, &gs->joined, next)
		if (strcmp(ms->name, name) == 0)
			return ms;
	return NULL;
}

static void
membership_remove(struct membership *ms)
{
	LIST_REMOVE(ms, next);
	free(ms->name);
	free(ms->sender);
	free(ms);
}

static int
membership_add(struct groups *gs, const char *name, const char *sender)
{
	struct membership *ms = calloc(1, sizeof(*ms));

	if (!ms)
		return -1;
	ms->name = strdup(name);
	ms->sender = strdup(sender);
	LIST_INSERT_HEAD(&gs->joined, ms, next);
	if (ms->name && ms->sender)
		return 0;
	membership_remove(ms);
	return -1;
}

/* The name in a request of a client of this rank. */
static int
name_of(
    struct request *req, const char *verb, const char **name, struct errmsg *em)
{
	if (!(request_msg(req)->rolemask & ROLE_LOCAL)) {
		errno = EPROTO;
		return errmsg_set(
		    em, "groups.%s is restricted to the local broker", verb);
	}
	return request_unpack(req, "{s:s}", "name", name);
}

static int
join_request(void *ctx, struct request *req, struct answer *an)
{
	struct groups *gs = ctx;
	const char *name;

	if (name_of(req, "join", &name, &an->em) < 0)
		return -1;
	if (membership_find(gs, name) || strcmp(name, ONLINE) == 0) {
		errno = EEXIST;
		return errmsg_set(&an->em, "rank %u is already a member of %s",
		    gs->b->rank, name);
	}
	if (membership_add(gs, name, request_sender(req)) < 0)
		return -1;
	announce(gs, name, true);
	return 0;
}

static int
leave_request(void *ctx, struct request *req, struct answer *an)
{
	struct groups *gs = ctx;
	struct membership *ms;
	const char *name;

	if (name_of(req, "leave", &name, &an->em) < 0)
		return -1;
	if (!(ms = membership_find(gs, name))) {
		errno = ENOENT;
		return errmsg_set(&an->em, "rank %u is not a member of %s",
		    gs->b->rank, name);
	}
	announce(gs, name, false);
	membership_remove(ms);
	return 0;
}

static void
disconnect(void *ctx, const char *sender)
{
	struct groups *gs = ctx;
	struct membership *ms, *next;

	waitlist_disconnect(&gs->watchers, sender, NULL);
	for (ms = LIST_FIRST(&gs->joined); ms; ms = next) {
		next = LIST_NEXT(ms, next);
		if (strcmp(ms->sender, sender) != 0)
			continue;
		announce(gs, ms->name, false);
		membership_remove(ms);
	}
}

static const struct topic topics[] = {
	{ "groups.get", TOPIC_USER, get_request },
	{ "groups.join", TOPIC_OWNER, join_request },
	{ "groups.leave", TOPIC_OWNER, leave_request },
	{ "groups.update", TOPIC_OWNER | TOPIC_RANK0, update_request },
	{ 0 },
};

static const struct service service = {
	.name = "groups",
	.topics = topics,
	.disconnect = disconnect,
};

int
groups_register(struct broker *b)
{
	if (b->rank == 0 &&
	    overlay_on_change(b->overlay, online_cb, b->groups) < 0)
		return -1;
	return service_register(b, &service, b->groups);
}

struct groups *
groups_create(struct broker *b)
{
	struct groups *gs = calloc(1, sizeof(*gs));

	if (gs) {
		gs->b = b;
		LIST_INIT(&gs->list);
		LIST_INIT(&gs->joined);
	}
	return gs;
}

void
groups_destroy(struct groups *gs)
{
	struct group *g;
	struct membership *ms;

	if (!gs)
		return;
	while ((g = LIST_FIRST(&gs->list)))
		group_remove(g);
	while ((ms = LIST_FIRST(&gs->joined)))
		membership_remove(ms);
	waitlist_clear(&gs->watchers);
	free(gs);
}
