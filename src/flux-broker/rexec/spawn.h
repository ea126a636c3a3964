/* SPDX-License-Identifier: MIT */
#ifndef REXEC_SPAWN_H
#define REXEC_SPAWN_H

#include <jansson.h>
#include <sys/types.h>

/* A process to be started, and our ends of its streams: nonblocking pipes, or
 * -1 if it is one in the background, whose streams are /dev/null. */
struct spawn {
	const char *cwd;  /* NULL = ours */
	char **argv;      /* NULL-terminated */
	char **env;       /* NULL-terminated */
	int background;   /* without streams */
	int in, out, err; /* set by spawn_process */
};

/* An array of strings to a NULL-terminated vector of borrowed ones, and an
 * object to one of "NAME=VALUE", our environment if it is empty (freed by
 * spawn_free_env). NULL with EPROTO or ENOMEM. */
char **spawn_argv(const json_t *cmdline);
char **spawn_env(const json_t *env, const char *local_uri);
void spawn_free_env(char **env);

/* In a process group of its own. Returns once the program runs: its pid, or
 * -1 with the errno of exec. */
pid_t spawn_process(struct spawn *s);

#endif
