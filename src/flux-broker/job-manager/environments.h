/* SPDX-License-Identifier: MIT */
#ifndef ENVIRONMENTS_H
#define ENVIRONMENTS_H

#include <stddef.h>

#include "sharedenv.h"

struct broker;

/* The environments that jobs share, known to the broker (rank 0). */

/* The one that the environment in this jobspec begins with: *at is where its
 * text begins. A new reference; NULL: none that is known. */
struct shared_env *environments_match(
    struct broker *b, const char *jobspec, size_t len, size_t *at);
/* Know the one in this jobspec, which was found sound, from now on. */
void environments_learn(struct broker *b, const char *jobspec, size_t len);
/* Its number; it gets one, and is written to the store, when a record is to
 * refer to it. 0: it is not worth it. */
unsigned environments_number(struct broker *b, struct shared_env *e);
/* A new reference to the one of this number; NULL with ENOENT. */
struct shared_env *environments_get(struct broker *b, unsigned number);

/* Those that records refer to go to the store. */
void environments_keep(struct broker *b);

int environments_create(struct broker *b);
void environments_destroy(struct broker *b);

#endif
