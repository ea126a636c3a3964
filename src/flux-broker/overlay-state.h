/* SPDX-License-Identifier: MIT */
#ifndef OVERLAY_STATE_H
#define OVERLAY_STATE_H

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

#include "overlay.h"
#include "procwatch.h"
#include "tree.h"

/* What overlay.c and overlay-end.c share. */

struct inbox;
struct outbox;

struct peer {
	struct overlay *ov;
	uint32_t rank;
	struct outbox *out;
	bool is_up, is_leaving;
	bool is_cut_off;          /* a child that was disconnected by request */
	uint64_t epoch, sequence; /* of the last packet */
	double heard;
	struct idset *subtree; /* of a child */
	struct procwatch process;
};

struct change_listener {
	overlay_change_f cb;
	void *arg;
	struct change_listener *next;
};

struct overlay {
	struct broker *b;
	struct tree tree;
	struct inbox *inbox;
	uint64_t epoch;
	struct peer *peers; /* [0] = parent if rank > 0, then the children */
	int npeers;
	struct idset *online; /* of the own subtree, with the own rank */
	struct change_listener *listeners;
	ev_timer beat, hello;
	bool shutting_down;
};

struct peer *overlay_child_peer(const struct overlay *ov, int i);
/* The neighbour, and a child's subtree, are lost; why is for the log. */
void overlay_peer_down(struct peer *p, const char *why);

#endif
