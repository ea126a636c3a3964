/* SPDX-License-Identifier: MIT */
#ifndef ENVRULES_H
#define ENVRULES_H

#include <jansson.h>

#include "args.h"

/*
 * The job's environment by the rules of --env, --env-remove and --env-file,
 * from the caller's (a new object). *expand gets those that only the shell can
 * fill in, with {{tags}} (new object; NULL if there are none). Exits on a bad
 * rule.
 */
json_t *env_make(const struct args *a, json_t **expand);

#endif
