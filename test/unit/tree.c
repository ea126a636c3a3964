/* SPDX-License-Identifier: MIT */
/* Shapes of the tree of brokers, by the parents of all ranks from 1 on. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "idset.h"

#include "../../src/flux-broker/overlay/tree.h"
#include "../lib/tap.h"

static const struct {
	const char *topo;
	uint32_t size;
	const char *parents; /* NULL: refused */
	int max_level;
} shapes[] = {
	{ "kary:0", 4, "0 0 0 ", 1 },
	{ "kary:1", 4, "0 1 2 ", 3 },
	{ "kary:2", 8, "0 0 1 1 2 2 3 ", 3 },
	{ "kary:32", 1, "", 0 },
	{ "mincrit", 4, "0 0 0 ", 1 },
	{ "mincrit:1", 4, "0 1 1 ", 2 },
	{ "mincrit:3", 9, "0 0 0 1 2 3 1 2 ", 2 },
	{ "mincrit:3", 2, "0 ", 1 },
	{ "binomial", 16, "0 0 2 0 4 4 6 0 8 8 10 8 12 12 14 ", 4 },
	{ "kary", 4, NULL, 0 },
	{ "kary:", 4, NULL, 0 },
	{ "kary:-1", 4, NULL, 0 },
	{ "kary:x", 4, NULL, 0 },
	{ "mincrit:x", 4, NULL, 0 },
	{ "binomial:1", 4, NULL, 0 },
	{ "custom:1", 4, NULL, 0 },
	{ "", 4, NULL, 0 },
	{ "tree", 4, NULL, 0 },
};

/* custom: bootstrap.hosts */
static const struct {
	const char *hosts, *parents;
	uint32_t size;
} tables[] = {
	{ "[]", "0 0 ", 3 },
	{ "[{\"host\":\"a[0-3]\"}]", "0 0 0 ", 4 },
	{ "[{\"host\":\"a0\"},{\"host\":\"a[1-2]\",\"parent\":\"a0\"},"
	  "{\"host\":\"b[0-1]\",\"parent\":\"a1\"},"
	  "{\"host\":\"c\",\"parent\":\"b1\"}]",
	    "0 0 1 1 4 ", 6 },
	{ "[{\"host\":\"a\"},{\"host\":\"b\",\"parent\":\"nosuch\"}]", NULL,
	    2 },
	{ "[{\"host\":\"a\"},{\"host\":\"b\",\"parent\":\"b\"}]", NULL, 2 },
	{ "[{\"host\":\"a\"},{\"host\":\"b\",\"parent\":\"c\"},"
	  "{\"host\":\"c\",\"parent\":\"b\"}]",
	    NULL, 3 },
	{ "[{\"parent\":\"a\"}]", NULL, 2 },
	{ "[7]", NULL, 2 },
};

static const char *
parents(const struct tree *t, char *buf, size_t size)
{
	size_t n = 0;

	if (!t)
		return NULL;
	buf[0] = '\0';
	for (uint32_t r = 1; r < tree_size(t); r++)
		n += (size_t)snprintf(
		    buf + n, size - n, "%u ", tree_parent(t, r));
	return buf;
}

/* All below each rank are those of which it is above. */
static void
check_subtrees(const struct tree *t, const char *name)
{
	int bad = 0;

	for (uint32_t r = 0; r < tree_size(t); r++) {
		struct idset *s = idset_create();

		tree_subtree(t, r, s);
		for (uint32_t x = 0; x < tree_size(t); x++) {
			uint32_t up = x;

			while (up != r && up != TREE_NONE)
				up = tree_parent(t, up);
			bad += (up == r) != idset_test(s, x);
		}
		idset_destroy(s);
	}
	is_int(bad, 0, "subtrees of %s", name);
}

int
main(void)
{
	struct errmsg em;
	struct tree *t;
	char buf[256];

	for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++) {
		const char *topo = shapes[i].topo;

		t = tree_make(topo, shapes[i].size, NULL, &em);
		is_str(parents(t, buf, sizeof(buf)), shapes[i].parents,
		    "'%s' of %u", topo, shapes[i].size);
		if (t) {
			is_int(tree_max_level(t), shapes[i].max_level, "level");
			check_subtrees(t, topo);
		}
		tree_free(t);
	}
	for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++) {
		json_t *config = json_pack("{s:{s:o}}", "bootstrap", "hosts",
		    json_loads(tables[i].hosts, 0, NULL));

		t = tree_make("custom", tables[i].size, config, &em);
		is_str(parents(t, buf, sizeof(buf)), tables[i].parents,
		    "custom %s", tables[i].hosts);
		tree_free(t);
		json_decref(config);
	}
	return done_testing();
}
