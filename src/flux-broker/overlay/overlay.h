/* SPDX-License-Identifier: MIT */
#ifndef OVERLAY_H
#define OVERLAY_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct broker;
struct msg;
struct idset;
struct errmsg;

/*
 * The k-ary tree of brokers over nanomsg. Each broker binds one PULL inbox and
 * connects a PUSH socket to each tree neighbour. Each link carries hello,
 * epoch, sequence numbers and heartbeats of ours; a gap or silence means that
 * the peer is lost.
 */
struct overlay;

#define OVERLAY_RANK_NONE 0xffffffffu

uint32_t overlay_parent(const struct overlay *ov); /* OVERLAY_RANK_NONE at 0 */
int overlay_nchildren(const struct overlay *ov);
uint32_t overlay_child(const struct overlay *ov, int i);
/* Ranks in the subtree of child i, itself included. Belongs to ov. */
const struct idset *overlay_subtree(const struct overlay *ov, int i);
/* The neighbour on the way to rank. OVERLAY_RANK_NONE if no such rank. */
uint32_t overlay_next_hop(const struct overlay *ov, uint32_t rank);
/* Is the neighbour connected? */
bool overlay_is_up(const struct overlay *ov, uint32_t neighbour);
/* Is child i lost because it was disconnected by request? */
bool overlay_was_disconnected(const struct overlay *ov, int i);
/* Hand a message to a neighbour. Copies. -1 with EHOSTUNREACH. */
int overlay_send(struct overlay *ov, uint32_t neighbour, const struct msg *m);

/* Called when ranks (a child and its subtree) came or were lost. */
typedef void (*overlay_change_f)(
    void *arg, const struct idset *ranks, bool is_up);
int overlay_on_change(struct overlay *ov, overlay_change_f cb, void *arg);
/* Ranks of the whole instance that are up, as known on rank 0. */
const struct idset *overlay_online(const struct overlay *ov);

#endif
