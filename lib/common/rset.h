/* SPDX-License-Identifier: MIT */
#ifndef RSET_H
#define RSET_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "errmsg.h"

struct idset;
struct hostlist;

/*
 * RFC 20 resource sets (R, version 1): which cores and GPUs on which ranks:
 * {"version":1,"execution":{"R_lite":[{"rank":"0-1","children":{"core":"0-3",
 *  "gpu":"0"}}],"starttime":0.0,"expiration":0.0,"nodelist":["node[0-1]"]}}
 * A value: nodes ascending by rank.
 */
struct rset_node {
	unsigned rank;
	char *host;          /* "" if unknown */
	struct idset *cores; /* never NULL */
	struct idset *gpus;  /* never NULL, may be empty */
	struct idset *props; /* indices into rset.props; NULL = none */
};

struct rset {
	struct rset_node *nodes;
	size_t nnodes;
	double starttime, expiration; /* seconds since the epoch; 0 = unset */
	int nslots;                   /* 0 = not said */
	char **props;                 /* property names */
	size_t nprops;
	json_t *scheduling; /* opaque, or NULL */
};

struct rset *rset_create(void);
void rset_destroy(struct rset *r);
struct rset *rset_dup(const struct rset *r);
/* NULL with em. Takes nothing. */
struct rset *rset_decode(const json_t *o, struct errmsg *em);
/* New reference; equal children are merged into one R_lite entry. With no
 * nodes: R_lite [] and nodelist [""]. */
json_t *rset_encode(const struct rset *r);
/* Add cores and gpus (borrowed, NULL = none) of one rank; merges. */
int rset_add_node(struct rset *r, unsigned rank, const char *host,
    const struct idset *cores, const struct idset *gpus);
/* Add a node behind all others: its rank is above theirs. Takes host, cores and
 * gpus (also on failure; NULL = memory was short); it has no props yet. -1 with
 * ENOMEM, EINVAL. */
int rset_append(struct rset *r, const struct rset_node *node);
/* The node of a rank, or NULL. */
struct rset_node *rset_find(const struct rset *r, unsigned rank);
bool rset_has_property(
    const struct rset *r, const struct rset_node *n, const char *name);
int rset_add_property(struct rset *r, unsigned rank, const char *name);
/* In place: a |= b, a -= b (nodes with nothing left are dropped). */
int rset_add(struct rset *a, const struct rset *b);
int rset_subtract(struct rset *a, const struct rset *b);
/* Keep only, or drop, the given ranks. */
int rset_keep_ranks(struct rset *r, const struct idset *ranks);
int rset_drop_ranks(struct rset *r, const struct idset *ranks);
/* Ranks become 0..n-1 in ascending order (an instance inside a job). */
void rset_renumber(struct rset *r);
size_t rset_ncores(const struct rset *r);
size_t rset_ngpus(const struct rset *r);
struct idset *rset_ranks(const struct rset *r);    /* new */
struct hostlist *rset_hosts(const struct rset *r); /* new, by rank */
/* "rank[0-1]/core[0-1],gpu0 rank2/core0" (malloc'd). */
char *rset_summary(const struct rset *r);

#endif
