/* SPDX-License-Identifier: MIT */
#ifndef STATUS_H
#define STATUS_H

#include "format.h"
#include "idset.h"
#include "resource.h"

/*
 * The administrator's view of nodes: flux resource status, and drain without
 * targets.
 */
enum node_state {
	AVAIL,
	EXCLUDE,
	ALLOCATED,
	TORPID,
	HOUSEKEEPING,
	DRAINING, /* drained, but still in use */
	DRAINED,
	NODE_STATES,
};

/* Ranks that were drained together. */
struct drain {
	struct idset *ranks;
	double timestamp;
	const char *reason; /* borrowed from the answer */
};

struct nodes {
	json_t *answer, *config;
	struct rset *all;
	struct idset *online, *offline;
	struct idset *ranks[NODE_STATES]; /* DRAINING, DRAINED unused */
	struct idset *in_use;             /* has a job, or housekeeping */
	struct drain *drains;
	size_t ndrains;
};

void nodes_init(struct nodes *nd);
void nodes_fini(struct nodes *nd);

struct status_row {
	enum node_state state;
	bool online, color;
	const struct rset *all;
	struct idset *ranks; /* owned */
	const char *reason;  /* NULL = not drained */
	double timestamp;    /* 0 = not drained */
};

struct status_rows {
	struct status_row **v;
	size_t n;
};

struct status_query {
	unsigned states;      /* mask of 1 << enum node_state */
	bool online, offline; /* connections wanted */
	bool show_empty;
	bool empty_offline; /* empty rows for offline nodes, too */
	bool color;
	struct selection sel;
};

/* statusrows.c */
void status_rows_build(struct status_rows *rows, const struct nodes *nd,
    const struct status_query *q, const struct format *f);
void status_rows_fini(struct status_rows *rows);

/* statusfields.c */
extern const struct field status_fields[];
const char *node_state_name(enum node_state state);

/* Ask, build and print. */
void status_print(const struct status_query *q, struct format *f, bool header);

/* The nodes of a row as a hostlist (malloc'd); NULL with ENOMEM. */
char *status_row_hosts(const struct status_row *r);

#endif
