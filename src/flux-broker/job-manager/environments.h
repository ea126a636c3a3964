/* SPDX-License-Identifier: MIT */
#ifndef ENVIRONMENTS_H
#define ENVIRONMENTS_H

#include <jansson.h>
#include <stddef.h>

struct broker;

/*
 * Environments that jobs share. Most jobs of a user bring the same one, maybe
 * with a variable of their own at its end (FLUX_JOB_CC), and it is most of
 * their jobspec: so it is kept once, in memory and in the store.
 */
struct shared_env {
	int refs;
	int matches;       /* how many jobs were found to have it */
	unsigned number;   /* its name in the store; 0 = it has none */
	json_t *variables; /* object of strings; nobody changes it */
	struct shared_env *next;
	size_t len;  /* of text */
	char text[]; /* as it came: "{" and members, without the last brace */
};

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

struct shared_env *shared_env_ref(struct shared_env *e);
void shared_env_unref(struct shared_env *e);

int environments_create(struct broker *b);
void environments_destroy(struct broker *b);

#endif
