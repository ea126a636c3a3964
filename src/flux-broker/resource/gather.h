/* SPDX-License-Identifier: MIT */
#ifndef RESOURCE_GATHER_H
#define RESOURCE_GATHER_H

#include <jansson.h>
#include <sys/queue.h>

struct idset;
struct resource;

/*
 * Asks brokers of a subtree what their hosts have, as a reduction over the
 * tree: a broker asks its children and flux-topo, and answers when all have.
 * The answer is a list of what was found, equal things together:
 *     [{"ranks":"0-3","cores":"0-7","gpus":""}]
 * A broker that failed is in it with a reason; those that cannot be reached
 * are not in it:
 *     [{"ranks":"4","error":"flux-topo: exit status 1"}]
 */
struct gather;
LIST_HEAD(gathers, gather);

/* found is borrowed; the gathering is gone when this is called. */
typedef void (*gather_f)(void *arg, json_t *found);

/* Ask those of ranks that are here or below; done is called from the loop. -1
 * with errno. */
int gather_start(
    struct resource *r, const struct idset *ranks, gather_f done, void *arg);
void gather_destroy_all(struct resource *r);

#endif
