/* SPDX-License-Identifier: MIT */
#ifndef CONSTRAINT_H
#define CONSTRAINT_H

#include <jansson.h>
#include <stdbool.h>

#include "errmsg.h"

struct hostlist;

/*
 * RFC 31 constraints. Text (RFC 35, the --requires option):
 * "fast host:node[0-3] | -rank:1"; JSON: {"and":[{"properties":["fast"]},...]}
 */

/* Text to JSON (new reference); NULL with em. */
json_t *constraint_parse(const char *text, struct errmsg *em);
/* Is the JSON well formed? 0, or -1 with em. NULL constraint is fine. */
int constraint_check(const json_t *constraint, struct errmsg *em);
/* Does the node match? has_property says if it has a property by name. */
struct constraint_node {
	unsigned rank;
	const char *host;
	bool (*has_property)(const void *arg, const char *name);
	const void *arg;
};
bool constraint_match(
    const json_t *constraint, const struct constraint_node *node);

#endif
