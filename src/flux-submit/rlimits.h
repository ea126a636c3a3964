/* SPDX-License-Identifier: MIT */
#ifndef RLIMITS_H
#define RLIMITS_H

#include <jansson.h>

#include "args.h"

/* Shell option rlimit by the rules of --rlimit from the caller's soft limits:
 * {"core":0,"nofile":1024} (-1 = unlimited). New object, perhaps empty. */
json_t *rlimits_make(const struct args *a);

#endif
