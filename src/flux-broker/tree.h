/* SPDX-License-Identifier: MIT */
#ifndef TREE_H
#define TREE_H

#include <stdint.h>

struct idset;

/*
 * The shape of a k-ary tree of `size` ranks: the children of rank r are r*k+1
 * to r*k+k. k = 0 is the flat tree, in which all are children of 0.
 */
struct tree {
	uint32_t size, k;
};

/* rank > 0 */
uint32_t tree_parent(const struct tree *t, uint32_t rank);
int tree_level(const struct tree *t, uint32_t rank);
/* The children of rank are first .. first + n - 1; returns n. */
uint32_t tree_children(const struct tree *t, uint32_t rank, uint32_t *first);
/* Add rank and all below it to s. -1 with ENOMEM. */
int tree_subtree(const struct tree *t, uint32_t rank, struct idset *s);

#endif
