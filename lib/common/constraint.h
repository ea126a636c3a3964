/* SPDX-License-Identifier: MIT */
#ifndef CONSTRAINT_H
#define CONSTRAINT_H

#include <jansson.h>
#include <stdbool.h>

#include "errmsg.h"

/*
 * RFC 31 constraints. Text (RFC 35, the --requires option):
 * "fast host:node[0-3] | -rank:1"; JSON: {"and":[{"properties":["fast"]},...]}
 */

/* Text to JSON (new reference); NULL with em. */
json_t *constraint_parse(const char *text, struct errmsg *em);
/* Is the JSON well formed? 0, or -1 with em. NULL constraint is fine. */
int constraint_check(const json_t *constraint, struct errmsg *em);

/* A node, as far as constraints ask. has_property says if it has a property by
 * name. */
struct constraint_node {
	unsigned rank;
	const char *host;
	bool (*has_property)(const void *arg, const char *name);
	const void *arg;
};

/*
 * A constraint made ready to be tested on many nodes: host lists and ranks
 * are decoded once. NULL JSON gives one that matches every node. NULL with
 * EINVAL and em if it is not well formed.
 */
struct constraint;
struct constraint *constraint_compile(const json_t *json, struct errmsg *em);
bool constraint_test(
    const struct constraint *c, const struct constraint_node *node);
void constraint_destroy(struct constraint *c);

/* Many nodes at once, as sets of ranks that are made ready beforehand. */
struct idset;
struct constraint_sets {
	const struct idset *all;
	/* the ranks that have a property; NULL = none */
	const struct idset *(*with_property)(const void *arg, const char *name);
	/* add the ranks of a host to a set; 0, or -1 with ENOMEM */
	int (*add_host)(const void *arg, const char *host, struct idset *to);
	const void *arg;
};
/* The ranks of all that match (a new set), at the cost of a few operations on
 * sets, however many nodes there are. NULL with ENOMEM. */
struct idset *constraint_select(
    const struct constraint *c, const struct constraint_sets *sets);

/* Does one node match? Compiles each time: for a loop, see above. What is not
 * well formed matches nothing. */
bool constraint_match(
    const json_t *constraint, const struct constraint_node *node);

#endif
