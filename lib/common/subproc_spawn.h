/* SPDX-License-Identifier: MIT */
#ifndef SUBPROC_SPAWN_H
#define SUBPROC_SPAWN_H

#include <jansson.h>
#include <sys/types.h>

/* A process to be started, and our ends of its streams: nonblocking pipes, or
 * -1: one in the background reads /dev/null. */
struct subproc_spawn {
	const char *cwd;  /* NULL = ours */
	char **argv;      /* NULL-terminated */
	char **env;       /* NULL-terminated */
	int background;   /* without input */
	int in, out, err; /* set by subproc_start */
};

/* An array of strings to a NULL-terminated vector of borrowed ones, and an
 * object to one of "NAME=VALUE", our environment if it is empty (freed by
 * subproc_free_env). NULL with EPROTO or ENOMEM. */
char **subproc_argv(const json_t *cmdline);
char **subproc_env(const json_t *env, const char *local_uri);
void subproc_free_env(char **env);

/* In a process group of its own. Returns once the program runs: its pid, or
 * -1 with the errno of exec. */
pid_t subproc_start(struct subproc_spawn *s);

#endif
