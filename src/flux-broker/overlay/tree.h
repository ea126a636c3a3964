/* SPDX-License-Identifier: MIT */
#ifndef TREE_H
#define TREE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "errmsg.h"

struct idset;

#define TREE_NONE 0xffffffffu

/* The shape of a tree of ranks 0 to size - 1, with rank 0 at its root. */
struct tree;

/*
 * A tree by its name, the attribute tbon.topo:
 *
 *     kary:K       the children of rank r are r*K+1 to r*K+K; 0: all ranks
 *                  are children of rank 0
 *     mincrit[:K]  ranks 1 to K are children of rank 0, the others are dealt
 *                  out to them; without K as kary:0
 *     binomial     the parent of a rank is it without its lowest bit
 *     custom       as the table bootstrap of config says: an array hosts of
 *                  {"host":HOSTLIST,"parent":HOST}; without parent, rank 0
 *
 * NULL with em: what is wrong with it.
 */
struct tree *tree_make(
    const char *topo, uint32_t size, const json_t *config, struct errmsg *em);
void tree_free(struct tree *t);

uint32_t tree_size(const struct tree *t);
/* TREE_NONE for rank 0. */
uint32_t tree_parent(const struct tree *t, uint32_t rank);
int tree_level(const struct tree *t, uint32_t rank);
int tree_max_level(const struct tree *t);
/* The children of a rank, in order; TREE_NONE after the last:
 *     for (c = tree_child(t, rank); c != TREE_NONE; c = tree_next(t, c)) */
uint32_t tree_child(const struct tree *t, uint32_t rank);
uint32_t tree_next(const struct tree *t, uint32_t child);
/* Add rank and all below it to s. -1 with ENOMEM. */
int tree_subtree(const struct tree *t, uint32_t rank, struct idset *s);

#endif
