/* SPDX-License-Identifier: MIT */
#ifndef LIST_H
#define LIST_H

#include "format.h"
#include "resource.h"

/*
 * The scheduler's view of resources: flux resource list, info, R.
 */
enum { SET_UP, SET_DOWN, SET_ALLOCATED, SET_FREE, SET_ALL, NSETS };

struct view {
	json_t *config;
	struct rset *sets[NSETS];
	struct idset *ranks;        /* those selected */
	const struct words *queues; /* named with -q */
};

/* Ask the instance. */
void view_init(struct view *v, const struct selection *s);
void view_fini(struct view *v);
/* SET_*, by name; ends the program for an unknown one. */
int view_set_parse(const char *name);
/* The selected part of a set (new). */
struct rset *view_select(const struct view *v, int set);

/* One row of flux resource list. */
struct row {
	int set;
	struct rset *res; /* owned */
	/* names with commas, owned; NULL = none */
	char *queue, *properties, *propertiesx;
};

struct rows {
	struct row **v;
	size_t n;
};

/* rows.c: what there is to print of the sets (SET_*) asked for. f tells which
 * rows would look alike. */
void rows_build(struct rows *rows, const struct view *v, const int *sets,
    size_t nsets, const struct format *f, bool skip_empty);
void rows_fini(struct rows *rows);

extern const struct field row_fields[];
const char *set_name(int set);

#endif
