/* SPDX-License-Identifier: MIT */
#ifndef HUB_H
#define HUB_H

struct ev_loop;

/*
 * Routes messages between one broker (upstream) and any number of clients of
 * ours, each known upstream by a route id. Event subscriptions are counted, so
 * that upstream has one for each prefix; a client that leaves has its
 * subscriptions, services and pending requests withdrawn.
 */
struct hub;

struct hub_ops {
	void (*upstream_lost)(void *arg, int errnum);
	void (*client_lost)(void *arg); /* after each client that left */
};

/* Takes fd, a stream to the broker after its handshake. NULL with errno. */
struct hub *hub_create(
    struct ev_loop *loop, int fd, const struct hub_ops *ops, void *arg);
void hub_destroy(struct hub *hub);
/* The connection to the broker is lost, but another one will come: what
 * clients wait for, and ask until then, is answered ECONNRESET. */
void hub_detach(struct hub *hub);
/* Takes fd as hub_create does: subscriptions and services of the clients are
 * made again. -1 with errno. */
int hub_attach(struct hub *hub, int fd);
/* Takes the descriptors; sends the byte of welcome first. -1 with errno. */
int hub_add_client(struct hub *hub, int fd_in, int fd_out);

#endif
