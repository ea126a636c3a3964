/* SPDX-License-Identifier: MIT */
#ifndef WIRE_H
#define WIRE_H

#include <stdbool.h>
#include <stddef.h>

#include "seal.h"

struct ev_loop;

/*
 * A TCP connection between two brokers that have proved who they are: frames
 * (seal.h) go out in order and never block; those that come are opened and
 * handed over. It is over when the other side closes it, when anything comes
 * that was not sealed by the other side, or when what was sent is not
 * acknowledged by its host for some time.
 */
struct wire;

struct wire_ops {
	/* A text; the buffer is the wire's. May call wire_destroy. */
	void (*text)(void *arg, const char *data, size_t len);
	/* It is over; the owner destroys it. why is for the log. */
	void (*closed)(void *arg, const char *why);
};

/* Longer texts are refused: a message takes memory of the other side. */
#define WIRE_MAX ((size_t)1 << 30)

/* Takes fd, a connected socket that does not block, and copies s. NULL with
 * ENOMEM; fd is closed then. */
struct wire *wire_create(struct ev_loop *loop, int fd, const struct seal *s,
    const struct wire_ops *ops, void *arg);
/* NULL is fine. What has not been handed to the kernel is dropped. */
void wire_destroy(struct wire *w);
/* Before the end of the program: waits a moment for what is queued to get
 * out. */
void wire_drain(struct wire *w);

/* A buffer for a text of len bytes, to be filled and given to wire_send. NULL
 * with ENOMEM or EMSGSIZE. */
struct wire_text *wire_text(size_t len);
char *wire_text_data(struct wire_text *t);
/* Takes the text. */
void wire_send(struct wire *w, struct wire_text *t);

/* Options that all sockets between hosts have: no delay, and an end when the
 * other host does not acknowledge what was sent for so long (0 = the
 * system's time). */
void wire_tune(int fd, double user_timeout);

#endif
