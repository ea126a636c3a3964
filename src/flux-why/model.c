/* SPDX-License-Identifier: MIT */
/*
 * A model of the scheduler: see instance.h. What is free is counted, not which
 * cores: a core is as good as another.
 */
#include <err.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "constraint.h"
#include "idset.h"
#include "instance.h"
#include "optparse.h"

/* A node. */
struct spot {
	int cores, gpus;         /* free */
	int all_cores, all_gpus; /* if no job ran */
	bool up;
};

struct take {
	size_t spot;
	int cores, gpus;
};

/* What one job gives back when its time is up. */
struct release {
	double t; /* INFINITY = not known to end */
	uint64_t id;
	struct take *takes;
	size_t ntakes;
};

struct model {
	const struct instance *inst;
	double now;
	struct spot *spots; /* as inst->all */
	size_t nspots;
	struct release *releases; /* those with ntakes 0 are over */
	size_t nreleases;
};

static void *
new_array(size_t n, size_t size)
{
	void *p = calloc(n + 1, size);

	if (!p)
		err(1, NULL);
	return p;
}

/* ---- which nodes ---- */

struct property_arg {
	const struct rset *all;
	const struct rset_node *node;
};

static bool
has_property(const void *arg, const char *name)
{
	const struct property_arg *p = arg;

	return rset_has_property(p->all, p->node, name);
}

/* The properties that the nodes of a job's queue have; NULL = all nodes. */
static const json_t *
queue_requires(const struct instance *inst, const char *queue)
{
	const json_t *queues = json_object_get(inst->config, "queues");
	const json_t *q = queue ? json_object_get(queues, queue) : NULL;
	const char *parent = get_text(q, "parent");
	const json_t *v = json_object_get(q, "requires");

	if (!v && parent)
		v = json_object_get(
		    json_object_get(queues, parent), "requires");
	return v;
}

static bool
has_all(
    const struct rset *all, const struct rset_node *n, const json_t *properties)
{
	json_t *o;
	size_t i;

	json_array_foreach(properties, i, o)
		if (!rset_has_property(all, n, json_string_value(o)))
			return false;
	return true;
}

bool *
model_eligible(const struct instance *inst, const struct jobspec *spec)
{
	const json_t *properties = queue_requires(inst, spec->queue);
	struct errmsg em;
	struct constraint *c = constraint_compile(spec->constraints, &em);
	bool *eligible = new_array(inst->all->nnodes, sizeof(*eligible));

	if (!c)
		tool_fail("constraint: %s", em.text);
	for (size_t i = 0; i < inst->all->nnodes; i++) {
		const struct rset_node *n = &inst->all->nodes[i];
		struct property_arg arg = { inst->all, n };
		struct constraint_node node = { n->rank, n->host, has_property,
			&arg };

		eligible[i] = constraint_test(c, &node) &&
			      has_all(inst->all, n, properties);
	}
	constraint_destroy(c);
	return eligible;
}

/* ---- making it ---- */

/* Cores and GPUs of a node in another set. */
static int
cores_of(const struct rset *r, unsigned rank)
{
	const struct rset_node *n = r ? rset_find(r, rank) : NULL;

	return n ? (int)idset_count(n->cores) : 0;
}

static int
gpus_of(const struct rset *r, unsigned rank)
{
	const struct rset_node *n = r ? rset_find(r, rank) : NULL;

	return n ? (int)idset_count(n->gpus) : 0;
}

static void
add_release(struct model *m, const struct holder *h)
{
	struct release *rel = &m->releases[m->nreleases++];

	rel->id = h->id;
	rel->t = h->end;
	rel->takes = new_array(m->nspots, sizeof(*rel->takes));
	for (size_t i = 0; i < m->nspots; i++) {
		unsigned rank = m->inst->all->nodes[i].rank;
		int cores = cores_of(h->r, rank), gpus = gpus_of(h->r, rank);

		if (cores > 0 || gpus > 0)
			rel->takes[rel->ntakes++] =
			    (struct take){ i, cores, gpus };
	}
}

struct model *
model_create(const struct instance *inst, double now)
{
	struct model *m = new_array(1, sizeof(*m));

	m->inst = inst;
	m->now = now;
	m->nspots = inst->all->nnodes;
	m->spots = new_array(m->nspots, sizeof(*m->spots));
	for (size_t i = 0; i < m->nspots; i++) {
		const struct rset_node *n = &inst->all->nodes[i];
		struct spot *s = &m->spots[i];

		s->all_cores = idset_count(n->cores);
		s->all_gpus = idset_count(n->gpus);
		s->cores = s->all_cores - cores_of(inst->allocated, n->rank);
		s->gpus = s->all_gpus - gpus_of(inst->allocated, n->rank);
		s->up = !rset_find(inst->down, n->rank);
	}
	m->releases =
	    new_array(inst->nholders + inst->nwaiting, sizeof(*m->releases));
	for (size_t i = 0; i < inst->nholders; i++)
		add_release(m, &inst->holders[i]);
	return m;
}

void
model_destroy(struct model *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->nreleases; i++)
		free(m->releases[i].takes);
	free(m->releases);
	free(m->spots);
	free(m);
}

/* ---- placing ---- */

/* How many slots there is room for on a node. */
static int
room(const struct spot *s, const struct jobspec *spec)
{
	int n = spec->nslots;

	if (!s->up || (spec->exclusive && s->cores < s->all_cores))
		return 0;
	if (spec->cores_per_slot > 0 && s->cores / spec->cores_per_slot < n)
		n = s->cores / spec->cores_per_slot;
	if (spec->gpus_per_slot > 0 && s->gpus / spec->gpus_per_slot < n)
		n = s->gpus / spec->gpus_per_slot;
	return n;
}

static struct take
take_slots(struct model *m, size_t i, const struct jobspec *spec, int slots)
{
	struct spot *s = &m->spots[i];
	struct take t = { i, slots * spec->cores_per_slot,
		slots * spec->gpus_per_slot };

	if (spec->exclusive)
		t = (struct take){ i, s->cores, s->gpus };
	s->cores -= t.cores;
	s->gpus -= t.gpus;
	return t;
}

static void
give_back(struct model *m, struct release *rel)
{
	for (size_t i = 0; i < rel->ntakes; i++) {
		m->spots[rel->takes[i].spot].cores += rel->takes[i].cores;
		m->spots[rel->takes[i].spot].gpus += rel->takes[i].gpus;
	}
	rel->ntakes = 0;
}

/* Take a place; false, and nothing taken, if there is none. */
static bool
place(struct model *m, const struct jobspec *spec, struct release *rel)
{
	bool *eligible = model_eligible(m->inst, spec);
	int nodes = spec->nnodes, slots = spec->nslots;

	rel->takes = new_array(m->nspots, sizeof(*rel->takes));
	rel->ntakes = 0;
	for (size_t i = 0; i < m->nspots && slots > 0; i++) {
		int want = nodes > 0 ? spec->slots_per_node : slots;
		int n = eligible[i] ? room(&m->spots[i], spec) : 0;

		if (n == 0 || (nodes > 0 && n < want))
			continue;
		if (n > want)
			n = want;
		rel->takes[rel->ntakes++] = take_slots(m, i, spec, n);
		slots -= n;
	}
	free(eligible);
	if (slots <= 0)
		return true;
	give_back(m, rel);
	free(rel->takes);
	rel->takes = NULL;
	return false;
}

bool
model_fits(struct model *m, const struct jobspec *spec)
{
	struct release rel;
	bool fits = place(m, spec, &rel);

	if (fits) {
		give_back(m, &rel);
		free(rel.takes);
	}
	return fits;
}

bool
model_fits_empty(
    const struct instance *inst, const struct jobspec *spec, bool all_up)
{
	struct model *m = model_create(inst, 0);
	bool fits;

	for (size_t i = 0; i < m->nspots; i++) {
		m->spots[i].cores = m->spots[i].all_cores;
		m->spots[i].gpus = m->spots[i].all_gpus;
		m->spots[i].up |= all_up;
	}
	fits = model_fits(m, spec);
	model_destroy(m);
	return fits;
}

json_t *
model_free(struct model *m, const struct jobspec *spec)
{
	bool *eligible = model_eligible(m->inst, spec);
	int nodes = 0, cores = 0, gpus = 0;
	json_t *o;

	for (size_t i = 0; i < m->nspots; i++) {
		const struct spot *s = &m->spots[i];

		if (!eligible[i] || !s->up)
			continue;
		nodes += s->cores == s->all_cores;
		cores += s->cores;
		gpus += s->gpus;
	}
	free(eligible);
	o = json_pack("{s:i s:i}", "nnodes", nodes, "ncores", cores);
	if (rset_ngpus(m->inst->all) > 0)
		json_object_set_new(o, "ngpus", json_integer(gpus));
	return o;
}

/* ---- time ---- */

static struct release *
next_release(struct model *m)
{
	struct release *next = NULL;

	for (size_t i = 0; i < m->nreleases; i++) {
		struct release *r = &m->releases[i];

		if (r->ntakes > 0 && (!next || r->t < next->t))
			next = r;
	}
	return next;
}

/* Let time pass until a job has a place: when that is. INFINITY: never that we
 * know of, *who is the job that it depends on. */
static double
start_one(struct model *m, const struct waiting *wt, uint64_t *who)
{
	struct release rel = { .id = wt->id }, *next;

	while (!place(m, wt->spec, &rel)) {
		next = next_release(m);
		if (!next || isinf(next->t)) {
			*who = next ? next->id : wt->id;
			return INFINITY;
		}
		if (next->t > m->now)
			m->now = next->t;
		give_back(m, next);
	}
	rel.t = wt->spec->duration > 0 ? m->now + wt->spec->duration : INFINITY;
	m->releases[m->nreleases++] = rel;
	return m->now;
}

double
model_start(struct model *m, uint64_t id, uint64_t *who)
{
	double t;

	for (size_t i = 0; i < m->inst->nwaiting; i++) {
		const struct waiting *wt = &m->inst->waiting[i];

		*who = wt->id;
		if (!wt->spec)
			return INFINITY;
		t = start_one(m, wt, who);
		if (wt->id == id || isinf(t))
			return t;
	}
	*who = 0;
	return INFINITY;
}
