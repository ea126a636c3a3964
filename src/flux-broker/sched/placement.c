/* SPDX-License-Identifier: MIT */
/*
 * The pool: nodes, what is free on each, and what a request gets. A request is
 * first held against the counts of its view, which know whether there is room;
 * only then are nodes gone through, and only those that have enough.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "idset.h"
#include "jobspec.h"
#include "pool.h"
#include "rset.h"

static struct need
count_of(const struct idset *cores, const struct idset *gpus)
{
	return (struct need){ (int)idset_count(cores), (int)idset_count(gpus) };
}

static int
node_init(struct node *n, const struct rset_node *from)
{
	n->rank = from->rank;
	n->cores = idset_dup(from->cores);
	n->gpus = idset_dup(from->gpus);
	if (!n->cores || !n->gpus)
		return -1;
	n->all = n->free = count_of(n->cores, n->gpus);
	return 0;
}

static int
init_nodes(struct pool *p)
{
	size_t n = p->all->nnodes;

	p->nodes = calloc(n + 1, sizeof(*p->nodes));
	p->picks = calloc(n + 1, sizeof(*p->picks));
	p->held = calloc(n + 1, sizeof(*p->held));
	p->down = idset_create();
	if (!p->nodes || !p->picks || !p->held || !p->down)
		return -1;
	for (; p->nnodes < n; p->nnodes++) {
		struct node *node = &p->nodes[p->nnodes];

		if (node_init(node, &p->all->nodes[p->nnodes]) < 0)
			return -1;
		if (node->all.cores > p->most.cores)
			p->most.cores = node->all.cores;
		if (node->all.gpus > p->most.gpus)
			p->most.gpus = node->all.gpus;
	}
	return 0;
}

struct pool *
pool_create(const struct rset *all, int flags)
{
	struct pool *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	TAILQ_INIT(&p->views);
	p->flags = flags;
	if (!(p->all = rset_dup(all)) || init_nodes(p) < 0 ||
	    pool_prepare_views(p) < 0) {
		pool_destroy(p);
		errno = ENOMEM;
		return NULL;
	}
	return p;
}

void
pool_destroy(struct pool *p)
{
	if (!p)
		return;
	if (p->all)
		pool_clear_views(p);
	for (size_t i = 0; p->nodes && i < p->all->nnodes; i++) {
		idset_destroy(p->nodes[i].cores);
		idset_destroy(p->nodes[i].gpus);
	}
	free(p->nodes);
	free(p->picks);
	free(p->held);
	idset_destroy(p->down);
	rset_destroy(p->all);
	free(p);
}

struct node *
pool_find(const struct pool *p, unsigned rank)
{
	size_t lo = 0, hi = p->nnodes;

	/* ranks mostly have no gaps */
	if (rank < hi && p->nodes[rank].rank == rank)
		return &p->nodes[rank];
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		if (p->nodes[mid].rank < rank)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < p->nnodes && p->nodes[lo].rank == rank ? &p->nodes[lo]
							   : NULL;
}

int
pool_set_down(struct pool *p, const struct idset *down)
{
	struct idset *now = idset_dup(down), *changed = idset_dup(down);
	unsigned rank;

	if (!now || !changed || idset_add(changed, p->down) < 0) {
		idset_destroy(now);
		idset_destroy(changed);
		return -1;
	}
	idset_intersect(p->down, now);
	idset_subtract(changed, p->down);
	idset_destroy(p->down);
	p->down = now;
	for (rank = idset_first(changed); rank != IDSET_INVALID;
	     rank = idset_next(changed, rank)) {
		struct node *n = pool_find(p, rank);

		if (!n)
			continue;
		n->is_down = idset_test(now, rank);
		pool_refresh(p, n);
	}
	idset_destroy(changed);
	return 0;
}

/* ---- take and give ---- */

static void
recount(struct pool *p, struct node *n)
{
	n->free = count_of(n->cores, n->gpus);
	pool_refresh(p, n);
}

/* Is all of b in a? */
static bool
includes(const struct idset *a, const struct idset *b)
{
	for (unsigned i = idset_first(b); i != IDSET_INVALID;
	     i = idset_next(b, i))
		if (!idset_test(a, i))
			return false;
	return true;
}

static void
take(struct pool *p, struct node *n, const struct rset_node *from)
{
	idset_subtract(n->cores, from->cores);
	idset_subtract(n->gpus, from->gpus);
	recount(p, n);
}

int
pool_take(struct pool *p, const struct rset *r)
{
	for (size_t i = 0; i < r->nnodes; i++) {
		const struct rset_node *from = &r->nodes[i];
		const struct node *n = pool_find(p, from->rank);

		if (!n || !includes(n->cores, from->cores) ||
		    !includes(n->gpus, from->gpus)) {
			errno = EBUSY;
			return -1;
		}
	}
	for (size_t i = 0; i < r->nnodes; i++)
		take(p, pool_find(p, r->nodes[i].rank), &r->nodes[i]);
	return 0;
}

/* The set may be another one by now: only what is in it comes back. */
static void
give(struct pool *p, struct node *n, const struct rset_node *from)
{
	const struct rset_node *all = &p->all->nodes[n - p->nodes];

	idset_add(n->cores, from->cores);
	idset_add(n->gpus, from->gpus);
	idset_intersect(n->cores, all->cores);
	idset_intersect(n->gpus, all->gpus);
	recount(p, n);
}

void
pool_give(struct pool *p, const struct rset *r)
{
	for (size_t i = 0; i < r->nnodes; i++) {
		struct node *n = pool_find(p, r->nodes[i].rank);

		if (n)
			give(p, n, &r->nodes[i]);
	}
}

void
pool_set_late(struct pool *p, const struct rset *r, bool is_late)
{
	for (size_t i = 0; i < r->nnodes; i++) {
		struct node *n = pool_find(p, r->nodes[i].rank);
		struct need had = count_of(r->nodes[i].cores, r->nodes[i].gpus);

		if (!n)
			continue;
		n->late.cores += is_late ? had.cores : -had.cores;
		n->late.gpus += is_late ? had.gpus : -had.gpus;
		pool_refresh(p, n);
	}
}

/* ---- what fits ---- */

/* The slot, or what a node has to have for its slots. */
static struct need
need_of(const struct jobspec *js)
{
	long cores = js->cores_per_slot, gpus = js->gpus_per_slot;

	if (js->nnodes > 0) {
		cores *= js->slots_per_node;
		gpus *= js->slots_per_node;
	}
	return (struct need){ cores < INT_MAX ? (int)cores : INT_MAX,
		gpus < INT_MAX ? (int)gpus : INT_MAX };
}

static const struct index *
index_of(const struct view *v, const struct jobspec *js, enum pool_when when)
{
	return js->exclusive ? v->at[when].whole : v->at[when].any;
}

static bool
has_room(const struct index *x, const struct jobspec *js)
{
	if (js->nnodes > 0)
		return index_count(x, need_of(js)) >= js->nnodes;
	return index_slots(x, need_of(js)) >= js->nslots;
}

bool
pool_fits(struct pool *p, const struct demand *d, enum pool_when when)
{
	const struct view *v = pool_view(p, d);

	return v && has_room(index_of(v, d->spec, when), d->spec);
}

static int
compare_picks(const void *a, const void *b)
{
	size_t i = ((const struct pick *)a)->node;
	size_t k = ((const struct pick *)b)->node;

	return i < k ? -1 : i > k;
}

/* Note where it goes, in order of rank. -1: it does not fit. */
static int
pick(struct pool *p, const struct demand *d, enum pool_when when)
{
	const struct view *v = pool_view(p, d);
	const struct jobspec *js = d->spec;
	const struct index *x;
	int missing = js->nnodes > 0 ? js->nnodes : js->nslots;
	struct need need = need_of(js);
	size_t i;

	p->npicks = 0;
	errno = EAGAIN;
	if (!v || !has_room(x = index_of(v, js, when), js))
		return -1;
	for (i = index_first(x, need); missing > 0 && i != NO_PLACE;
	     i = index_next(x, need, i)) {
		struct pick *pick = &p->picks[p->npicks++];

		pick->node = v->nodes[i];
		pick->slots = js->slots_per_node;
		if (js->nnodes == 0) {
			pick->slots = need_slots(
			    need, node_has(&p->nodes[pick->node], when));
			if (pick->slots > missing)
				pick->slots = missing;
		}
		missing -= js->nnodes > 0 ? 1 : pick->slots;
	}
	if (p->flags & POOL_BEST_FIT)
		qsort(p->picks, p->npicks, sizeof(*p->picks), compare_picks);
	errno = EAGAIN;
	return missing > 0 ? -1 : 0;
}

/* The lowest n ids of a set. */
static struct idset *
lowest(const struct idset *s, int n)
{
	struct idset *r = idset_create();

	for (unsigned id = idset_first(s); r && n > 0 && id != IDSET_INVALID;
	     id = idset_next(s, id), n--)
		if (idset_set(r, id) < 0) {
			idset_destroy(r);
			return NULL;
		}
	return r;
}

/* Of the n free ones, count or all. */
static struct idset *
choose(const struct idset *s, int n, int count, bool all)
{
	return all || n == count ? idset_dup(s) : lowest(s, count);
}

static int
add_properties(const struct pool *p, size_t i, struct rset *r)
{
	const struct rset_node *n = &p->all->nodes[i];
	unsigned k;

	if (!n->props)
		return 0;
	for (k = idset_first(n->props); k != IDSET_INVALID;
	     k = idset_next(n->props, k))
		/* a leading + marks what is not for jobs */
		if (p->all->props[k][0] != '+' &&
		    rset_add_property(r, n->rank, p->all->props[k]) < 0)
			return -1;
	return 0;
}

/* Add a node of the pool with some of its cores and GPUs (taken). */
static int
add_node(const struct pool *p, size_t i, struct rset *r, struct rset_node has)
{
	has.rank = p->nodes[i].rank;
	has.host = strdup(p->all->nodes[i].host);
	if (rset_append(r, &has) < 0)
		return -1;
	return add_properties(p, i, r);
}

/* What the request gets where it was put. */
static struct rset *
collect(const struct pool *p, const struct jobspec *js)
{
	struct rset *r = rset_create();

	for (size_t i = 0; r && i < p->npicks; i++) {
		const struct pick *pk = &p->picks[i];
		const struct node *n = &p->nodes[pk->node];
		struct rset_node has = {
			.cores = choose(n->cores, n->free.cores,
			    pk->slots * js->cores_per_slot, js->exclusive),
			.gpus = choose(n->gpus, n->free.gpus,
			    pk->slots * js->gpus_per_slot, js->exclusive),
		};

		if (add_node(p, pk->node, r, has) < 0) {
			rset_destroy(r);
			r = NULL;
		}
	}
	if (r)
		r->nslots = js->nslots;
	else
		errno = ENOMEM;
	return r;
}

struct rset *
pool_alloc(struct pool *p, const struct demand *d, enum pool_when when)
{
	struct rset *r;

	if (pick(p, d, when) < 0 || !(r = collect(p, d->spec)))
		return NULL;
	for (size_t i = 0; i < r->nnodes; i++)
		take(p, &p->nodes[p->picks[i].node], &r->nodes[i]);
	return r;
}

/* ---- reservation ---- */

void
pool_unreserve(struct pool *p)
{
	while (p->nheld > 0) {
		struct node *n = &p->nodes[p->held[--p->nheld]];

		n->hold = (struct need){ 0 };
		pool_refresh(p, n);
	}
}

int
pool_reserve(struct pool *p, const struct demand *d)
{
	const struct jobspec *js = d->spec;

	pool_unreserve(p);
	if (pick(p, d, LATER) < 0)
		return -1;
	for (size_t i = 0; i < p->npicks; i++) {
		const struct pick *pk = &p->picks[i];
		struct node *n = &p->nodes[pk->node];

		n->hold = (struct need){ pk->slots * js->cores_per_slot,
			pk->slots * js->gpus_per_slot };
		if (js->exclusive)
			n->hold = n->all;
		p->held[p->nheld++] = pk->node;
		pool_refresh(p, n);
	}
	return 0;
}

/* ---- what is taken ---- */

/* Add what is taken of node i. */
static int
add_taken(const struct pool *p, size_t i, struct rset *r)
{
	const struct rset_node *whole = &p->all->nodes[i];
	const struct node *n = &p->nodes[i];
	struct rset_node has = { .cores = idset_dup(whole->cores),
		.gpus = idset_dup(whole->gpus) };

	if (has.cores)
		idset_subtract(has.cores, n->cores);
	if (has.gpus)
		idset_subtract(has.gpus, n->gpus);
	return add_node(p, i, r, has);
}

struct rset *
pool_taken(const struct pool *p)
{
	struct rset *r = rset_create();

	for (size_t i = 0; r && i < p->nnodes; i++) {
		const struct node *n = &p->nodes[i];
		bool is_whole = n->free.cores == n->all.cores &&
				n->free.gpus == n->all.gpus;

		if (!is_whole && add_taken(p, i, r) < 0) {
			rset_destroy(r);
			errno = ENOMEM;
			return NULL;
		}
	}
	return r;
}
