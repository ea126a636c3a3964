/* SPDX-License-Identifier: MIT */
#ifndef REJOIN_H
#define REJOIN_H

#include <stdbool.h>
#include <stddef.h>

#include "../overlay/address.h"
#include "../overlay/seal.h"

struct broker;

/*
 * A broker that lost its parent on another host, though nothing says that the
 * instance has ended, starts anew in the same process and tries to come back:
 * its jobs have got an exception by then, so nothing of it is worth keeping
 * but who it is. It has the same keys and the same port, for the neighbours
 * know it by these, and goes through the bootstrap again with the answers that
 * the launcher gave the first time.
 */
struct rejoin {
	bool is_again;   /* this is such a start */
	bool is_patient; /* the parent starts anew, too */
	struct seal_keys keys;
	char endpoint[ADDRESS_STRMAX]; /* "" = none */
	char *answers;                 /* of PMI; NULL = there is none */
	size_t len;
	int other; /* end of the socket with the answers; -1 = none */
};

/* Descriptors that rejoin_exec hands on. */
struct rejoin_fds {
	int file, pmi, other;
};

/* At the start: whether, and as whom, it is one. */
void rejoin_read(struct rejoin *r);
void rejoin_fini(struct rejoin *r);
/* At the end: have everything ready for rejoin_exec, also the environment.
 * -1: it cannot be. */
int rejoin_prepare(
    const struct broker *b, const struct rejoin *r, struct rejoin_fds *fds);
/* Returns if it failed. */
void rejoin_exec(const struct rejoin_fds *fds, char **argv);

#endif
