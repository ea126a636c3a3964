/* SPDX-License-Identifier: MIT */
#ifndef LOCAL_H
#define LOCAL_H

#include <stddef.h>

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

/* Bytes that wait for the client to read them; 0 if there is none of that
 * uuid. */
size_t local_backlog(struct broker *b, const char *uuid);

#endif
