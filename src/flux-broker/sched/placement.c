/* SPDX-License-Identifier: MIT */
/*
 * First-fit placement. Each node knows its free cores and GPUs as sets and as
 * counts; `first_free` is the lowest node that may have a free core, so that a
 * full front of the machine is not looked at again for each job.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "constraint.h"
#include "idset.h"
#include "jobspec.h"
#include "placement.h"
#include "rset.h"

struct node {
	unsigned rank;
	struct idset *cores, *gpus; /* free ones */
	int ncores, ngpus;          /* how many are free */
	int all_cores, all_gpus;
	bool is_down;
};

struct pool {
	struct rset *all;
	struct node *nodes; /* as all->nodes */
	size_t nnodes;
	size_t first_free;
};

struct pool *
pool_create(const struct rset *all)
{
	struct pool *p = calloc(1, sizeof(*p));

	if (!p || !(p->all = rset_dup(all)) ||
	    !(p->nodes = calloc(all->nnodes + 1, sizeof(*p->nodes))))
		goto error;
	for (; p->nnodes < all->nnodes; p->nnodes++) {
		struct node *n = &p->nodes[p->nnodes];
		const struct rset_node *from = &all->nodes[p->nnodes];

		n->rank = from->rank;
		n->cores = idset_dup(from->cores);
		n->gpus = idset_dup(from->gpus);
		if (!n->cores || !n->gpus) {
			p->nnodes++;
			goto error;
		}
		n->ncores = n->all_cores = (int)idset_count(n->cores);
		n->ngpus = n->all_gpus = (int)idset_count(n->gpus);
	}
	return p;
error:
	pool_destroy(p);
	errno = ENOMEM;
	return NULL;
}

void
pool_destroy(struct pool *p)
{
	if (!p)
		return;
	for (size_t i = 0; p->nodes && i < p->nnodes; i++) {
		idset_destroy(p->nodes[i].cores);
		idset_destroy(p->nodes[i].gpus);
	}
	free(p->nodes);
	rset_destroy(p->all);
	free(p);
}

int
pool_set_down(struct pool *p, const struct idset *down)
{
	for (size_t i = 0; i < p->nnodes; i++)
		p->nodes[i].is_down = idset_test(down, p->nodes[i].rank);
	p->first_free = 0;
	return 0;
}

/* Nodes are in order of rank. */
static struct node *
find(struct pool *p, unsigned rank)
{
	size_t lo = 0, hi = p->nnodes;

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

static void
recount(struct node *n)
{
	n->ncores = (int)idset_count(n->cores);
	n->ngpus = (int)idset_count(n->gpus);
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
take(struct node *n, const struct rset_node *from)
{
	idset_subtract(n->cores, from->cores);
	idset_subtract(n->gpus, from->gpus);
	recount(n);
}

int
pool_take(struct pool *p, const struct rset *r)
{
	for (size_t i = 0; i < r->nnodes; i++) {
		const struct rset_node *from = &r->nodes[i];
		const struct node *n = find(p, from->rank);

		if (!n || !includes(n->cores, from->cores) ||
		    !includes(n->gpus, from->gpus)) {
			errno = EBUSY;
			return -1;
		}
	}
	for (size_t i = 0; i < r->nnodes; i++)
		take(find(p, r->nodes[i].rank), &r->nodes[i]);
	return 0;
}

/* The set may be another one by now: only what is in it comes back. */
static void
give(struct pool *p, struct node *n, const struct rset_node *from)
{
	size_t i = (size_t)(n - p->nodes);

	idset_add(n->cores, from->cores);
	idset_add(n->gpus, from->gpus);
	idset_intersect(n->cores, p->all->nodes[i].cores);
	idset_intersect(n->gpus, p->all->nodes[i].gpus);
	recount(n);
	if (i < p->first_free)
		p->first_free = i;
}

void
pool_give(struct pool *p, const struct rset *r)
{
	for (size_t i = 0; i < r->nnodes; i++) {
		struct node *n = find(p, r->nodes[i].rank);

		if (n)
			give(p, n, &r->nodes[i]);
	}
}

/* ---- what fits ---- */

/* A demand, made ready to be held against many nodes. */
struct filter {
	const struct pool *pool;
	const struct demand *d;
	struct constraint *constraint; /* NULL = all nodes */
};

/* -1: the constraint is malformed, and no node matches. */
static int
filter_init(struct filter *f, const struct pool *p, const struct demand *d)
{
	struct errmsg em;

	*f = (struct filter){ .pool = p, .d = d };
	if (!d->spec->constraints)
		return 0;
	f->constraint = constraint_compile(d->spec->constraints, &em);
	return f->constraint ? 0 : -1;
}

static void
filter_fini(struct filter *f)
{
	int saved = errno;

	if (f->constraint)
		constraint_destroy(f->constraint);
	errno = saved;
}

struct view {
	const struct rset *all;
	const struct rset_node *node;
};

static bool
view_has_property(const void *arg, const char *name)
{
	const struct view *v = arg;

	return rset_has_property(v->all, v->node, name);
}

static bool
is_eligible(const struct filter *f, size_t i)
{
	const struct rset *all = f->pool->all;
	struct view v = { all, &all->nodes[i] };
	struct constraint_node cn = { .rank = v.node->rank,
		.host = v.node->host,
		.has_property = view_has_property,
		.arg = &v };
	const json_t *prop;
	size_t k;

	json_array_foreach((json_t *)f->d->properties, k, prop)
		if (!rset_has_property(all, v.node, json_string_value(prop)))
			return false;
	return !f->constraint || constraint_test(f->constraint, &cn);
}

static int
min_int(int a, int b)
{
	return a < b ? a : b;
}

/* How many slots have room in so many cores and GPUs. */
static int
slots_in(const struct jobspec *js, int cores, int gpus)
{
	int n = INT_MAX;

	if (js->cores_per_slot > 0)
		n = min_int(n, cores / js->cores_per_slot);
	if (js->gpus_per_slot > 0)
		n = min_int(n, gpus / js->gpus_per_slot);
	return n;
}

/* Is nothing of it taken? */
static bool
is_whole(const struct node *n)
{
	return n->ncores == n->all_cores && n->ngpus == n->all_gpus;
}

/* Slots to take from node i now; 0 = none. */
static int
slots_now(const struct filter *f, size_t i, int missing)
{
	const struct jobspec *js = f->d->spec;
	const struct node *n = &f->pool->nodes[i];
	int slots;

	if (n->is_down || n->ncores == 0 || (js->exclusive && !is_whole(n)))
		return 0;
	slots = slots_in(js, n->ncores, n->ngpus);
	if (js->nnodes > 0)
		slots = slots >= js->slots_per_node ? js->slots_per_node : 0;
	else
		slots = min_int(slots, missing);
	return slots > 0 && is_eligible(f, i) ? slots : 0;
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

static int
add_properties(const struct pool *p, size_t i, struct rset *r)
{
	const struct rset_node *n = &p->all->nodes[i];

	for (size_t k = 0; k < p->all->nprops; k++)
		/* a leading + marks what is not for jobs */
		if (p->all->props[k][0] != '+' &&
		    rset_has_property(p->all, n, p->all->props[k]) &&
		    rset_add_property(r, n->rank, p->all->props[k]) < 0)
			return -1;
	return 0;
}

/* Add slots of node i to r. */
static int
add_slots(const struct pool *p, size_t i, const struct demand *d, int slots,
    struct rset *r)
{
	const struct jobspec *js = d->spec;
	const struct node *n = &p->nodes[i];
	struct idset *cores, *gpus;
	int rc = -1;

	cores = js->exclusive ? idset_dup(n->cores)
			      : lowest(n->cores, slots * js->cores_per_slot);
	gpus = js->exclusive ? idset_dup(n->gpus)
			     : lowest(n->gpus, slots * js->gpus_per_slot);
	if (cores && gpus &&
	    rset_add_node(r, n->rank, p->all->nodes[i].host, cores, gpus) == 0)
		rc = add_properties(p, i, r);
	idset_destroy(cores);
	idset_destroy(gpus);
	return rc;
}

static void
advance_first_free(struct pool *p)
{
	while (
	    p->first_free < p->nnodes && (p->nodes[p->first_free].ncores == 0 ||
					     p->nodes[p->first_free].is_down))
		p->first_free++;
}

/* Collect nodes until the demand is met. */
static struct rset *
collect(const struct filter *f)
{
	const struct pool *p = f->pool;
	const struct jobspec *js = f->d->spec;
	int missing = js->nnodes > 0 ? js->nnodes : js->nslots;
	struct rset *r = rset_create();

	for (size_t i = p->first_free; r && missing > 0 && i < p->nnodes; i++) {
		int slots = slots_now(f, i, missing);

		if (slots == 0)
			continue;
		if (add_slots(p, i, f->d, slots, r) < 0) {
			rset_destroy(r);
			r = NULL;
		}
		missing -= js->nnodes > 0 ? 1 : slots;
	}
	if (r && missing > 0) {
		rset_destroy(r);
		errno = EAGAIN;
		return NULL;
	}
	if (!r)
		errno = ENOMEM;
	return r;
}

struct rset *
pool_alloc(struct pool *p, const struct demand *d)
{
	struct filter f;
	struct rset *r;

	if (filter_init(&f, p, d) < 0) {
		errno = EAGAIN;
		return NULL;
	}
	advance_first_free(p);
	r = collect(&f);
	filter_fini(&f);
	if (!r)
		return NULL;
	r->nslots = d->spec->nslots;
	for (size_t i = 0; i < r->nnodes; i++)
		take(find(p, r->nodes[i].rank), &r->nodes[i]);
	return r;
}

/* Add what is taken of node i. */
static int
add_taken(const struct pool *p, size_t i, struct rset *r)
{
	const struct rset_node *whole = &p->all->nodes[i];
	const struct node *n = &p->nodes[i];
	struct idset *cores = idset_dup(whole->cores);
	struct idset *gpus = idset_dup(whole->gpus);
	int rc = -1;

	if (cores && gpus && idset_subtract(cores, n->cores) == 0 &&
	    idset_subtract(gpus, n->gpus) == 0 &&
	    rset_add_node(r, n->rank, whole->host, cores, gpus) == 0)
		rc = add_properties(p, i, r);
	idset_destroy(cores);
	idset_destroy(gpus);
	return rc;
}

struct rset *
pool_taken(const struct pool *p)
{
	struct rset *r = rset_create();

	for (size_t i = 0; r && i < p->nnodes; i++)
		if (!is_whole(&p->nodes[i]) && add_taken(p, i, r) < 0) {
			rset_destroy(r);
			errno = ENOMEM;
			return NULL;
		}
	return r;
}

/* ---- what could ever fit ---- */

/* On eligible nodes, if all of them were free. */
struct totals {
	long nodes; /* with room for the slots of one */
	long cores, gpus;
	long slots;      /* with room for both */
	long core_slots; /* as if GPUs did not matter */
};

static bool
is_enough(const struct totals *t, const struct jobspec *js)
{
	return js->nnodes > 0 ? t->nodes >= js->nnodes : t->slots >= js->nslots;
}

/* Counts until it is enough: a small job does not look at the whole machine. */
static struct totals
count_eligible(const struct filter *f)
{
	const struct jobspec *js = f->d->spec;
	const struct pool *p = f->pool;
	struct totals t = { 0 };

	for (size_t i = 0; i < p->nnodes && !is_enough(&t, js); i++) {
		const struct node *n = &p->nodes[i];
		int slots;

		if (n->all_cores == 0 || !is_eligible(f, i))
			continue;
		slots = slots_in(js, n->all_cores, n->all_gpus);
		t.cores += n->all_cores;
		t.gpus += n->all_gpus;
		t.slots += slots;
		t.core_slots += slots_in(js, n->all_cores, INT_MAX);
		t.nodes += slots >= js->slots_per_node;
	}
	return t;
}

static int
fail_nodes(const struct jobspec *js, const struct totals *t, struct errmsg *em)
{
	int cores = js->slots_per_node * js->cores_per_slot;
	int gpus = js->slots_per_node * js->gpus_per_slot;

	if (js->exclusive)
		return errmsg_set(em,
		    "unsatisfiable request: need %d exclusive node(s), only "
		    "%ld eligible",
		    js->nnodes, t->nodes);
	if (gpus > 0)
		return errmsg_set(em,
		    "unsatisfiable request: need %d node(s) with %d cores and "
		    "%d GPUs each, only %ld eligible",
		    js->nnodes, cores, gpus, t->nodes);
	return errmsg_set(em,
	    "unsatisfiable request: need %d node(s) with %d cores each, only "
	    "%ld eligible",
	    js->nnodes, cores, t->nodes);
}

static int
fail_slots(const struct jobspec *js, const struct totals *t, struct errmsg *em)
{
	if (t->core_slots >= js->nslots)
		return errmsg_set(em,
		    "unsatisfiable request: need %d slot(s) with %d GPU(s) "
		    "each, only %ld available (total GPUs: %ld)",
		    js->nslots, js->gpus_per_slot, t->slots, t->gpus);
	return errmsg_set(em,
	    "unsatisfiable request: need %d slot(s) of %d core(s), only %ld "
	    "such slot(s) available (total cores: %ld)",
	    js->nslots, js->cores_per_slot, t->core_slots, t->cores);
}

int
pool_feasible(const struct pool *p, const struct demand *d, struct errmsg *em)
{
	const struct jobspec *js = d->spec;
	struct totals t = { 0 };
	struct filter f;

	if (filter_init(&f, p, d) == 0)
		t = count_eligible(&f);
	filter_fini(&f);
	if (is_enough(&t, js))
		return 0;
	errno = EOVERFLOW;
	return js->nnodes > 0 ? fail_nodes(js, &t, em) : fail_slots(js, &t, em);
}
