/* SPDX-License-Identifier: MIT */
#ifndef OVERLAY_STATE_H
#define OVERLAY_STATE_H

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

#include "../bootstrap/rejoin.h"
#include "../procwatch.h"
#include "../service.h"
#include "address.h"
#include "link.h"
#include "overlay.h"
#include "seal.h"
#include "tree.h"

/* What overlay.c, overlay-remote.c and overlay-end.c share. */

struct dial;
struct gate;
struct wire;

struct peer {
	struct overlay *ov;
	uint32_t rank;
	struct outbox *out; /* on this host */
	bool is_remote;     /* on another one: */
	struct wire *wire;  /* NULL: not connected */
	struct dial *dial;  /* to the parent, which is at address */
	struct address address;
	struct seal_pair pair;
	uint64_t nsent; /* packets on the wire */
	double said;    /* when we sent the last packet, loop time */
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
	struct tree *tree;
	struct inbox *inbox;
	struct gate *gate;   /* NULL: nobody comes from other hosts */
	double user_timeout; /* tbon.tcp_user_timeout, s; 0 = the system's */
	double connect_timeout;
	struct rejoin rejoin;  /* its keys are ours */
	double rejoin_timeout; /* tbon.rejoin_timeout, s; 0 = never */
	bool is_returning;     /* to start anew, see rejoin.h */
	unsigned ndropped;     /* strangers, since the log told of some at */
	double t_dropped;
	uint64_t epoch;
	struct peer *peers; /* [0] = parent if rank > 0, then the children */
	int npeers;
	struct idset *online; /* of the own subtree, with the own rank */
	struct change_listener *listeners;
	double period; /* of beats, s */
	ev_timer beat, hello;
	bool shutting_down;
	struct waitlist tracers;
	uint32_t traced_event; /* number of the last one */
};

struct peer *overlay_child_peer(const struct overlay *ov, int i);
struct peer *overlay_peer(const struct overlay *ov, uint32_t rank);
/* A packet that is from p. */
void overlay_packet(struct peer *p, const struct link_packet *pkt);
/* Send a packet. -1 with ENOMEM, EHOSTUNREACH. */
int overlay_say(
    struct peer *p, enum link_type type, const void *body, size_t len);
/* The neighbour, and a child's subtree, are lost; why is for the log. */
void overlay_peer_down(struct peer *p, const char *why);

/* overlay-trace.c: a message that came ("rx") or goes ("tx"); only if there are
 * tracers. */
void trace_message(struct overlay *ov, const char *prefix, uint32_t neighbour,
    const struct msg *m);
int trace_add(struct overlay *ov, struct request *req);
void trace_disconnect(struct overlay *ov, const char *sender);
void trace_fini(struct overlay *ov);

/* overlay-remote.c: neighbours on other hosts. */
int remote_init(struct overlay *ov);
void remote_fini(struct overlay *ov);
int remote_connect(
    struct peer *p, const char *uri, const char *key, struct errmsg *em);
/* Say hello to the parent, once we are connected. */
void remote_hello(struct peer *p);
int remote_say(
    struct peer *p, enum link_type type, const void *body, size_t len);
void remote_drop(struct peer *p);
/* The parent p is lost: may we come back? */
bool remote_may_return(const struct peer *p);
/* If nobody is to come, close the gate. */
void remote_start(struct overlay *ov);
/* Silence of p for so long (s) means that it is lost. */
double remote_patience(const struct overlay *ov);
/* What we know of strangers. */
json_t *remote_counts(const struct overlay *ov);
/* Tell the parent who we are (overlay.c). */
void overlay_hello(struct overlay *ov);

#endif
