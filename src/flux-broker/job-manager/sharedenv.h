/* SPDX-License-Identifier: MIT */
#ifndef SHAREDENV_H
#define SHAREDENV_H

#include <jansson.h>
#include <stddef.h>

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

/* Of the text as above. NULL: these are no variables, or ENOMEM. */
struct shared_env *shared_env_create(const char *text, size_t len);
struct shared_env *shared_env_ref(struct shared_env *e);
void shared_env_unref(struct shared_env *e);

#endif
