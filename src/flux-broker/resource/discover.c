/* SPDX-License-Identifier: MIT */
/*
 * Where the resources come from: the R of the job that this instance is, the
 * configuration, or what hwloc finds on each host. Several brokers on a host
 * each count all of it, as if it were theirs alone.
 */
#include <errno.h>
#include <ev.h>
#include <stdlib.h>
#include <string.h>

#include "../attrs.h"
#include "../broker.h"
#include "../lifecycle.h"
#include "../log.h"
#include "../overlay/overlay.h"
#include "../parent.h"
#include "handle.h"
#include "hostlist.h"
#include "idset.h"
#include "rset.h"
#include "slurm.h"
#include "state.h"

/* Brokers mostly come up together: they are asked together. */
#define ONLINE_DELAY 0.02

/* Asking the hosts, on rank 0. */
struct discovery {
	struct resource *r;
	struct hostlist *hosts;
	unsigned *leader;      /* by rank: the lowest rank of its host */
	struct rset *found;    /* of leaders that have answered */
	struct idset *missing; /* leaders that have not */
	bool is_asking;
	double expiration; /* of the job that we are; 0 = none */
	ev_timer delay;
};

static void
give_up_cb(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct resource *r = w->data;

	(void)loop;
	(void)revents;
	lifecycle_shutdown(r->b, 1);
}

/* End the instance, in order: also if its loop does not run yet. */
static void
give_up(struct resource *r, const char *what, const char *why)
{
	log_error(r->b->log, "%s: %s", what, why);
	if (!ev_is_active(&r->give_up)) {
		ev_timer_init(&r->give_up, give_up_cb, 0., 0.);
		r->give_up.data = r;
		ev_timer_start(r->b->loop, &r->give_up);
	}
}

/* ---- from hwloc ---- */

struct place {
	const char *host;
	unsigned rank;
};

static int
place_cmp(const void *a, const void *b)
{
	const struct place *p = a, *q = b;
	int d = strcmp(p->host, q->host);

	return d ? d : p->rank < q->rank ? -1 : p->rank > q->rank;
}

/* The hosts of all ranks, and who speaks for each. */
static int
find_leaders(struct discovery *d)
{
	unsigned size = d->r->b->size, first = 0;
	struct place *places = calloc(size, sizeof(*places));

	if (!places)
		return -1;
	for (unsigned i = 0; i < size; i++)
		places[i] = (struct place){ hostlist_nth(d->hosts, i), i };
	qsort(places, size, sizeof(*places), place_cmp);
	for (unsigned i = 0; i < size; i++) {
		if (i == 0 || strcmp(places[i].host, places[first].host) != 0)
			first = i;
		d->leader[places[i].rank] = places[first].rank;
		if (idset_set(d->missing, places[first].rank) < 0) {
			free(places);
			return -1;
		}
	}
	free(places);
	return 0;
}

static struct rset *
from_leaders(struct discovery *d)
{
	struct rset *all = rset_create();

	for (unsigned rank = 0; all && rank < d->r->b->size; rank++) {
		const struct rset_node *n =
		    rset_find(d->found, d->leader[rank]);

		if (!n || rset_add_node(all, rank, hostlist_nth(d->hosts, rank),
			      n->cores, n->gpus) < 0) {
			rset_destroy(all);
			return NULL;
		}
	}
	return all;
}

static void
all_found(struct discovery *d)
{
	struct resource *r = d->r;
	struct rset *all;

	if (slurm_is_asking(r))
		return; /* discover_expiration comes */
	all = from_leaders(d);

	if (all)
		all->expiration = d->expiration;
	discover_stop(r);
	if (all)
		resource_found(r, all, "dynamic-discovery");
	else
		give_up(r, "resources of hosts", "out of memory");
}

/* One entry of what was gathered. */
static int
take_entry(struct discovery *d, const json_t *entry)
{
	const char *ranks, *cores = "", *gpus = "", *error = NULL;
	struct idset *s = NULL, *c = NULL, *g = NULL;
	int rc = -1;

	if (json_unpack((json_t *)entry, "{s:s s?s s?s s?s}", "ranks", &ranks,
		"cores", &cores, "gpus", &gpus, "error", &error) < 0)
		return -1;
	if (error) {
		log_error(d->r->b->log, "resources: rank %s: %s", ranks, error);
		return -1;
	}
	s = idset_decode(ranks);
	c = idset_decode(cores);
	g = idset_decode(gpus);
	if (s && c && g && idset_count(c) > 0) {
		rc = 0;
		for (unsigned i = idset_first(s); i != IDSET_INVALID && !rc;
		     i = idset_next(s, i))
			rc = rset_add_node(d->found, i, "", c, g);
		idset_subtract(d->missing, s);
	}
	idset_destroy(s);
	idset_destroy(c);
	idset_destroy(g);
	return rc;
}

static void
found_cb(void *arg, json_t *found)
{
	struct discovery *d = arg;
	json_t *entry;
	size_t i;

	d->is_asking = false;
	json_array_foreach(found, i, entry) {
		if (take_entry(d, entry) < 0) {
			give_up(d->r, "resources of hosts", "no usable answer");
			return;
		}
	}
	if (idset_count(d->missing) == 0)
		all_found(d);
	else
		discover_online(d->r);
}

/* Ask those that are there and have not answered. */
static void
ask(struct discovery *d)
{
	struct idset *ranks = idset_dup(d->missing);

	if (!ranks || d->is_asking) {
		idset_destroy(ranks);
		return;
	}
	idset_intersect(ranks, overlay_online(d->r->b->overlay));
	if (idset_count(ranks) > 0) {
		d->is_asking = true;
		if (gather_start(d->r, ranks, found_cb, d) < 0)
			give_up(d->r, "resources of hosts", strerror(errno));
	}
	idset_destroy(ranks);
}

static void
delay_cb(struct ev_loop *loop, ev_timer *w, int revents)
{
	(void)loop;
	(void)revents;
	ask(w->data);
}

void
discover_online(struct resource *r)
{
	struct discovery *d = r->disco;

	if (!d || ev_is_active(&d->delay))
		return;
	ev_timer_set(&d->delay, ONLINE_DELAY, 0.);
	ev_timer_start(r->b->loop, &d->delay);
}

static int
from_hwloc(struct resource *r, double expiration)
{
	struct discovery *d = calloc(1, sizeof(*d));
	const char *hosts = attrs_get(r->b->attrs, "hostlist");

	if (!d)
		return -1;
	r->disco = d;
	d->r = r;
	d->expiration = expiration;
	ev_timer_init(&d->delay, delay_cb, 0., 0.);
	d->delay.data = d;
	d->hosts = hostlist_decode(hosts ? hosts : "");
	d->leader = calloc(r->b->size, sizeof(*d->leader));
	d->found = rset_create();
	d->missing = idset_create();
	if (d->hosts && hostlist_count(d->hosts) < r->b->size)
		errno = EINVAL;
	else if (d->hosts && d->leader && d->found && d->missing &&
		 find_leaders(d) == 0) {
		ask(d);
		return 0;
	}
	discover_stop(r);
	return -1;
}

void
discover_stop(struct resource *r)
{
	struct discovery *d = r->disco;
	int saved = errno;

	if (!d)
		return;
	r->disco = NULL;
	ev_timer_stop(r->b->loop, &d->delay);
	hostlist_destroy(d->hosts);
	free(d->leader);
	rset_destroy(d->found);
	idset_destroy(d->missing);
	free(d);
	errno = saved;
}

void
discover_expiration(struct resource *r, double expiration)
{
	struct discovery *d = r->disco;

	if (!d)
		return;
	d->expiration = expiration;
	if (!d->is_asking && idset_count(d->missing) == 0)
		all_found(d);
}

/* ---- what other ranks do for rank 0 ---- */

static void
answer_cb(void *arg, json_t *found)
{
	struct request *req = arg;

	request_respond_new(req, json_pack("{s:O}", "found", found));
	request_unref(req);
}

int
discover_request(void *ctx, struct request *req, struct answer *an)
{
	struct resource *r = ctx;
	const char *text;
	struct idset *ranks;
	int rc;

	(void)an;
	if (request_unpack(req, "{s:s}", "ranks", &text) < 0)
		return -1;
	if (!(ranks = idset_decode(text))) {
		errno = EPROTO;
		return -1;
	}
	rc = gather_start(r, ranks, answer_cb, req);
	idset_destroy(ranks);
	if (rc < 0)
		return -1;
	request_ref(req);
	return ANSWER_LATER;
}

/* ---- from the parent ---- */

/* One broker on each node: the nodes are the ranks. Else the brokers look for
 * themselves what they have been given. */
static void
take_parent_R(struct resource *r, struct rset *all)
{
	double expiration = all->expiration;

	if (all->nnodes == r->b->size) {
		rset_renumber(all);
		resource_found(r, all, "job-info");
		return;
	}
	rset_destroy(all);
	if (!r->disco && from_hwloc(r, expiration) < 0)
		give_up(r, "resources of hosts", strerror(errno));
	else if (r->disco)
		r->disco->expiration = expiration;
}

static void
parent_R_cb(struct handle *h, const struct reply *reply, void *arg)
{
	struct resource *r = arg;
	struct errmsg em;
	struct rset *all;

	(void)h;
	if (reply->errnum) {
		/* later the parent may go: parent.c sees to that */
		if (!r->all && !r->disco)
			give_up(r, "R of the parent instance", reply->text);
		return;
	}
	if (!(all = rset_decode(json_object_get(reply->json, "R"), &em))) {
		log_error(r->b->log, "resources: R of the parent: %s", em.text);
		if (!r->all)
			lifecycle_shutdown(r->b, 1);
		return;
	}
	if (!r->all) {
		take_parent_R(r, all);
		return;
	}
	resource_expires(r, all->expiration);
	rset_destroy(all);
}

static int
from_parent(struct resource *r)
{
	json_t *o = json_pack("{s:I s:s s:i}", "id",
	    (json_int_t)parent_jobid(r->b), "key", "R", "flags", 0);

	return handle_rpc_new(parent_handle(r->b), "job-info.update-watch",
	    NODEID_ANY, MSG_STREAMING, o, parent_R_cb, r);
}

int
discover_start(struct resource *r)
{
	struct errmsg em = { { 0 } };
	struct rset *all;

	if (parent_handle(r->b))
		return from_parent(r) < 0 ? -1 : 0;
	if (slurm_start(r) < 0)
		return -1;
	if ((all = configured_rset(r->b, &em))) {
		resource_found(r, all, "configuration");
		return 0;
	}
	if (em.text[0]) {
		give_up(r, "resource configuration", em.text);
		return 0;
	}
	return from_hwloc(r, 0);
}
