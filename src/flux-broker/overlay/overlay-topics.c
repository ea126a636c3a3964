/* SPDX-License-Identifier: MIT */
/* Topics overlay.*. */
#include <errno.h>

#include "../broker.h"
#include "../service.h"
#include "health.h"
#include "overlay-core.h"
#include "overlay-state.h"
#include "tree.h"

static int
health_request(void *ctx, struct request *req, struct answer *an)
{
	struct broker *b = ctx;

	(void)req;
	an->json = health_encode(b->health);
	return 0;
}

static json_t *
topology(const struct tree *t, uint32_t rank)
{
	json_t *children = json_array();
	json_int_t below = 1;

	for (uint32_t c = tree_child(t, rank); c != TREE_NONE;
	     c = tree_next(t, c)) {
		json_t *o = topology(t, c);
		below += json_integer_value(json_object_get(o, "size"));
		json_array_append_new(children, o);
	}
	return json_pack("{s:I s:I s:o}", "rank", (json_int_t)rank, "size",
	    below, "children", children);
}

static int
topology_request(void *ctx, struct request *req, struct answer *an)
{
	struct broker *b = ctx;
	json_int_t rank;
	int known;

	if (request_unpack(req, "{s:I}", "rank", &rank) < 0)
		return -1;
	known = rank == b->rank;
	for (int i = 0; i < overlay_nchildren(b->overlay); i++)
		known |= rank == overlay_child(b->overlay, i);
	if (!known) {
		errno = ENOENT;
		return errmsg_set(&an->em,
		    "requested rank is not this broker or its direct child");
	}
	an->json = topology(overlay_tree(b->overlay), (uint32_t)rank);
	return 0;
}

static int
disconnect_request(void *ctx, struct request *req, struct answer *an)
{
	struct broker *b = ctx;
	json_int_t rank;

	if (request_unpack(req, "{s:I}", "rank", &rank) < 0)
		return -1;
	errno = ENOENT;
	if (rank >= 0 && rank < b->size &&
	    overlay_disconnect(b->overlay, (uint32_t)rank) == 0)
		return 0;
	if (errno == ENOENT)
		errmsg_set(&an->em,
		    "requested rank is not this broker's direct child");
	return -1;
}

static int
stats_request(void *ctx, struct request *req, struct answer *an)
{
	struct broker *b = ctx;

	(void)req;
	an->json = json_pack("{s:i s:i s:i s:i s:i s:{s:i s:i} s:o}",
	    "child-count", overlay_nchildren(b->overlay), "child-connected",
	    overlay_children_up(b->overlay), "parent-count", b->rank > 0,
	    "parent-rpc", 0, "child-rpc", 0, "interthread", "sendq", 0, "recvq",
	    0, "strangers", remote_counts(b->overlay));
	return 0;
}

static int
trace_request(void *ctx, struct request *req, struct answer *an)
{
	struct broker *b = ctx;

	(void)an;
	return trace_add(b->overlay, req);
}

static void
disconnected(void *ctx, const char *sender)
{
	struct broker *b = ctx;

	trace_disconnect(b->overlay, sender);
}

static const struct topic topics[] = {
	{ "overlay.health", TOPIC_USER, health_request },
	{ "overlay.topology", TOPIC_USER, topology_request },
	{ "overlay.disconnect-subtree", TOPIC_OWNER, disconnect_request },
	{ "overlay.stats-get", TOPIC_USER, stats_request },
	{ "overlay.trace", TOPIC_OWNER, trace_request },
	{ 0 },
};

static const struct service service = {
	.name = "overlay",
	.topics = topics,
	.disconnect = disconnected,
};

int
overlay_register(struct broker *b)
{
	return service_register(b, &service, b);
}
