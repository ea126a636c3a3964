/* SPDX-License-Identifier: MIT */
/*
 * Where the resources come from: the R of the job that this instance is, the
 * configuration, or hwloc, asked by a helper program (flux-topo) whose answer
 * holds for each rank of this host.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../attrs.h"
#include "../broker.h"
#include "../lifecycle.h"
#include "../log.h"
#include "../parent.h"
#include "handle.h"
#include "hostlist.h"
#include "idset.h"
#include "rset.h"
#include "state.h"
#include "topo.h"

static void
give_up(struct resource *r, const char *what, const char *why)
{
	log_error(r->b->log, "resources: %s: %s", what, why);
	lifecycle_shutdown(r->b, 1);
}

/* ---- from the parent ---- */

static void
parent_R_cb(struct handle *h, const struct reply *reply, void *arg)
{
	struct resource *r = arg;
	struct errmsg em;
	struct rset *all;

	(void)h;
	if (reply->errnum) {
		if (!r->all)
			give_up(r, "R of the parent instance", reply->text);
		return;
	}
	if (!(all = rset_decode(json_object_get(reply->json, "R"), &em))) {
		give_up(r, "R of the parent instance", em.text);
		return;
	}
	rset_renumber(all);
	if (all->nnodes != r->b->size)
		log_warn(r->b->log,
		    "the job has %zu nodes, the instance %u "
		    "brokers",
		    all->nnodes, r->b->size);
	resource_found(r, all, "job-info");
}

static int
from_parent(struct resource *r)
{
	return handle_rpc_new(parent_handle(r->b), "job-info.update-watch",
		   NODEID_ANY, MSG_STREAMING,
		   json_pack("{s:I s:s s:i}", "id",
		       (json_int_t)parent_jobid(r->b), "key", "R", "flags", 0),
		   parent_R_cb, r) < 0
		   ? -1
		   : 0;
}

/* ---- from hwloc ---- */

/* The same for all ranks: several brokers on a host each count all of it. */
static struct rset *
for_all_ranks(struct resource *r, const char *cores, const char *gpus)
{
	struct idset *c = idset_decode(cores), *g = idset_decode(gpus);
	struct hostlist *hosts =
	    hostlist_decode(attrs_get(r->b->attrs, "hostlist"));
	struct rset *all = rset_create();
	bool good = c && g && hosts && all;

	for (unsigned rank = 0; good && rank < r->b->size; rank++)
		good = rset_add_node(
			   all, rank, hostlist_nth(hosts, rank), c, g) == 0;
	idset_destroy(c);
	idset_destroy(g);
	hostlist_destroy(hosts);
	if (!good) {
		rset_destroy(all);
		return NULL;
	}
	return all;
}

static void
topo_done(void *arg, const char *text)
{
	struct resource *r = arg;
	json_t *o = text ? json_loads(text, 0, NULL) : NULL;
	const char *cores, *gpus;
	struct rset *all = NULL;

	r->disco = NULL;
	if (json_unpack(o, "{s:s s:s}", "cores", &cores, "gpus", &gpus) == 0)
		all = for_all_ranks(r, cores, gpus);
	json_decref(o);
	if (all)
		resource_found(r, all, "dynamic-discovery");
	else
		give_up(r, "flux-topo", "no usable answer");
}

int
discover_start(struct resource *r)
{
	struct errmsg em = { { 0 } };
	struct rset *all;

	if (parent_handle(r->b))
		return from_parent(r);
	if ((all = configured_rset(r->b, &em))) {
		resource_found(r, all, "configuration");
		return 0;
	}
	if (em.text[0]) {
		log_error(r->b->log, "resource configuration: %s", em.text);
		errno = EINVAL;
		return -1;
	}
	r->disco = topo_run(r->b, NULL, topo_done, r);
	return r->disco ? 0 : -1;
}
