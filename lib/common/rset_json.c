/* SPDX-License-Identifier: MIT */
/*
 * RFC 20 R as JSON, and the summary that lists print. Nodes with the same
 * cores and GPUs are written as one entry, in the order of their first rank.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hostlist.h"
#include "idset.h"
#include "rset.h"
#include "textbuf.h"

#define RANKS_MAX (1u << 20)

enum { BUCKETS_MAX = 4096 };

/* Nodes with equal children, which are found by what they have: a large set
 * can be in many pieces. */
struct group {
	const struct rset_node *first;
	struct idset *ranks;
	size_t next; /* of those in the same bucket, + 1; 0 = none */
};

struct groups {
	struct group *list;
	size_t count;
	size_t *buckets; /* index in list, + 1; 0 = none */
	size_t nbuckets; /* a power of two */
};

static void
groups_fini(struct groups *g)
{
	while (g->count > 0)
		idset_destroy(g->list[--g->count].ranks);
	free(g->list);
	free(g->buckets);
}

static size_t *
bucket_of(const struct groups *g, const struct rset_node *n)
{
	size_t hash = idset_hash(n->cores) * 31 + idset_hash(n->gpus);

	return &g->buckets[hash & (g->nbuckets - 1)];
}

static struct group *
groups_find(const struct groups *g, const struct rset_node *n)
{
	const struct rset_node *first;
	size_t i;

	for (i = *bucket_of(g, n); i > 0; i = g->list[i - 1].next) {
		first = g->list[i - 1].first;
		if (idset_equal(first->cores, n->cores) &&
		    idset_equal(first->gpus, n->gpus))
			return &g->list[i - 1];
	}
	return NULL;
}

static struct group *
groups_add(struct groups *g, const struct rset_node *n)
{
	struct group *list = g->list, *new;
	size_t *bucket = bucket_of(g, n);

	/* room for a power of two: no size has to be kept */
	if ((g->count & (g->count - 1)) == 0) {
		list = reallocarray(
		    list, g->count ? 2 * g->count : 1, sizeof(*list));
		if (!list)
			return NULL;
		g->list = list;
	}
	new = &list[g->count];
	*new = (struct group){ .first = n, .next = *bucket };
	if (!(new->ranks = idset_create()))
		return NULL;
	*bucket = ++g->count;
	return new;
}

static int
groups_init(struct groups *g, const struct rset *r)
{
	struct group *group;
	size_t i;

	*g = (struct groups){ .nbuckets = 1 };
	while (g->nbuckets < r->nnodes && g->nbuckets < BUCKETS_MAX)
		g->nbuckets *= 2;
	if (!(g->buckets = calloc(g->nbuckets, sizeof(*g->buckets))))
		return -1;
	for (i = 0; i < r->nnodes; i++) {
		if (!(group = groups_find(g, &r->nodes[i])) &&
		    !(group = groups_add(g, &r->nodes[i])))
			goto error;
		if (idset_set(group->ranks, r->nodes[i].rank) < 0)
			goto error;
	}
	return 0;
error:
	groups_fini(g);
	return -1;
}

static json_t *
idset_json(const struct idset *s)
{
	char *text = idset_encode(s, 0);
	json_t *o = text ? json_string(text) : NULL;

	free(text);
	return o;
}

/* Add key to o unless the set is empty. */
static int
set_idset(json_t *o, const char *key, const struct idset *s)
{
	if (idset_first(s) == IDSET_INVALID)
		return 0;
	return json_object_set_new(o, key, idset_json(s));
}

static json_t *
group_json(const struct group *g)
{
	json_t *children = json_object();

	if (set_idset(children, "core", g->first->cores) < 0 ||
	    set_idset(children, "gpu", g->first->gpus) < 0) {
		json_decref(children);
		return NULL;
	}
	return json_pack(
	    "{s:o s:o}", "rank", idset_json(g->ranks), "children", children);
}

static json_t *
r_lite_json(const struct rset *r)
{
	json_t *list = json_array();
	struct groups g;
	size_t i;
	int rc = 0;

	if (groups_init(&g, r) < 0) {
		json_decref(list);
		return NULL;
	}
	for (i = 0; i < g.count; i++)
		rc |= json_array_append_new(list, group_json(&g.list[i]));
	groups_fini(&g);
	if (rc < 0) {
		json_decref(list);
		return NULL;
	}
	return list;
}

/* One text for all hosts; NULL and *none set if one of them is not known. */
static json_t *
nodelist_json(const struct rset *r, bool *none)
{
	struct hostlist *hosts;
	char *text;
	json_t *o;
	size_t i;

	*none = false;
	for (i = 0; i < r->nnodes; i++) {
		if (!*r->nodes[i].host) {
			*none = true;
			return NULL;
		}
	}
	if (r->nnodes == 1)
		return json_pack("[s]", r->nodes[0].host);
	hosts = rset_hosts(r);
	text = hosts ? hostlist_encode(hosts) : NULL;
	o = text ? json_pack("[s]", text) : NULL;
	free(text);
	hostlist_destroy(hosts);
	return o;
}

static struct idset *
property_ranks(const struct rset *r, size_t prop)
{
	struct idset *ranks = idset_create();
	size_t i;

	for (i = 0; ranks && i < r->nnodes; i++) {
		if (r->nodes[i].props &&
		    idset_test(r->nodes[i].props, (unsigned)prop) &&
		    idset_set(ranks, r->nodes[i].rank) < 0) {
			idset_destroy(ranks);
			return NULL;
		}
	}
	return ranks;
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The place of a name in r->props. */
static size_t
property_index(const struct rset *r, const char *name)
{
	size_t i;

	for (i = 0; r->props[i] != name; i++)
		;
	return i;
}

/* {name: ranks}, by name; names that no node has are left out. */
static json_t *
properties_json(const struct rset *r)
{
	json_t *o = json_object();
	char **names = malloc((r->nprops + 1) * sizeof(*names));
	struct idset *ranks;
	size_t i;
	int rc = names ? 0 : -1;

	if (names && r->nprops > 0) {
		memcpy(names, r->props, r->nprops * sizeof(*names));
		qsort(names, r->nprops, sizeof(*names), compare_names);
	}
	for (i = 0; rc == 0 && i < r->nprops; i++) {
		ranks = property_ranks(r, property_index(r, names[i]));
		rc = ranks ? set_idset(o, names[i], ranks) : -1;
		idset_destroy(ranks);
	}
	free(names);
	if (rc < 0) {
		json_decref(o);
		return NULL;
	}
	return o;
}

/* Put the keys that are not always there, in the usual order. */
static int
set_optional(json_t *execution, const struct rset *r)
{
	json_t *properties, *nodelist;
	bool none;
	int rc = 0;

	if (r->nslots > 0)
		rc |= json_object_set_new(
		    execution, "nslots", json_integer(r->nslots));
	nodelist = nodelist_json(r, &none);
	if (!none)
		rc |= json_object_set_new(execution, "nodelist", nodelist);
	if (!(properties = properties_json(r)))
		return -1;
	if (json_object_size(properties) > 0)
		rc |= json_object_set(execution, "properties", properties);
	json_decref(properties);
	return rc;
}

json_t *
rset_encode(const struct rset *r)
{
	json_t *o = NULL, *execution;

	execution = json_pack("{s:o s:f s:f}", "R_lite", r_lite_json(r),
	    "starttime", r->starttime, "expiration", r->expiration);
	if (!execution || set_optional(execution, r) < 0)
		goto error;
	o = json_pack("{s:i s:O}", "version", 1, "execution", execution);
	if (!o || (r->scheduling &&
		      json_object_set(o, "scheduling", r->scheduling) < 0))
		goto error;
	json_decref(execution);
	return o;
error:
	json_decref(execution);
	json_decref(o);
	errno = ENOMEM;
	return NULL;
}

/* All ids of `ranks` get the children. */
static int
decode_ranks(struct rset *r, const struct idset *ranks,
    const struct idset *cores, const struct idset *gpus)
{
	unsigned i;

	for (i = idset_first(ranks); i != IDSET_INVALID;
	     i = idset_next(ranks, i)) {
		if (r->nnodes >= RANKS_MAX) {
			errno = ERANGE;
			return -1;
		}
		if (rset_add_node(r, i, "", cores, gpus) < 0)
			return -1;
	}
	return 0;
}

static int
decode_entry(struct rset *r, const json_t *entry, struct errmsg *em)
{
	const char *rank, *core = "", *gpu = "";
	struct idset *ranks = NULL, *cores = NULL, *gpus = NULL;
	int rc = -1;

	if (json_unpack((json_t *)entry, "{s:s s:{s?s s?s}}", "rank", &rank,
		"children", "core", &core, "gpu", &gpu) < 0)
		return errmsg_set(em, "R_lite: entry without rank or children");
	if (!(ranks = idset_decode(rank)))
		errmsg_set(em, "R_lite: invalid rank '%s'", rank);
	else if (!(cores = idset_decode(core)))
		errmsg_set(em, "R_lite: invalid core '%s'", core);
	else if (!(gpus = idset_decode(gpu)))
		errmsg_set(em, "R_lite: invalid gpu '%s'", gpu);
	else if (decode_ranks(r, ranks, cores, gpus) < 0)
		errmsg_set(em, "R_lite: %s", strerror(errno));
	else
		rc = 0;
	idset_destroy(ranks);
	idset_destroy(cores);
	idset_destroy(gpus);
	return rc;
}

static int
decode_hosts(struct rset *r, const struct hostlist *hosts, struct errmsg *em)
{
	size_t i, count = hostlist_count(hosts);
	char *copy;

	if (count == 0)
		return 0;
	if (count != r->nnodes)
		return errmsg_set(em, "nodelist has %zu hosts for %zu ranks",
		    count, r->nnodes);
	for (i = 0; i < count; i++) {
		if (!(copy = strdup(hostlist_nth(hosts, i))))
			return errmsg_set(em, "out of memory");
		free(r->nodes[i].host);
		r->nodes[i].host = copy;
	}
	return 0;
}

static int
decode_nodelist(struct rset *r, const json_t *nodelist, struct errmsg *em)
{
	struct hostlist *hosts = hostlist_create();
	const char *text;
	json_t *o;
	size_t i;
	int rc = -1;

	if (!hosts)
		return errmsg_set(em, "out of memory");
	json_array_foreach(nodelist, i, o) {
		if (!(text = json_string_value(o)) ||
		    hostlist_append(hosts, text) < 0) {
			errmsg_set(em, "nodelist: invalid hostlist");
			goto done;
		}
	}
	rc = decode_hosts(r, hosts, em);
done:
	hostlist_destroy(hosts);
	return rc;
}

static int
decode_property(
    struct rset *r, const char *name, const json_t *value, struct errmsg *em)
{
	const char *text = json_string_value(value);
	struct idset *ranks = text ? idset_decode(text) : NULL;
	unsigned i;
	int rc = 0;

	if (!ranks)
		return errmsg_set(em, "property '%s': invalid ranks", name);
	for (i = idset_first(ranks); rc == 0 && i != IDSET_INVALID;
	     i = idset_next(ranks, i))
		if (rset_add_property(r, i, name) < 0)
			rc = errmsg_set(
			    em, "property '%s': no rank %u in R_lite", name, i);
	idset_destroy(ranks);
	return rc;
}

/* What is inside "execution". */
struct execution {
	json_t *r_lite;
	json_t *nodelist;
	json_t *properties;
};

static int
decode_execution(struct rset *r, const struct execution *x, struct errmsg *em)
{
	json_t *entry;
	const char *name;
	size_t i;

	if (!json_is_array(x->r_lite))
		return errmsg_set(em, "R_lite must be an array");
	json_array_foreach(x->r_lite, i, entry)
		if (decode_entry(r, entry, em) < 0)
			return -1;
	if (x->nodelist && !json_is_array(x->nodelist))
		return errmsg_set(em, "nodelist must be an array");
	if (decode_nodelist(r, x->nodelist, em) < 0)
		return -1;
	if (x->properties && !json_is_object(x->properties))
		return errmsg_set(em, "properties must be an object");
	json_object_foreach(x->properties, name, entry)
		if (decode_property(r, name, entry, em) < 0)
			return -1;
	return 0;
}

struct rset *
rset_decode(const json_t *o, struct errmsg *em)
{
	struct rset *r = rset_create();
	struct execution x = { 0 };
	json_error_t error;
	int version;

	if (!r) {
		errmsg_set(em, "out of memory");
		return NULL;
	}
	if (json_unpack_ex((json_t *)o, &error, 0,
		"{s:i s:{s:o s?F s?F s?o s?o s?i} s?O}", "version", &version,
		"execution", "R_lite", &x.r_lite, "starttime", &r->starttime,
		"expiration", &r->expiration, "nodelist", &x.nodelist,
		"properties", &x.properties, "nslots", &r->nslots, "scheduling",
		&r->scheduling) < 0) {
		errmsg_set(em, "invalid R: %s", error.text);
		goto error;
	}
	if (version != 1) {
		errmsg_set(em, "invalid R: version %d is not 1", version);
		goto error;
	}
	if (decode_execution(r, &x, em) < 0)
		goto error;
	return r;
error:
	rset_destroy(r);
	errno = EINVAL;
	return NULL;
}

/* "core[0-1]", or nothing if there are none. */
static void
add_ids(struct textbuf *b, const char *name, const struct idset *ids)
{
	char *text = idset_encode(ids, IDSET_BRACKETS);

	if (!text || *text) {
		textbuf_add(b, name);
		textbuf_add(b, text ? text : "?");
	}
	free(text);
}

char *
rset_summary(const struct rset *r)
{
	struct textbuf b = { 0 };
	struct groups g;

	if (groups_init(&g, r) < 0)
		return NULL;
	for (size_t i = 0; i < g.count; i++) {
		const struct rset_node *n = g.list[i].first;
		bool both = idset_first(n->cores) != IDSET_INVALID;

		add_ids(&b, i > 0 ? " rank" : "rank", g.list[i].ranks);
		textbuf_add(&b, "/");
		add_ids(&b, "core", n->cores);
		add_ids(&b, both ? ",gpu" : "gpu", n->gpus);
	}
	groups_fini(&g);
	return textbuf_take(&b);
}
