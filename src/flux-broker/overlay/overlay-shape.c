/* SPDX-License-Identifier: MIT */
/* Who is whose neighbour, and which way leads to a rank. */
#include "../broker.h"
#include "idset.h"
#include "overlay-core.h"
#include "overlay-state.h"
#include "tree.h"

uint32_t
overlay_parent(const struct overlay *ov)
{
	uint32_t rank = ov->b->rank;

	return tree_parent(ov->tree, rank);
}

static int
first_child(const struct overlay *ov)
{
	return ov->b->rank > 0 ? 1 : 0;
}

int
overlay_nchildren(const struct overlay *ov)
{
	return ov->npeers - first_child(ov);
}

struct peer *
overlay_child_peer(const struct overlay *ov, int i)
{
	return &ov->peers[first_child(ov) + i];
}

uint32_t
overlay_child(const struct overlay *ov, int i)
{
	return overlay_child_peer(ov, i)->rank;
}

const struct idset *
overlay_subtree(const struct overlay *ov, int i)
{
	return overlay_child_peer(ov, i)->subtree;
}

struct peer *
overlay_peer(const struct overlay *ov, uint32_t rank)
{
	for (int i = 0; i < ov->npeers; i++)
		if (ov->peers[i].rank == rank)
			return &ov->peers[i];
	return NULL;
}

uint32_t
overlay_next_hop(const struct overlay *ov, uint32_t rank)
{
	if (rank >= ov->b->size || rank == ov->b->rank)
		return OVERLAY_RANK_NONE;
	for (int i = 0; i < overlay_nchildren(ov); i++)
		if (idset_test(overlay_child_peer(ov, i)->subtree, rank))
			return overlay_child_peer(ov, i)->rank;
	return overlay_parent(ov);
}

const struct tree *
overlay_tree(const struct overlay *ov)
{
	return ov->tree;
}
