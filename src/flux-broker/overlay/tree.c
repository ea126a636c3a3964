/* SPDX-License-Identifier: MIT */
/*
 * A tree is kept as the parent of each rank, and its children as lists made
 * from that.
 */
#include <stdlib.h>
#include <string.h>

#include "hostlist.h"
#include "idset.h"
#include "tree.h"

struct tree {
	uint32_t size;
	/* by rank */
	uint32_t *parent, *child, *next;
};

/* ---- shapes ---- */

static void
make_kary(struct tree *t, uint32_t k)
{
	for (uint32_t r = 1; r < t->size; r++)
		t->parent[r] = k > 0 ? (r - 1) / k : 0;
}

static void
make_mincrit(struct tree *t, uint32_t k)
{
	for (uint32_t r = 1; r < t->size; r++)
		t->parent[r] = r > k && k > 0 ? 1 + (r - 1) % k : 0;
}

static void
make_binomial(struct tree *t)
{
	for (uint32_t r = 1; r < t->size; r++)
		t->parent[r] = r & (r - 1);
}

/* ---- custom ---- */

/* The host names of the table, the rank of each being its place. */
static struct hostlist *
custom_hosts(const json_t *entries, struct errmsg *em)
{
	struct hostlist *all = hostlist_create();
	json_t *entry;
	size_t i;

	json_array_foreach(entries, i, entry) {
		const char *text =
		    json_string_value(json_object_get(entry, "host"));
		struct hostlist *some = text ? hostlist_decode(text) : NULL;

		if (!some) {
			errmsg_set(em, "bootstrap.hosts[%zu] has no host", i);
			hostlist_destroy(all);
			return NULL;
		}
		for (size_t j = 0; j < hostlist_count(some); j++)
			hostlist_append_host(all, hostlist_nth(some, j));
		hostlist_destroy(some);
	}
	return all;
}

/* All names of one entry of the table, from rank on; the next rank. -1 */
static int64_t
custom_entry(struct tree *t, const struct hostlist *all, const json_t *entry,
    uint32_t rank, struct errmsg *em)
{
	const char *parent =
	    json_string_value(json_object_get(entry, "parent"));
	struct hostlist *some =
	    hostlist_decode(json_string_value(json_object_get(entry, "host")));
	size_t n = some ? hostlist_count(some) : 0;
	int above = parent ? hostlist_find(all, parent) : 0;

	hostlist_destroy(some);
	if (above < 0 || (uint32_t)above >= t->size)
		return errmsg_set(
		    em, "bootstrap.hosts: parent '%s' is no host", parent);
	for (; n > 0; n--, rank++)
		if (rank > 0 && rank < t->size)
			t->parent[rank] = (uint32_t)above;
	return rank;
}

/* Every rank comes to rank 0 in the end. */
static int
check_roots(const struct tree *t, struct errmsg *em)
{
	for (uint32_t r = 1; r < t->size; r++) {
		uint32_t up = r;

		for (uint32_t n = 0; up != 0 && n <= t->size; n++)
			up = t->parent[up];
		if (up != 0)
			return errmsg_set(
			    em, "bootstrap.hosts: rank %u is above itself", r);
	}
	return 0;
}

static int
make_custom(struct tree *t, const json_t *config, struct errmsg *em)
{
	json_t *entry, *entries = json_object_get(
			   json_object_get(config, "bootstrap"), "hosts");
	struct hostlist *all = custom_hosts(entries, em);
	int64_t rank = 0;
	size_t i;

	if (!all)
		return -1;
	make_kary(t, 0);
	json_array_foreach(entries, i, entry)
		if (rank >= 0)
			rank = custom_entry(t, all, entry, (uint32_t)rank, em);
	hostlist_destroy(all);
	return rank < 0 ? -1 : check_roots(t, em);
}

/* ---- names ---- */

/* k is the text behind the colon, NULL if there is none. */
static int
number(const char *scheme, const char *k, uint32_t *n, struct errmsg *em)
{
	const char *err = NULL;

	*n = k ? (uint32_t)strtonum(k, 0, 1 << 20, &err) : 0;
	if (err || (!k && strcmp(scheme, "kary") == 0))
		return errmsg_set(
		    em, "%s k value must be an integer >= 0", scheme);
	return 0;
}

static int
make(struct tree *t, const char *topo, const json_t *config, struct errmsg *em)
{
	const char *k = strchr(topo, ':');
	size_t len = k ? (size_t)(k++ - topo) : strlen(topo);
	uint32_t n;

	if (len == 4 && strncmp(topo, "kary", len) == 0) {
		if (number("kary", k, &n, em) < 0)
			return -1;
		make_kary(t, n);
	} else if (len == 7 && strncmp(topo, "mincrit", len) == 0) {
		if (number("mincrit", k, &n, em) < 0)
			return -1;
		make_mincrit(t, n);
	} else if (strcmp(topo, "binomial") == 0) {
		make_binomial(t);
	} else if (strcmp(topo, "custom") == 0) {
		return make_custom(t, config, em);
	} else {
		return errmsg_set(em, "unknown topology scheme");
	}
	return 0;
}

/* From the last rank to the first, so that lists are in order. */
static void
list_children(struct tree *t)
{
	for (uint32_t r = 0; r < t->size; r++)
		t->child[r] = t->next[r] = TREE_NONE;
	for (uint32_t r = t->size; r-- > 1;) {
		t->next[r] = t->child[t->parent[r]];
		t->child[t->parent[r]] = r;
	}
}

struct tree *
tree_make(
    const char *topo, uint32_t size, const json_t *config, struct errmsg *em)
{
	struct tree *t = calloc(1, sizeof(*t));
	struct errmsg why = { "out of memory" };

	if (t) {
		t->size = size;
		t->parent = calloc(size, sizeof(*t->parent));
		t->child = calloc(size, sizeof(*t->child));
		t->next = calloc(size, sizeof(*t->next));
	}
	if (!t || !t->parent || !t->child || !t->next ||
	    make(t, topo, config, &why) < 0) {
		errmsg_set(em, "error creating '%.64s' topology: %.100s", topo,
		    why.text);
		tree_free(t);
		return NULL;
	}
	t->parent[0] = TREE_NONE;
	list_children(t);
	return t;
}

void
tree_free(struct tree *t)
{
	if (!t)
		return;
	free(t->parent);
	free(t->child);
	free(t->next);
	free(t);
}

/* ---- questions ---- */

uint32_t
tree_size(const struct tree *t)
{
	return t->size;
}

uint32_t
tree_parent(const struct tree *t, uint32_t rank)
{
	return t->parent[rank];
}

uint32_t
tree_child(const struct tree *t, uint32_t rank)
{
	return t->child[rank];
}

uint32_t
tree_next(const struct tree *t, uint32_t child)
{
	return t->next[child];
}

int
tree_level(const struct tree *t, uint32_t rank)
{
	int level = 0;

	for (; rank > 0; level++)
		rank = t->parent[rank];
	return level;
}

int
tree_max_level(const struct tree *t)
{
	int max = 0;

	for (uint32_t r = 0; r < t->size; r++) {
		int level = t->child[r] == TREE_NONE ? tree_level(t, r) : 0;

		if (level > max)
			max = level;
	}
	return max;
}

/* Without recursion: a custom tree may be a line of all ranks. */
int
tree_subtree(const struct tree *t, uint32_t rank, struct idset *s)
{
	uint32_t r = rank;

	for (;;) {
		if (idset_set(s, r) < 0)
			return -1;
		if (t->child[r] != TREE_NONE) {
			r = t->child[r];
			continue;
		}
		while (r != rank && t->next[r] == TREE_NONE)
			r = t->parent[r];
		if (r == rank)
			return 0;
		r = t->next[r];
	}
}
