/* SPDX-License-Identifier: MIT */
#ifndef ASKTOPO_H
#define ASKTOPO_H

#include <jansson.h>

#include "errmsg.h"

/* What flux-topo(1), which lies beside the running program, prints for an
 * option and its value (each may be NULL): an object (new reference). It waits
 * for it. NULL with em. */
json_t *asktopo(const char *option, const char *value, struct errmsg *em);

#endif
