/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../broker.h"
#include "../log.h"
#include "../overlay/overlay.h"
#include "gather.h"
#include "helper.h"
#include "idset.h"
#include "state.h"

struct gather {
	struct resource *r;
	gather_f done;
	void *arg;
	json_t *found;
	int pending; /* answers that are to come */
	struct helper *helper;
	ev_timer none; /* nobody was there to be asked */
	LIST_ENTRY(gather) next;
};

static void
gather_destroy(struct gather *g)
{
	LIST_REMOVE(g, next);
	ev_timer_stop(g->r->b->loop, &g->none);
	helper_destroy(g->helper);
	json_decref(g->found);
	free(g);
}

static void
check_done(struct gather *g)
{
	gather_f done = g->done;
	void *arg = g->arg;
	json_t *found;

	if (g->pending > 0)
		return;
	found = json_incref(g->found);
	gather_destroy(g);
	done(arg, found);
	json_decref(found);
}

/* ---- merging ---- */

static const char *
text_of(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

static int
same_things(const json_t *a, const json_t *b)
{
	return strcmp(text_of(a, "cores"), text_of(b, "cores")) == 0 &&
	       strcmp(text_of(a, "gpus"), text_of(b, "gpus")) == 0 &&
	       strcmp(text_of(a, "error"), text_of(b, "error")) == 0;
}

/* The ranks of both. */
static json_t *
join_ranks(const json_t *a, const json_t *b)
{
	struct idset *s = idset_decode(text_of(a, "ranks"));
	struct idset *t = idset_decode(text_of(b, "ranks"));
	char *text = NULL;
	json_t *o;

	if (s && t && idset_add(s, t) == 0)
		text = idset_encode(s, 0);
	o = text ? json_string(text) : NULL;
	free(text);
	idset_destroy(s);
	idset_destroy(t);
	return o;
}

static void
add_found(struct gather *g, json_t *entry)
{
	json_t *o, *ranks;
	size_t i;

	json_array_foreach(g->found, i, o) {
		if (!same_things(o, entry))
			continue;
		if ((ranks = join_ranks(o, entry)))
			json_object_set_new(o, "ranks", ranks);
		return;
	}
	json_array_append(g->found, entry);
}

/* ---- answers ---- */

static void
child_cb(void *arg, int errnum, const char *text, const json_t *payload)
{
	struct gather *g = arg;
	json_t *entry;
	size_t i;

	g->pending--;
	if (errnum)
		log_debug(g->r->b->log, "resource.discover: %s", text);
	json_array_foreach(json_object_get(payload, "found"), i, entry)
		add_found(g, entry);
	check_done(g);
}

static json_t *
own_entry(struct gather *g, const char *text, const char *why)
{
	json_t *o = text ? json_loads(text, 0, NULL) : NULL;
	const char *cores, *gpus;
	char rank[16];
	json_t *entry;

	snprintf(rank, sizeof(rank), "%u", g->r->b->rank);
	if (json_unpack(o, "{s:s s:s}", "cores", &cores, "gpus", &gpus) == 0)
		entry = json_pack("{s:s s:s s:s}", "ranks", rank, "cores",
		    cores, "gpus", gpus);
	else
		entry = json_pack("{s:s s:s}", "ranks", rank, "error",
		    text ? "flux-topo: no usable answer" : why);
	json_decref(o);
	return entry;
}

static void
helper_cb(void *arg, const char *text, const char *why)
{
	struct gather *g = arg;
	json_t *entry = own_entry(g, text, why);

	g->helper = NULL;
	g->pending--;
	if (entry)
		add_found(g, entry);
	json_decref(entry);
	check_done(g);
}

/* ---- questions ---- */

static int
ask_child(struct gather *g, int i, const struct idset *ranks)
{
	struct overlay *ov = g->r->b->overlay;
	char *text;
	int rc = -1;

	if (!idset_intersects(overlay_subtree(ov, i), ranks))
		return 0;
	if (!(text = idset_encode(ranks, 0)))
		return -1;
	if (broker_rpc_new(g->r->b, overlay_child(ov, i), "resource.discover",
		0, json_pack("{s:s}", "ranks", text), child_cb, g) == 0) {
		g->pending++;
		rc = 0;
	}
	free(text);
	return rc;
}

static void
ask_self(struct gather *g)
{
	json_t *entry;

	g->helper = helper_start(g->r->b, NULL, helper_cb, g);
	if (g->helper) {
		g->pending++;
		return;
	}
	if ((entry = own_entry(g, NULL, strerror(errno))))
		add_found(g, entry);
	json_decref(entry);
}

static void
none_cb(struct ev_loop *loop, ev_timer *w, int revents)
{
	(void)loop;
	(void)revents;
	check_done(w->data);
}

int
gather_start(
    struct resource *r, const struct idset *ranks, gather_f done, void *arg)
{
	struct gather *g = calloc(1, sizeof(*g));

	if (!g || !(g->found = json_array())) {
		free(g);
		errno = ENOMEM;
		return -1;
	}
	g->r = r;
	g->done = done;
	g->arg = arg;
	LIST_INSERT_HEAD(&r->gathers, g, next);
	ev_timer_init(&g->none, none_cb, 0., 0.);
	g->none.data = g;
	/* a child that could not be asked counts as one without an answer */
	for (int i = 0; i < overlay_nchildren(r->b->overlay); i++)
		if (ask_child(g, i, ranks) < 0)
			log_err(r->b->log, "resource.discover");
	if (idset_test(ranks, r->b->rank))
		ask_self(g);
	if (g->pending == 0)
		ev_timer_start(r->b->loop, &g->none);
	return 0;
}

void
gather_destroy_all(struct resource *r)
{
	struct gather *g;

	while ((g = LIST_FIRST(&r->gathers)))
		gather_destroy(g);
}
