/* SPDX-License-Identifier: MIT */
#ifndef LOCAL_H
#define LOCAL_H

struct broker;

/*
 * Client connections: the listening socket RUNDIR/local-RANK, and sockets made
 * by us for a shell (a socketpair). Each has a uuid, a credential, event
 * subscriptions and perhaps services that it registered.
 */

/* Make fd (taken, nonblocking set here) an owner connection, as if it had been
 * accepted; no handshake byte is sent. Returns its uuid, which requests of that
 * client carry as request_sender; NULL with errno. */
const char *local_adopt(struct broker *b, int fd);

#endif
