/* SPDX-License-Identifier: MIT */
#ifndef LIST_H
#define LIST_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "format.h"

/* The rows of flux queue list. */
enum res { NNODES, NCORES, NGPUS, NRES };
enum set { ALL, UP, DOWN, ALLOCATED, FREE, NSETS };

struct row {
	const char *name; /* NULL = the anonymous queue */
	const char *parent;
	bool is_default;
	bool color;                          /* write escape sequences */
	bool enabled, started, blocked;      /* blocked: by its parent */
	double timelimit, default_timelimit; /* seconds; INFINITY = none */
	json_int_t min[NRES], max[NRES];     /* max -1 = no limit */
	size_t count[NSETS][NRES];           /* what its nodes have */
};

/* listfields.c */
extern const struct field list_fields[];

#endif
