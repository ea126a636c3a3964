/* SPDX-License-Identifier: MIT */
#include "tree.h"
#include "idset.h"

uint32_t
tree_parent(const struct tree *t, uint32_t rank)
{
	return t->k ? (rank - 1) / t->k : 0;
}

int
tree_level(const struct tree *t, uint32_t rank)
{
	int level = 0;

	for (; rank > 0; level++)
		rank = tree_parent(t, rank);
	return level;
}

uint32_t
tree_children(const struct tree *t, uint32_t rank, uint32_t *first)
{
	uint64_t lo, n = t->k;

	if (t->k == 0) {
		*first = 1;
		return rank == 0 ? t->size - 1 : 0;
	}
	lo = (uint64_t)rank * t->k + 1;
	if (lo >= t->size)
		return 0;
	*first = (uint32_t)lo;
	return (uint32_t)(t->size - lo < n ? t->size - lo : n);
}

int
tree_subtree(const struct tree *t, uint32_t rank, struct idset *s)
{
	uint64_t lo = rank, hi = rank, last = t->size - 1;

	if (t->k == 0)
		return rank == 0 ? idset_set_range(s, 0, (unsigned)last)
				 : idset_set(s, rank);
	/* level by level: the children of lo..hi are lo*k+1..hi*k+k */
	while (lo <= last) {
		if (idset_set_range(
			s, (unsigned)lo, (unsigned)(hi < last ? hi : last)))
			return -1;
		lo = lo * t->k + 1;
		hi = hi * t->k + t->k;
	}
	return 0;
}
