/* SPDX-License-Identifier: MIT */
/*
 * Which ranks the options -i and -q mean.
 */
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "hostlist.h"
#include "idset.h"
#include "optparse.h"
#include "resource.h"

static const json_t *
queue_table(const json_t *config, const char *queue)
{
	return queue ? json_object_get(json_object_get(config, "queues"), queue)
		     : NULL;
}

static const char *
queue_parent(const json_t *config, const char *queue)
{
	return json_string_value(
	    json_object_get(queue_table(config, queue), "parent"));
}

bool
queue_is_virtual(const json_t *config, const char *queue)
{
	return queue_parent(config, queue) != NULL;
}

const json_t *
queue_requires(const json_t *config, const char *queue)
{
	const char *parent = queue_parent(config, queue);
	const json_t *o =
	    json_object_get(queue_table(config, queue), "requires");

	return o ? o : json_object_get(queue_table(config, parent), "requires");
}

bool
node_has_all(
    const struct rset *r, const struct rset_node *n, const json_t *requires)
{
	const json_t *o;
	size_t i;

	json_array_foreach(requires, i, o) {
		const char *name = json_string_value(o);

		if (!name || !rset_has_property(r, n, name))
			return false;
	}
	return true;
}

static void
set(struct idset *s, unsigned rank)
{
	if (idset_set(s, rank) < 0)
		err(1, NULL);
}

/* An idset is tried first: "0-3" could be a host name, too. */
static struct idset *
included(const char *include, const struct rset *all)
{
	struct idset *ranks = idset_decode(include);
	struct hostlist *hl;

	if (ranks)
		return ranks;
	if (!(hl = hostlist_decode(include)))
		tool_fail("--include: Invalid hostlist: '%s'", include);
	if (!(ranks = idset_create()))
		err(1, NULL);
	for (size_t i = 0; i < all->nnodes; i++)
		if (hostlist_find(hl, all->nodes[i].host) >= 0)
			set(ranks, all->nodes[i].rank);
	hostlist_destroy(hl);
	return ranks;
}

static bool
in_queues(const struct words *queues, const struct rset *all,
    const struct rset_node *n, const json_t *config)
{
	for (size_t i = 0; i < queues->n; i++)
		if (node_has_all(all, n, queue_requires(config, queues->v[i])))
			return true;
	return queues->n == 0;
}

struct idset *
selection_ranks(
    const struct selection *s, const struct rset *all, const json_t *config)
{
	struct idset *ranks = idset_create();
	struct idset *inc = s->include ? included(s->include, all) : NULL;

	if (!ranks)
		err(1, NULL);
	for (size_t i = 0; i < s->queues.n; i++)
		if (!queue_table(config, s->queues.v[i]))
			tool_fail("--queue: %s: no such queue", s->queues.v[i]);
	for (size_t i = 0; i < all->nnodes; i++) {
		const struct rset_node *n = &all->nodes[i];

		if ((!inc || idset_test(inc, n->rank)) &&
		    in_queues(&s->queues, all, n, config))
			set(ranks, n->rank);
	}
	idset_destroy(inc);
	return ranks;
}
