/* SPDX-License-Identifier: MIT */
#ifndef LOCAL_H
#define LOCAL_H

#include <stddef.h>

struct broker;
struct msg;

/*
 * Client connections: the listening socket RUNDIR/local-RANK, and sockets made
 * by us for a shell (a socketpair). Each has a uuid, a credential, event
 * subscriptions and perhaps services that it registered.
 */

/* Make fd (taken, nonblocking set here) an owner connection, as if it had been
 * accepted; no handshake byte is sent. Returns its uuid, which requests of that
 * client carry as request_sender; NULL with errno. */
const char *local_adopt(struct broker *b, int fd);
/* Do for such a client what it would ask for first: register a service (-1
 * with EEXIST), or send a request, of which it knows the matchtag. */
int local_offer(struct broker *b, const char *uuid, const char *service);
void local_inject(struct broker *b, const char *uuid, struct msg *m);

/* Bytes that wait for the client to read them; 0 if there is none of that
 * uuid. */
size_t local_backlog(struct broker *b, const char *uuid);

#endif
