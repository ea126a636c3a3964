/* SPDX-License-Identifier: MIT */
#ifndef GUESTLOG_H
#define GUESTLOG_H

#include <jansson.h>

struct batch;
struct shell;

/*
 * The job's logs on rank 0, written by exec.log requests. Events wait for a
 * moment and go in batches (batch.h).
 */
enum guest_key {
	GUEST_OUTPUT,
	GUEST_EXEC,
	GUEST_INPUT,
};

struct batch *guestlog_create(struct shell *sh);
/* Send what is there, and from the leader what all tasks used. */
void guestlog_finish(struct shell *sh);
/* Append an event; takes the reference of context, which may be NULL. */
void guestlog_event(struct shell *sh, enum guest_key key, const char *name,
    json_t *context_new);

#endif
