/* SPDX-License-Identifier: MIT */
#ifndef ADDRESS_H
#define ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "errmsg.h"

/*
 * Addresses of inboxes between hosts: "tcp://10.0.0.1:8050",
 * "tcp://[fd00::1]:8050", "tcp://node7:8050".
 */
enum { ADDRESS_STRMAX = 80 };

struct address {
	struct sockaddr_storage sa;
	socklen_t len;
};

/* Our own address that others can reach us at, port 0, by the hint
 * "default-route", "hostname", the name of an interface, or a network
 * ("10.1.0.0/16"). Without a default route it is that of the first interface
 * that is up, at worst the loopback. -1 with em: nothing fits. */
int address_own(struct address *a, const char *hint, struct errmsg *em);
/* Where to connect to. Asks the resolver for a name. -1 with em. */
int address_parse(struct address *a, const char *uri, struct errmsg *em);
/* Where to listen: the host may also be "*" or an interface. -1 with em. */
int address_parse_bind(struct address *a, const char *uri, struct errmsg *em);
/* "tcp://HOST:PORT" of an address. Returns buf. */
char *address_uri(char buf[ADDRESS_STRMAX], const struct address *a);
/* The host alone. Returns buf. */
char *address_host(char buf[ADDRESS_STRMAX], const struct address *a);
/* The same host, on any port? */
bool address_same_host(const struct address *a, const struct address *b);

#endif
