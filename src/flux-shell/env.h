/* SPDX-License-Identifier: MIT */
#ifndef ENV_H
#define ENV_H

#include <stddef.h>

struct shell;
struct task;

/*
 * The environment of tasks: that of the jobspec, what all tasks here have in
 * common, and a few variables of each task.
 */
struct env {
	char **common; /* NULL-terminated "NAME=VALUE" */
	int ncommon;
	char *text;  /* what common points into */
	size_t size; /* of text */
	char **task; /* common and the variables of the task made last */
	char **own;  /* those variables */
	int nown;
};

/* Put into effect what the shell adds to the jobspec environment, and write it
 * out. -1 with ENOMEM. */
int env_init(struct env *env, struct shell *sh);
void env_fini(struct env *env);
/* Environment of t: belongs to env, until the next call. NULL with ENOMEM. */
char **env_task(struct env *env, struct task *t);
/* A variable of the common environment, or NULL. */
const char *env_get(const struct env *env, const char *name);

#endif
