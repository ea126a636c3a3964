/* SPDX-License-Identifier: MIT */
#ifndef BATCH_H
#define BATCH_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct shell;

/*
 * Text that is gathered for a moment and sent in batches, by requests of one
 * topic to one rank. Each key has a buffer of its own. Most requests want no
 * answer; from time to time one does, and while its answer is due what comes
 * makes the next batch: so one batch is under way at most.
 */
struct batch;

/* The payload that carries text of key; NULL: it is dropped. */
typedef json_t *(*batch_payload_f)(
    struct shell *sh, int key, const char *text, size_t len);

enum { BATCH_NKEYS = 3 };

/* NULL with ENOMEM. */
struct batch *batch_create(struct shell *sh, const char *topic, uint32_t nodeid,
    batch_payload_f payload);
void batch_destroy(struct batch *b);
/* How long text may wait, in seconds. */
void batch_set_delay(struct batch *b, double seconds);
/* Send nothing until it is let go. */
void batch_hold(struct batch *b, bool hold);
void batch_append(struct batch *b, int key, const char *text, size_t len);
/* Is there text of this key that was not sent? */
bool batch_has(const struct batch *b, int key);
/* Send now what is there, unless a batch is under way. */
void batch_flush(struct batch *b);
/* Send all there is and will be at once. */
void batch_finish(struct batch *b);
/* Bytes that are not known to have arrived. */
size_t batch_backlog(const struct batch *b);

#endif
