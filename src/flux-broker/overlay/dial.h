/* SPDX-License-Identifier: MIT */
#ifndef DIAL_H
#define DIAL_H

#include "address.h"
#include "seal.h"

struct ev_loop;

/*
 * The child's side of a connection that begins: connect to the parent, answer
 * its challenge, check its reply (seal.h).
 */
struct dial;

struct dial_ops {
	/* The parent is there; takes fd. The dial is destroyed after this. */
	void (*joined)(void *arg, int fd, const struct seal *s);
	/* It failed; the dial is destroyed after this. */
	void (*failed)(void *arg, int errnum, const char *why);
};

struct dial_to {
	struct address address;
	const struct seal_pair *pair; /* outlives the dial */
	uint32_t ranks[2];            /* { child, parent } */
	double timeout;               /* s */
};

/* NULL with errno. Calls back from the loop only. */
struct dial *dial_start(struct ev_loop *loop, const struct dial_to *to,
    const struct dial_ops *ops, void *arg);
/* NULL is fine. Not from the callbacks. */
void dial_cancel(struct dial *d);

#endif
