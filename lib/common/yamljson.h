/* SPDX-License-Identifier: MIT */
#ifndef YAMLJSON_H
#define YAMLJSON_H

#include <jansson.h>

#include "errmsg.h"

/*
 * The first document of a YAML file as JSON. Unquoted null, true, false and
 * numbers are what they look like, all else is text; keys are text. Nested
 * (or aliased) at most 32 levels deep.
 */

/* New reference ({} for an empty file); NULL with em: "... (at line 3)". */
json_t *yamljson_load(const char *path, struct errmsg *em);

#endif
