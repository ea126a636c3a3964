/* SPDX-License-Identifier: MIT */
/*
 * What could ever fit, if all nodes were up and free, and the words for what
 * could not. A view knows how many nodes it has of each size, so that no node
 * is looked at.
 */
#include <errno.h>
#include <limits.h>

#include "jobspec.h"
#include "pool.h"

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

/* Add the nodes of one size. */
static void
count_kind(struct totals *t, const struct kind *k, const struct jobspec *js)
{
	struct need slot = { js->cores_per_slot, js->gpus_per_slot };
	struct need cores = { js->cores_per_slot, 0 };
	int slots = need_slots(slot, k->all);

	t->cores += k->nnodes * k->all.cores;
	t->gpus += k->nnodes * k->all.gpus;
	t->slots += k->nnodes * slots;
	t->core_slots += k->nnodes * need_slots(cores, k->all);
	if (slots >= js->slots_per_node)
		t->nodes += k->nnodes;
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
pool_feasible(struct pool *p, const struct demand *d, struct errmsg *em)
{
	const struct jobspec *js = d->spec;
	const struct view *v = pool_view(p, d);
	struct totals t = { 0 };

	if (!v)
		return errmsg_set(em, "out of memory");
	for (size_t i = 0; i < v->nkinds; i++)
		count_kind(&t, &v->kinds[i], js);
	if (is_enough(&t, js))
		return 0;
	errno = EOVERFLOW;
	return js->nnodes > 0 ? fail_nodes(js, &t, em) : fail_slots(js, &t, em);
}
