/* SPDX-License-Identifier: MIT */
#ifndef EXPLAIN_H
#define EXPLAIN_H

#include <jansson.h>
#include <stddef.h>

#include "args.h"

/* Does --dry-run want words? Exits if it wants what there is not. */
bool explain_wanted(const struct args *a);
/* Say in words what the jobspec asks for: njobs of them. Exits with the reason
 * if it is one that no broker would take. */
void explain(const struct args *a, const json_t *jobspec, size_t njobs);

#endif
