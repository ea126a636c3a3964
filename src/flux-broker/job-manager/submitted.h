/* SPDX-License-Identifier: MIT */
#ifndef SUBMITTED_H
#define SUBMITTED_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

struct broker;
struct shared_env;

/*
 * What a submitter sent: J, the signed jobspec. It is stored under the key "J",
 * without the part of the environment that other jobs have too.
 */
struct submitted {
	const char *J;
	size_t J_len;
	const char *payload; /* the jobspec in J, decoded */
	size_t len;
	struct shared_env
	    *shared; /* what its environment begins with; or NULL */
	size_t at;   /* where in payload */
};

/* -1 with ENOMEM. */
int submitted_put(struct broker *b, uint64_t id, const struct submitted *s);
/* J, malloc'd; NULL with ENOENT, EINVAL (what is stored cannot be read). */
char *submitted_get(struct broker *b, uint64_t id);
/* The jobspec as it was sent, as text (malloc'd), its environment being cut
 * down. NULL: that cannot be had without decoding it. */
char *submitted_brief(struct broker *b, uint64_t id);
/* The jobspec as it was sent, a new reference, and what its environment lacks
 * in *shared (a new reference, or NULL). NULL as above. */
json_t *submitted_jobspec(
    struct broker *b, uint64_t id, struct shared_env **shared);

/* payload, decoded, without what is shared. NULL: the environment is not where
 * it seemed to be. */
json_t *submitted_decode(const struct submitted *s);

#endif
