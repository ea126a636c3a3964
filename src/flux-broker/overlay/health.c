/* SPDX-License-Identifier: MIT */
/*
 * A subtree is full when all its ranks are online, degraded when some of them
 * were lost, partial when some have not come yet. A child that is not there
 * itself is lost or offline.
 */
#include <ev.h>
#include <stdbool.h>
#include <stdlib.h>

#include "../broker.h"
#include "health.h"
#include "idset.h"
#include "overlay.h"

enum status { OFFLINE, PARTIAL, FULL, DEGRADED, LOST };

static const char *const names[] = { "offline", "partial", "full", "degraded",
	"lost" };

struct state {
	enum status status;
	double since; /* loop time */
};

struct health {
	struct broker *b;
	struct idset *lost; /* ranks of the subtree */
	struct state self, *children;
};

static bool
overlaps(const struct idset *a, const struct idset *b)
{
	for (unsigned r = idset_first(a); r != IDSET_INVALID;
	     r = idset_next(a, r))
		if (idset_test(b, r))
			return true;
	return false;
}

static bool
is_all_online(const struct overlay *ov, const struct idset *ranks)
{
	for (unsigned r = idset_first(ranks); r != IDSET_INVALID;
	     r = idset_next(ranks, r))
		if (!idset_test(overlay_online(ov), r))
			return false;
	return true;
}

static enum status
child_status(const struct health *h, int i)
{
	const struct overlay *ov = h->b->overlay;
	const struct idset *subtree = overlay_subtree(ov, i);
	uint32_t rank = overlay_child(ov, i);

	if (!idset_test(overlay_online(ov), rank))
		return idset_test(h->lost, rank) ? LOST : OFFLINE;
	if (overlaps(h->lost, subtree))
		return DEGRADED;
	return is_all_online(ov, subtree) ? FULL : PARTIAL;
}

static void
set(const struct health *h, struct state *s, enum status status)
{
	if (s->status == status)
		return;
	s->status = status;
	s->since = ev_now(h->b->loop);
}

static void
update(struct health *h)
{
	enum status self = FULL;

	for (int i = 0; i < overlay_nchildren(h->b->overlay); i++) {
		enum status s = child_status(h, i);
		set(h, &h->children[i], s);
		if (s == LOST || s == DEGRADED)
			self = DEGRADED;
		else if (s != FULL && self == FULL)
			self = PARTIAL;
	}
	set(h, &h->self, self);
}

static void
change_cb(void *arg, const struct idset *ranks, bool is_up)
{
	struct health *h = arg;

	if (is_up)
		idset_subtract(h->lost, ranks);
	else
		idset_add(h->lost, ranks);
	update(h);
}

static json_t *
encode_child(const struct health *h, int i)
{
	const struct state *s = &h->children[i];
	json_t *o = json_pack("{s:I s:s s:f}", "rank",
	    (json_int_t)overlay_child(h->b->overlay, i), "status",
	    names[s->status], "duration", ev_now(h->b->loop) - s->since);

	if (s->status == LOST)
		json_object_set_new(o, "error",
		    json_string(overlay_was_disconnected(h->b->overlay, i)
				    ? "administrative disconnect"
				    : "lost connection"));
	return o;
}

json_t *
health_encode(const struct health *h)
{
	json_t *children = json_array();

	for (int i = 0; i < overlay_nchildren(h->b->overlay); i++)
		json_array_append_new(children, encode_child(h, i));
	return json_pack("{s:I s:s s:f s:o}", "rank", (json_int_t)h->b->rank,
	    "status", names[h->self.status], "duration",
	    ev_now(h->b->loop) - h->self.since, "children", children);
}

struct health *
health_create(struct broker *b)
{
	struct health *h = calloc(1, sizeof(*h));
	int n = overlay_nchildren(b->overlay);

	if (!h)
		return NULL;
	h->b = b;
	h->lost = idset_create();
	h->children = calloc(n + 1, sizeof(*h->children));
	if (!h->lost || !h->children ||
	    overlay_on_change(b->overlay, change_cb, h) < 0) {
		health_destroy(h);
		return NULL;
	}
	h->self.since = ev_now(b->loop);
	for (int i = 0; i < n; i++)
		h->children[i].since = h->self.since;
	update(h);
	return h;
}

void
health_destroy(struct health *h)
{
	if (!h)
		return;
	idset_destroy(h->lost);
	free(h->children);
	free(h);
}
