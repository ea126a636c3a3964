/* SPDX-License-Identifier: MIT */
#ifndef OUTQUEUE_H
#define OUTQUEUE_H

#include <stddef.h>

/*
 * Bytes that a socket did not take yet. A peer that never quite keeps up does
 * not make it grow for ever: what was sent makes room. { 0 } is an empty one.
 */
struct outqueue {
	char *buf;
	size_t off, len, size; /* waiting: from off to len */
};

/* -1 with ENOMEM; nothing was added then. */
int outqueue_add(struct outqueue *q, const void *data, size_t len);
/* Write what fd takes: 1 = all, 0 = it is full, -1 with errno: it is lost. */
int outqueue_write(struct outqueue *q, int fd);
size_t outqueue_len(const struct outqueue *q);
/* Forget all, and give back the memory if it is much. */
void outqueue_clear(struct outqueue *q);
void outqueue_fini(struct outqueue *q);

#endif
