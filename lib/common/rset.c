/* SPDX-License-Identifier: MIT */
/*
 * Sets of resources as a value: nodes in an array sorted by rank, each with
 * its own sets of cores and GPUs. The JSON form is in rset_json.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "hostlist.h"
#include "idset.h"
#include "rset.h"

struct rset *
rset_create(void)
{
	return calloc(1, sizeof(struct rset));
}

static void
node_fini(struct rset_node *n)
{
	free(n->host);
	idset_destroy(n->cores);
	idset_destroy(n->gpus);
	idset_destroy(n->props);
}

void
rset_destroy(struct rset *r)
{
	int saved = errno;
	size_t i;

	if (!r)
		return;
	for (i = 0; i < r->nnodes; i++)
		node_fini(&r->nodes[i]);
	for (i = 0; i < r->nprops; i++)
		free(r->props[i]);
	free(r->nodes);
	free(r->props);
	json_decref(r->scheduling);
	free(r);
	errno = saved;
}

/* The index of the first node whose rank is not below. */
static size_t
lower_bound(const struct rset *r, unsigned rank)
{
	size_t lo = 0, hi = r->nnodes, mid;

	/* nodes mostly come in order */
	if (hi > 0 && r->nodes[hi - 1].rank < rank)
		return hi;
	while (lo < hi) {
		mid = (lo + hi) / 2;
		if (r->nodes[mid].rank < rank)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

struct rset_node *
rset_find(const struct rset *r, unsigned rank)
{
	size_t i = lower_bound(r, rank);

	if (i < r->nnodes && r->nodes[i].rank == rank)
		return &r->nodes[i];
	return NULL;
}

/* Takes what is in n. */
static int
insert_node(struct rset *r, size_t i, struct rset_node n)
{
	struct rset_node *nodes = r->nodes;

	if (!n.host || !n.cores || !n.gpus)
		goto error;
	/* room for a power of two: no size has to be kept */
	if ((r->nnodes & (r->nnodes - 1)) == 0) {
		nodes = reallocarray(
		    r->nodes, r->nnodes ? 2 * r->nnodes : 1, sizeof(*nodes));
		if (!nodes)
			goto error;
		r->nodes = nodes;
	}
	memmove(nodes + i + 1, nodes + i, (r->nnodes - i) * sizeof(*nodes));
	nodes[i] = n;
	r->nnodes++;
	return 0;
error:
	node_fini(&n);
	errno = ENOMEM;
	return -1;
}

int
rset_append(struct rset *r, const struct rset_node *node)
{
	struct rset_node n = *node;

	n.props = NULL;
	if (r->nnodes > 0 && r->nodes[r->nnodes - 1].rank >= n.rank) {
		node_fini(&n);
		errno = EINVAL;
		return -1;
	}
	return insert_node(r, r->nnodes, n);
}

static int
set_host(struct rset_node *n, const char *host)
{
	char *copy = strdup(host);

	if (!copy)
		return -1;
	free(n->host);
	n->host = copy;
	return 0;
}

int
rset_add_node(struct rset *r, unsigned rank, const char *host,
    const struct idset *cores, const struct idset *gpus)
{
	size_t i = lower_bound(r, rank);
	struct rset_node *n;

	if (!host)
		host = "";
	if ((i == r->nnodes || r->nodes[i].rank != rank) &&
	    insert_node(r, i,
		(struct rset_node){ .rank = rank,
		    .host = strdup(host),
		    .cores = idset_create(),
		    .gpus = idset_create() }) < 0)
		return -1;
	n = &r->nodes[i];
	if (!*n->host && *host && set_host(n, host) < 0)
		return -1;
	if (cores && idset_add(n->cores, cores) < 0)
		return -1;
	return gpus ? idset_add(n->gpus, gpus) : 0;
}

static int
find_property(const struct rset *r, const char *name)
{
	size_t i;

	for (i = 0; i < r->nprops; i++)
		if (strcmp(r->props[i], name) == 0)
			return (int)i;
	return -1;
}

bool
rset_has_property(
    const struct rset *r, const struct rset_node *n, const char *name)
{
	int i = find_property(r, name);

	return i >= 0 && n->props && idset_test(n->props, (unsigned)i);
}

static int
new_property(struct rset *r, const char *name)
{
	char **props, *copy;

	props = reallocarray(r->props, r->nprops + 1, sizeof(*props));
	if (!props)
		return -1;
	r->props = props;
	if (!(copy = strdup(name)))
		return -1;
	props[r->nprops] = copy;
	return (int)r->nprops++;
}

int
rset_add_property(struct rset *r, unsigned rank, const char *name)
{
	struct rset_node *n = rset_find(r, rank);
	int i;

	if (!n) {
		errno = ENOENT;
		return -1;
	}
	if ((i = find_property(r, name)) < 0 && (i = new_property(r, name)) < 0)
		return -1;
	if (!n->props && !(n->props = idset_create()))
		return -1;
	return idset_set(n->props, (unsigned)i);
}

static int
add_properties(struct rset *a, const struct rset *b, const struct rset_node *n)
{
	unsigned i;

	if (!n->props)
		return 0;
	for (i = idset_first(n->props); i != IDSET_INVALID;
	     i = idset_next(n->props, i))
		if (rset_add_property(a, n->rank, b->props[i]) < 0)
			return -1;
	return 0;
}

int
rset_add(struct rset *a, const struct rset *b)
{
	const struct rset_node *n;
	size_t i;

	for (i = 0; i < b->nnodes; i++) {
		n = &b->nodes[i];
		if (rset_add_node(a, n->rank, n->host, n->cores, n->gpus) < 0 ||
		    add_properties(a, b, n) < 0)
			return -1;
	}
	return 0;
}

struct rset *
rset_dup(const struct rset *r)
{
	struct rset *d = rset_create();

	if (!d || rset_add(d, r) < 0) {
		rset_destroy(d);
		return NULL;
	}
	d->starttime = r->starttime;
	d->expiration = r->expiration;
	d->nslots = r->nslots;
	d->scheduling = json_incref(r->scheduling);
	return d;
}

static bool
node_is_empty(const struct rset_node *n)
{
	return idset_first(n->cores) == IDSET_INVALID &&
	       idset_first(n->gpus) == IDSET_INVALID;
}

/* Keep the nodes for which keep[i] is set, by moving them down. */
static void
compact(struct rset *r, const bool *keep)
{
	size_t i, n = 0, room;
	struct rset_node *nodes;

	for (i = 0; i < r->nnodes; i++) {
		if (keep[i])
			r->nodes[n++] = r->nodes[i];
		else
			node_fini(&r->nodes[i]);
	}
	r->nnodes = n;
	/* insert_node relies on the size being the next power of two */
	for (room = 1; room < n; room *= 2)
		;
	if ((nodes = reallocarray(r->nodes, room, sizeof(*nodes))))
		r->nodes = nodes;
}

int
rset_subtract(struct rset *a, const struct rset *b)
{
	bool *keep = malloc(a->nnodes + 1);
	struct rset_node *n;
	size_t i;

	if (!keep)
		return -1;
	memset(keep, true, a->nnodes + 1);
	for (i = 0; i < b->nnodes; i++) {
		if (!(n = rset_find(a, b->nodes[i].rank)))
			continue;
		idset_subtract(n->cores, b->nodes[i].cores);
		idset_subtract(n->gpus, b->nodes[i].gpus);
		keep[n - a->nodes] = !node_is_empty(n);
	}
	compact(a, keep);
	free(keep);
	return 0;
}

static int
filter_ranks(struct rset *r, const struct idset *ranks, bool wanted)
{
	bool *keep = malloc(r->nnodes + 1);
	size_t i;

	if (!keep)
		return -1;
	for (i = 0; i < r->nnodes; i++)
		keep[i] = idset_test(ranks, r->nodes[i].rank) == wanted;
	compact(r, keep);
	free(keep);
	return 0;
}

int
rset_keep_ranks(struct rset *r, const struct idset *ranks)
{
	return filter_ranks(r, ranks, true);
}

int
rset_drop_ranks(struct rset *r, const struct idset *ranks)
{
	return filter_ranks(r, ranks, false);
}

void
rset_renumber(struct rset *r)
{
	size_t i;

	for (i = 0; i < r->nnodes; i++)
		r->nodes[i].rank = (unsigned)i;
}

size_t
rset_ncores(const struct rset *r)
{
	size_t i, n = 0;

	for (i = 0; i < r->nnodes; i++)
		n += idset_count(r->nodes[i].cores);
	return n;
}

size_t
rset_ngpus(const struct rset *r)
{
	size_t i, n = 0;

	for (i = 0; i < r->nnodes; i++)
		n += idset_count(r->nodes[i].gpus);
	return n;
}

struct idset *
rset_ranks(const struct rset *r)
{
	struct idset *ranks = idset_create();
	size_t i;

	if (!ranks)
		return NULL;
	for (i = 0; i < r->nnodes; i++)
		if (idset_set(ranks, r->nodes[i].rank) < 0)
			goto error;
	return ranks;
error:
	idset_destroy(ranks);
	return NULL;
}

struct hostlist *
rset_hosts(const struct rset *r)
{
	struct hostlist *hosts = hostlist_create();
	size_t i;

	if (!hosts)
		return NULL;
	for (i = 0; i < r->nnodes; i++)
		if (hostlist_append_host(hosts, r->nodes[i].host) < 0)
			goto error;
	return hosts;
error:
	hostlist_destroy(hosts);
	return NULL;
}
