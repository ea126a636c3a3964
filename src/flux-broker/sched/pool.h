/* SPDX-License-Identifier: MIT */
#ifndef POOL_H
#define POOL_H

#include <sys/queue.h>

#include "index.h"
#include "placement.h"

/* What the parts of the pool share: placement.c, view.c, feasible.c. */

struct node {
	unsigned rank;
	struct idset *cores, *gpus; /* free ones */
	struct need free;           /* how many these are */
	struct need all;
	struct need late; /* taken by jobs that end after the horizon */
	struct need hold; /* kept for the request that is reserved for */
	bool is_down;
};

/* Nodes of one size. */
struct kind {
	struct need all;
	long nnodes;
};

/* Nodes that a constraint and the properties of a queue allow. */
struct view {
	char *key;           /* text of both; "" = all nodes */
	struct idset *ranks; /* of its nodes */
	size_t *nodes;       /* indices into pool.nodes, ascending */
	size_t nnodes;
	struct kind *kinds; /* of nodes with cores, up or not */
	size_t nkinds;
	/* what they have, by place in nodes; of nodes that may be shared, and
	 * of whole ones */
	struct {
		struct index *any, *whole;
	} at[NWHENS]; /* NULL: not asked for */
	TAILQ_ENTRY(view) next;
};
TAILQ_HEAD(views, view);

/* So much of one node. */
struct pick {
	size_t node;
	int slots;
};

struct pool {
	int flags;
	struct rset *all;
	struct node *nodes; /* as all->nodes */
	size_t nnodes;
	struct idset *ranks;       /* of all */
	struct idset *down;        /* as told, also ranks that are not here */
	struct idset **properties; /* the ranks, as all->props */
	size_t *by_host;           /* indices of nodes, by name of host */
	struct need most;          /* of any node */
	struct views views;        /* the last used first */
	size_t nviews;
	struct pick *picks; /* room for nnodes: where a request goes */
	size_t npicks;
	size_t *held; /* indices of nodes with a hold */
	size_t nheld;
};

/* pool.nodes is in order of rank. NULL: not there. */
struct node *pool_find(const struct pool *p, unsigned rank);

/* view.c: the view for a demand; NULL with ENOMEM. Belongs to the pool, until
 * the next call. */
struct view *pool_view(struct pool *p, const struct demand *d);
/* What a node has for new requests. */
struct need node_has(const struct node *n, enum pool_when when);
/* That is another amount. */
void pool_refresh(struct pool *p, const struct node *n);
/* Sets by property and host. -1 with ENOMEM. */
int pool_prepare_views(struct pool *p);
void pool_clear_views(struct pool *p);

#endif
