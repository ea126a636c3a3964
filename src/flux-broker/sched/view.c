/* SPDX-License-Identifier: MIT */
/*
 * Views: the nodes that a constraint allows, found once by operations on sets
 * and kept, as many jobs ask for the same. Each view has indices of its own, so
 * that no search meets nodes which are free but not allowed.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "constraint.h"
#include "idset.h"
#include "jobspec.h"
#include "pool.h"
#include "rset.h"

/* Each change of a node is told to all views that it is in. */
enum { VIEWS_MAX = 64 };

/* ---- what a node has ---- */

static int
least(int a, int b)
{
	return a < b ? a : b;
}

static struct need
minus(struct need a, struct need b)
{
	return (struct need){ a.cores - b.cores, a.gpus - b.gpus };
}

static bool
is_zero(struct need n)
{
	return n.cores == 0 && n.gpus == 0;
}

struct need
node_has(const struct node *n, enum pool_when when)
{
	struct need later = minus(n->all, n->late), spare;

	if (n->is_down)
		return (struct need){ 0 };
	if (when == NOW)
		return n->free;
	if (when == LATER)
		return later;
	spare = minus(later, n->hold);
	return (struct need){ least(n->free.cores, spare.cores),
		least(n->free.gpus, spare.gpus > 0 ? spare.gpus : 0) };
}

/* All of it, or nothing. */
static struct need
whole_amount(const struct node *n, enum pool_when when)
{
	struct need has = node_has(n, when);

	return is_zero(minus(n->all, has)) ? has : (struct need){ 0 };
}

static void
set_place(struct view *v, size_t place, const struct node *n)
{
	for (int when = 0; when < NWHENS; when++) {
		if (!v->at[when].any)
			continue;
		index_set(v->at[when].any, place, node_has(n, when));
		index_set(v->at[when].whole, place, whole_amount(n, when));
	}
}

/* The place of a node in a view that has it. */
static size_t
place_of(const struct view *v, size_t node)
{
	size_t lo = 0, hi = v->nnodes;

	if (node < hi && v->nodes[node] == node)
		return node;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		if (v->nodes[mid] < node)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

void
pool_refresh(struct pool *p, const struct node *n)
{
	struct view *v;

	TAILQ_FOREACH(v, &p->views, next)
		if (idset_test(v->ranks, n->rank))
			set_place(v, place_of(v, (size_t)(n - p->nodes)), n);
}

/* ---- which nodes ---- */

static const struct idset *
with_property(const void *arg, const char *name)
{
	const struct pool *p = arg;

	for (size_t i = 0; i < p->all->nprops; i++)
		if (strcmp(p->all->props[i], name) == 0)
			return p->properties[i];
	return NULL;
}

static const char *
host_at(const struct pool *p, size_t i)
{
	return p->all->nodes[p->by_host[i]].host;
}

/* Several brokers may be on one host. */
static int
add_host(const void *arg, const char *host, struct idset *to)
{
	const struct pool *p = arg;
	size_t lo = 0, hi = p->nnodes;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		if (strcmp(host_at(p, mid), host) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo < p->nnodes && strcmp(host_at(p, lo), host) == 0; lo++)
		if (idset_set(to, p->nodes[p->by_host[lo]].rank) < 0)
			return -1;
	return 0;
}

/* Ranks that the constraint allows; none if it is malformed. */
static struct idset *
select_constraint(const struct pool *p, const json_t *json)
{
	struct constraint_sets sets = { .all = p->ranks,
		.with_property = with_property,
		.add_host = add_host,
		.arg = p };
	struct constraint *c;
	struct idset *ranks;
	struct errmsg em;

	if (!json)
		return idset_dup(p->ranks);
	if (!(c = constraint_compile(json, &em)))
		return idset_create();
	ranks = constraint_select(c, &sets);
	constraint_destroy(c);
	return ranks;
}

static struct idset *
select_ranks(const struct pool *p, const struct demand *d)
{
	struct idset *ranks = select_constraint(p, d->spec->constraints);
	const struct idset *with;
	const json_t *o;
	size_t i;

	json_array_foreach((json_t *)d->properties, i, o) {
		with = json_is_string(o)
			   ? with_property(p, json_string_value(o))
			   : NULL;
		if (ranks && with)
			idset_intersect(ranks, with);
		else if (ranks)
			idset_subtract(ranks, p->ranks);
	}
	return ranks;
}

/* ---- views ---- */

static void
view_destroy(struct view *v)
{
	if (!v)
		return;
	for (int when = 0; when < NWHENS; when++) {
		index_destroy(v->at[when].any);
		index_destroy(v->at[when].whole);
	}
	idset_destroy(v->ranks);
	free(v->key);
	free(v->nodes);
	free(v->kinds);
	free(v);
}

static int
add_kind(struct view *v, const struct node *n)
{
	struct kind *kinds;
	size_t i;

	if (n->all.cores == 0)
		return 0;
	for (i = 0; i < v->nkinds; i++) {
		if (is_zero(minus(v->kinds[i].all, n->all))) {
			v->kinds[i].nnodes++;
			return 0;
		}
	}
	if (!(kinds = reallocarray(v->kinds, i + 1, sizeof(*kinds))))
		return -1;
	v->kinds = kinds;
	kinds[v->nkinds++] = (struct kind){ .all = n->all, .nnodes = 1 };
	return 0;
}

static int
add_nodes(struct view *v, const struct pool *p)
{
	const struct node *n;
	unsigned rank;

	v->nodes = malloc((idset_count(v->ranks) + 1) * sizeof(*v->nodes));
	if (!v->nodes)
		return -1;
	for (rank = idset_first(v->ranks); rank != IDSET_INVALID;
	     rank = idset_next(v->ranks, rank)) {
		n = pool_find(p, rank);
		v->nodes[v->nnodes++] = (size_t)(n - p->nodes);
		if (add_kind(v, n) < 0)
			return -1;
	}
	return 0;
}

static int
add_indices(struct view *v, const struct pool *p)
{
	int n = p->flags & POOL_LOOK_AHEAD ? NWHENS : 1;
	enum index_order order =
	    p->flags & POOL_BEST_FIT ? BY_FULLNESS : BY_PLACE;

	for (int when = 0; when < n; when++) {
		v->at[when].any = index_create(v->nnodes, p->most, order);
		v->at[when].whole = index_create(v->nnodes, p->most, order);
		if (!v->at[when].any || !v->at[when].whole)
			return -1;
	}
	for (size_t i = 0; i < v->nnodes; i++)
		set_place(v, i, &p->nodes[v->nodes[i]]);
	return 0;
}

static struct view *
view_create(const struct pool *p, const struct demand *d, const char *key)
{
	struct view *v = calloc(1, sizeof(*v));

	if (!v || !(v->key = strdup(key)) || !(v->ranks = select_ranks(p, d)) ||
	    add_nodes(v, p) < 0 || add_indices(v, p) < 0) {
		view_destroy(v);
		errno = ENOMEM;
		return NULL;
	}
	return v;
}

bool
demand_is_open(const struct demand *d)
{
	return !d->spec->constraints && json_array_size(d->properties) == 0;
}

char *
demand_key(const struct demand *d)
{
	char *constraint, *properties, *key = NULL;

	if (demand_is_open(d))
		return strdup("");
	constraint =
	    json_dumps(d->spec->constraints, JSON_COMPACT | JSON_ENCODE_ANY);
	properties = json_dumps(d->properties, JSON_COMPACT | JSON_ENCODE_ANY);
	if (asprintf(&key, "%s %s", constraint ? constraint : "-",
		properties ? properties : "-") < 0)
		key = NULL;
	free(constraint);
	free(properties);
	return key;
}

static void
forget_last(struct pool *p)
{
	struct view *v = TAILQ_LAST(&p->views, views);

	TAILQ_REMOVE(&p->views, v, next);
	p->nviews--;
	view_destroy(v);
}

static struct view *
find_view(struct pool *p, const struct demand *d, const char *key)
{
	struct view *v;

	TAILQ_FOREACH(v, &p->views, next)
		if (strcmp(v->key, key) == 0)
			break;
	if (v) {
		TAILQ_REMOVE(&p->views, v, next);
	} else if ((v = view_create(p, d, key))) {
		if (++p->nviews > VIEWS_MAX)
			forget_last(p);
	}
	if (v)
		TAILQ_INSERT_HEAD(&p->views, v, next);
	return v;
}

struct view *
pool_view(struct pool *p, const struct demand *d)
{
	struct view *v = NULL;
	char *key;

	if (d->key || demand_is_open(d))
		return find_view(p, d, d->key ? d->key : "");
	if ((key = demand_key(d)))
		v = find_view(p, d, key);
	free(key);
	return v;
}

/* ---- sets ---- */

static int
compare_hosts(const void *a, const void *b, void *arg)
{
	const struct pool *p = arg;
	size_t i = *(const size_t *)a, k = *(const size_t *)b;
	int c = strcmp(p->all->nodes[i].host, p->all->nodes[k].host);

	return c != 0 ? c : i < k ? -1 : 1;
}

static int
add_properties(struct pool *p, const struct rset_node *n)
{
	unsigned i;

	if (!n->props)
		return 0;
	for (i = idset_first(n->props); i != IDSET_INVALID;
	     i = idset_next(n->props, i))
		if (idset_set(p->properties[i], n->rank) < 0)
			return -1;
	return 0;
}

int
pool_prepare_views(struct pool *p)
{
	const struct rset *all = p->all;

	p->properties = calloc(all->nprops + 1, sizeof(*p->properties));
	p->by_host = calloc(p->nnodes + 1, sizeof(*p->by_host));
	if (!p->properties || !p->by_host || !(p->ranks = rset_ranks(all)))
		return -1;
	for (size_t i = 0; i < all->nprops; i++)
		if (!(p->properties[i] = idset_create()))
			return -1;
	for (size_t i = 0; i < p->nnodes; i++) {
		if (add_properties(p, &all->nodes[i]) < 0)
			return -1;
		p->by_host[i] = i;
	}
	qsort_r(p->by_host, p->nnodes, sizeof(*p->by_host), compare_hosts, p);
	return 0;
}

void
pool_clear_views(struct pool *p)
{
	while (p->nviews > 0)
		forget_last(p);
	for (size_t i = 0; p->properties && i < p->all->nprops; i++)
		idset_destroy(p->properties[i]);
	free(p->properties);
	free(p->by_host);
	idset_destroy(p->ranks);
}
