/* SPDX-License-Identifier: MIT */
#ifndef RECORD_H
#define RECORD_H

#include <jansson.h>
#include <stdint.h>

struct broker;
struct shared_env;

/*
 * What the store has of a job, decoded: also of inactive jobs, whose spec and
 * R are no longer in memory. New references; NULL with ENOENT (no such job or
 * key) or EINVAL (what is stored cannot be read).
 */

/* The text of a key as it was put there. It belongs to the store, or is *own,
 * which the caller frees. */
const char *record_text(
    struct broker *b, uint64_t id, const char *key, size_t *len, char **own);
/* As store_next_key; there may be one that is not stored as such. */
const char *record_next_key(struct broker *b, uint64_t id, const char *key);
/* jobspec or R as stored (key "jobspec", "R"). */
json_t *record_stored(struct broker *b, uint64_t id, const char *key);
/* The same with all jobspec-update, resource-update events applied. */
json_t *record_current(struct broker *b, uint64_t id, const char *key);
/* The jobspec with its environment, as submitted (and completed), or current;
 * *shared: what the environment is laid over, a new reference, or NULL. */
json_t *record_first_jobspec(
    struct broker *b, uint64_t id, struct shared_env **shared);
json_t *record_full_jobspec(
    struct broker *b, uint64_t id, struct shared_env **shared);
/* The eventlog as an array of entries. */
json_t *record_eventlog(struct broker *b, uint64_t id);

#endif
