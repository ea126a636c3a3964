/* SPDX-License-Identifier: MIT */
#ifndef BOOTCONF_H
#define BOOTCONF_H

#include <stdbool.h>
#include <stdint.h>

#include "errmsg.h"

struct broker;
struct bootconf;

/*
 * Bootstrap from the table [bootstrap] of the configuration, which all brokers
 * have: the hosts in the order of ranks, where each listens and how it is
 * reached, and the file with the key pair that makes a broker one of them. See
 * flux-config-bootstrap(5).
 */

/* Whether the configuration has such a table with hosts. */
bool bootconf_exists(const struct broker *b);
/* Sets b->rank, b->size and the attribute hostlist. Our host is the attribute
 * hostname, else that of the system. NULL with em. */
struct bootconf *bootconf_read(struct broker *b, struct errmsg *em);
void bootconf_destroy(struct bootconf *bc);
/* Take the keys, listen, and connect to the neighbours. -1 with em. */
int bootconf_connect(struct bootconf *bc, struct broker *b, struct errmsg *em);

#endif
