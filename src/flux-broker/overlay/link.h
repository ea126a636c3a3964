/* SPDX-License-Identifier: MIT */
#ifndef LINK_H
#define LINK_H

#include <stddef.h>
#include <stdint.h>

#include "errmsg.h"

struct broker;

/*
 * Links of the overlay within a host, on nanomsg: one PULL inbox that all
 * neighbours push to, one PUSH socket to each neighbour. (Those between hosts
 * are in wire.h.) A packet is a header and a body:
 *
 *     magic 'F' 'L', type, 0, rank of the sender, its epoch, sequence number
 *
 * The epoch is drawn by each broker when it starts; sequence numbers count the
 * packets from one sender to one receiver. nanomsg may lose what is in flight
 * when a connection breaks: a gap means that the link has failed.
 */
enum link_type {
	LINK_HELLO = 1,  /* child to parent: JSON {"hostname","pid"} */
	LINK_WELCOME,    /* parent to child: JSON {"hostlist","pid",...} */
	LINK_DATA,       /* an encoded message (msg_encode) */
	LINK_BEAT,       /* nothing to say, but alive */
	LINK_ONLINE,     /* child to parent: idset of ranks that came up */
	LINK_OFFLINE,    /* child to parent: idset of ranks that were lost */
	LINK_SHUTDOWN,   /* parent to child: end, with your subtree */
	LINK_GOODBYE,    /* to parent or child: I leave in order; "back" */
	LINK_DISCONNECT, /* parent to child: you are lost to me */
};

struct link_packet {
	enum link_type type;
	uint32_t rank;
	uint64_t epoch, sequence;
	const char *body;
	size_t len;
};

enum { LINK_HEADER_LEN = 24 };

void link_put_header(void *header, const struct link_packet *p);
/* The body then points into data. -1: that is no packet. */
int link_get_header(struct link_packet *p, const char *data, size_t len);

struct inbox;
struct outbox;

typedef void (*packet_f)(void *arg, const struct link_packet *p);

/* Bind the inbox. NULL with em. */
struct inbox *inbox_open(struct broker *b, const char *uri, packet_f cb,
    void *arg, struct errmsg *em);
void inbox_close(struct inbox *in);

/* Connect to a neighbour's inbox. */
struct outbox *outbox_open(
    struct broker *b, const char *uri, uint64_t epoch, struct errmsg *em);
/* Waits a moment for what is queued (goodbye). */
void outbox_close(struct outbox *out);
/* Queue a packet; in order, never blocks. -1 with ENOMEM. */
int outbox_send(
    struct outbox *out, enum link_type type, const void *body, size_t len);
#endif
