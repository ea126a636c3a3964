/* SPDX-License-Identifier: MIT */
#ifndef GATE_H
#define GATE_H

#include "address.h"
#include "seal.h"

struct ev_loop;

/*
 * Where other hosts knock: listens on TCP, and lets in who proves to be a
 * child (seal.h). Whoever does not is dropped and counted, and can make us
 * neither keep nor do much: GATE_WAITING connections may wait at a time, and
 * GATE_PER_HOST of one host; the oldest is dropped for a new one. Each has
 * GATE_PATIENCE seconds and is read no further than a hello is long.
 */
enum { GATE_WAITING = 64, GATE_PER_HOST = 8 };
#define GATE_PATIENCE 5.0

enum gate_count {
	GATE_JOINED,  /* children */
	GATE_GARBAGE, /* what came was no hello */
	GATE_REFUSED, /* a hello by somebody without the key, or an old one */
	GATE_SILENT,  /* closed or said nothing in time */
	GATE_CROWDED, /* dropped for newer ones */
	GATE_NCOUNTS,
};

struct gate;

struct gate_ops {
	/* What we share with a child, by { child, parent }; NULL: there is no
	 * such link. */
	const struct seal_pair *(*pair)(void *arg, const uint32_t ranks[2]);
	/* A child is there; takes fd. */
	void (*joined)(void *arg, uint32_t child, int fd, const struct seal *s);
	void (*dropped)(
	    void *arg, enum gate_count why, const struct address *from);
};

/* Listen at a. NULL with em. */
struct gate *gate_open(struct ev_loop *loop, const struct address *a,
    const struct gate_ops *ops, void *arg, struct errmsg *em);
void gate_close(struct gate *g);
/* Where it listens, with the port. */
const struct address *gate_address(const struct gate *g);
unsigned long gate_count(const struct gate *g, enum gate_count which);
/* "garbage", "refused" ... */
const char *gate_count_name(enum gate_count which);

#endif
