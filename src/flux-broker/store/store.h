/* SPDX-License-Identifier: MIT */
#ifndef STORE_H
#define STORE_H

#include <stddef.h>
#include <stdint.h>

struct broker;

/*
 * What is kept of each job, by key: "J", "jobspec", "R" (values), and
 * "eventlog", "guest.exec.eventlog", "guest.output", "guest.input" (logs:
 * lines that end in newline). Rank 0. Simplest form: in memory; the interface
 * is the one of a durable store: append and put may be written later, in
 * batches, in order.
 */

/* -1 with ENOMEM. Lines: one or more, each with its newline. */
int store_put(
    struct broker *b, uint64_t id, const char *key, const char *value);
int store_append(
    struct broker *b, uint64_t id, const char *key, const char *lines);
/* The text (belongs to the store until the next call for this job), NULL with
 * ENOENT: no such job or key. */
const char *store_get(
    struct broker *b, uint64_t id, const char *key, size_t *len);
void store_remove(struct broker *b, uint64_t id);
/* The keys of a job, in no order: the first (key NULL), or the one after key.
 * NULL: no more. Belongs to the store. */
const char *store_next_key(struct broker *b, uint64_t id, const char *key);
/* Listen to appends of all jobs (job-info's watchers). offset = where in the
 * log the new lines begin. */
typedef void (*store_append_f)(
    void *arg, uint64_t id, const char *key, const char *lines, size_t offset);
int store_on_append(struct broker *b, store_append_f cb, void *arg);

int store_create(struct broker *b);
void store_destroy(struct broker *b);

#endif
