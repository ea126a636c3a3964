/* SPDX-License-Identifier: MIT */
/*
 * The resources of the instance and which of their ranks may be used: those
 * that are online, not drained, not excluded and not forced down.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../attrs.h"
#include "../broker.h"
#include "../lifecycle.h"
#include "../log.h"
#include "../overlay/overlay.h"
#include "helper.h"
#include "hostlist.h"
#include "idset.h"
#include "rset.h"
#include "slurm.h"
#include "state.h"

const struct rset *
resource_all(struct broker *b)
{
	return b->resource->usable;
}

const struct rset *
resource_configured(struct broker *b)
{
	return b->resource->all;
}

unsigned
resource_version(struct broker *b)
{
	return b->resource->version;
}

const struct idset *
resource_down(struct broker *b)
{
	return b->resource->down;
}

double
resource_expiration(struct broker *b)
{
	return b->resource->all ? b->resource->all->expiration : 0;
}

int
resource_on_change(struct broker *b, resource_change_f cb, void *arg)
{
	struct change *c = calloc(1, sizeof(*c));

	if (!c)
		return -1;
	c->cb = cb;
	c->arg = arg;
	c->next = b->resource->changes;
	b->resource->changes = c;
	return 0;
}

struct idset *
resource_drained(const struct resource *r)
{
	struct idset *s = idset_create();

	for (unsigned rank = 0; s && rank < r->b->size; rank++)
		if (r->drains[rank].is_drained)
			idset_set(s, rank);
	return s;
}

/* Requests that wait until so many ranks are up. */
static void
answer_waitups(struct resource *r)
{
	size_t up = idset_count(overlay_online(r->b->overlay));
	struct waiter *w, *next;

	for (w = r->waitups.first; w; w = next) {
		next = w->next;
		if (up < (size_t)(intptr_t)w->arg)
			continue;
		request_respond_new(w->req, NULL);
		waitlist_remove(&r->waitups, w);
	}
}

/* resource.monitor-force-up of the configuration: all ranks are taken to be up,
 * also those that have no broker. For tests of scheduling, with jobs that have
 * no processes. */
static bool
is_forced_up(const struct resource *r)
{
	return json_is_true(json_object_get(
	    json_object_get(r->b->config, "resource"), "monitor-force-up"));
}

/* Ranks that have no broker now, of all that the set names. */
static int
add_offline(const struct resource *r, struct idset *down)
{
	const struct idset *online = overlay_online(r->b->overlay);

	if (is_forced_up(r))
		return 0;
	for (unsigned rank = 0; rank < r->b->size; rank++)
		if (!idset_test(online, rank) && idset_set(down, rank) < 0)
			return -1;
	for (size_t i = 0; r->all && i < r->all->nnodes; i++)
		if (r->all->nodes[i].rank >= r->b->size &&
		    idset_set(down, r->all->nodes[i].rank) < 0)
			return -1;
	return 0;
}

static void
tell_changes(struct resource *r)
{
	if (!r->all)
		return;
	for (struct change *c = r->changes; c; c = c->next)
		c->cb(c->arg);
}

void
resource_changed(struct resource *r)
{
	struct idset *down = resource_drained(r);

	if (!down || add_offline(r, down) < 0 ||
	    idset_add(down, r->exclude) < 0 || idset_add(down, r->forced) < 0) {
		log_err(r->b->log, "resources");
		idset_destroy(down);
		return;
	}
	idset_destroy(r->down);
	r->down = down;
	answer_waitups(r);
	tell_changes(r);
}

static void
overlay_cb(void *arg, const struct idset *ranks, bool is_up)
{
	struct resource *r = arg;

	resource_journal_ranks(r, is_up ? "online" : "offline", ranks);
	if (is_up)
		discover_online(r);
	resource_changed(r);
}

static struct rset *
without_excluded(const struct resource *r, const struct rset *all)
{
	struct rset *usable = rset_dup(all);

	if (usable && rset_drop_ranks(usable, r->exclude) < 0) {
		rset_destroy(usable);
		return NULL;
	}
	return usable;
}

void
resource_found(struct resource *r, struct rset *all, const char *method)
{
	struct rset *usable = without_excluded(r, all);

	if (!usable) {
		log_err(r->b->log, "resources");
		rset_destroy(all);
		return;
	}
	rset_destroy(r->all);
	rset_destroy(r->usable);
	r->all = all;
	r->usable = usable;
	r->method = method;
	r->version++;
	resource_journal_post(
	    r, "resource-define", json_pack("{s:s}", "method", method));
	resource_changed(r);
	if (r->is_held) {
		r->is_held = false;
		lifecycle_release(r->b);
	}
}

void
resource_expires(struct resource *r, double expiration)
{
	if (r->all->expiration == expiration)
		return;
	r->all->expiration = r->usable->expiration = expiration;
	resource_journal_post(
	    r, "resource-update", json_pack("{s:f}", "expiration", expiration));
	tell_changes(r);
}

static struct idset *
ranks_of_hosts(struct resource *r, const char *text, struct errmsg *em)
{
	struct hostlist *want = hostlist_decode(text);
	struct hostlist *have =
	    hostlist_decode(attrs_get(r->b->attrs, "hostlist"));
	struct idset *ranks = idset_create();

	if (!want || !have || !ranks || hostlist_count(want) == 0)
		goto invalid;
	for (size_t i = 0; i < hostlist_count(want); i++) {
		const char *host = hostlist_nth(want, i);
		if (hostlist_find(have, host) < 0) {
			errmsg_set(
			    em, "invalid targets: invalid hosts: %s", host);
			goto error;
		}
		for (size_t k = 0; k < hostlist_count(have); k++)
			if (strcmp(hostlist_nth(have, k), host) == 0)
				idset_set(ranks, (unsigned)k);
	}
	hostlist_destroy(want);
	hostlist_destroy(have);
	return ranks;
invalid:
	errmsg_set(em, "invalid targets: invalid hosts: %s", text);
error:
	hostlist_destroy(want);
	hostlist_destroy(have);
	idset_destroy(ranks);
	errno = EINVAL;
	return NULL;
}

struct idset *
resource_targets(struct resource *r, const char *text, struct errmsg *em)
{
	struct idset *ranks = idset_decode(text);

	if (!ranks)
		return ranks_of_hosts(r, text, em);
	if (idset_count(ranks) == 0)
		errmsg_set(em, "idset is empty");
	else if (idset_last(ranks) >= r->b->size)
		errmsg_set(em, "idset is out of range");
	else
		return ranks;
	idset_destroy(ranks);
	errno = EINVAL;
	return NULL;
}

/* resource.exclude of the configuration. */
static int
read_exclude(struct resource *r)
{
	const char *text = json_string_value(json_object_get(
	    json_object_get(r->b->config, "resource"), "exclude"));
	struct errmsg em;

	r->exclude = text ? resource_targets(r, text, &em) : idset_create();
	if (!r->exclude && text)
		log_error(r->b->log, "resource.exclude: %s", em.text);
	return r->exclude ? 0 : -1;
}

static int
create_rank0(struct resource *r)
{
	struct broker *b = r->b;

	r->forced = idset_create();
	r->down = idset_create();
	r->drains = calloc(b->size, sizeof(*r->drains));
	if (!r->forced || !r->down || !r->drains || read_exclude(r) < 0 ||
	    resource_journal_create(r) < 0 ||
	    overlay_on_change(b->overlay, overlay_cb, r) < 0)
		return -1;
	resource_journal_ranks(r, "online", overlay_online(b->overlay));
	resource_changed(r);
	r->is_held = true;
	lifecycle_hold(b);
	return discover_start(r);
}

int
resource_create(struct broker *b)
{
	struct resource *r = calloc(1, sizeof(*r));

	if (!r)
		return -1;
	r->b = b;
	b->resource = r;
	LIST_INIT(&r->gathers);
	if (resource_register(r) < 0)
		return -1;
	return b->rank == 0 ? create_rank0(r) : 0;
}

void
resource_destroy(struct broker *b)
{
	struct resource *r = b->resource;
	struct change *c;

	if (!r)
		return;
	gather_destroy_all(r);
	discover_stop(r);
	slurm_stop(r);
	ev_timer_stop(b->loop, &r->give_up);
	helper_destroy(r->xml_helper);
	waitlist_fail_all(&r->xml_waiters, ENODATA, NULL);
	waitlist_fail_all(&r->waitups, ENODATA, NULL);
	waitlist_fail_all(&r->journals, ENODATA, NULL);
	while ((c = r->changes)) {
		r->changes = c->next;
		free(c);
	}
	for (unsigned i = 0; r->drains && i < b->size; i++)
		free(r->drains[i].reason);
	free(r->drains);
	rset_destroy(r->all);
	rset_destroy(r->usable);
	idset_destroy(r->exclude);
	idset_destroy(r->forced);
	idset_destroy(r->down);
	json_decref(r->events);
	free(r->xml);
	free(r);
	b->resource = NULL;
}
