/* SPDX-License-Identifier: MIT */
#ifndef SHAPE_H
#define SHAPE_H

#include <jansson.h>

#include "args.h"

/* What the resource options ask for. */
struct shape {
	json_t *resources;    /* owned: the array of a jobspec */
	int total;            /* tasks in all; 0 = one per slot */
	const char *per_type; /* shell option per-resource; NULL = none */
	int per_count;
};

/* Exits with a reason if the options do not fit together. */
struct shape shape_make(const struct args *a);

#endif
