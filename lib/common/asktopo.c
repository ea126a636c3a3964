/* SPDX-License-Identifier: MIT */
#include <sys/wait.h>

#include <errno.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "asktopo.h"

#define NAME "flux-topo"

extern char **environ;

/* Its path; -1: it is too long. */
static int
find(char *path, size_t size)
{
	ssize_t n = readlink("/proc/self/exe", path, size - 1);
	char *slash;

	if (n < 0)
		return -1;
	path[n] = '\0';
	slash = strrchr(path, '/');
	if (!slash || (size_t)(slash - path) + sizeof(NAME) + 1 > size)
		return -1;
	memcpy(slash + 1, NAME, sizeof(NAME));
	return 0;
}

static json_t *
read_answer(int fd)
{
	FILE *f = fdopen(fd, "r");
	json_t *o = f ? json_loadf(f, 0, NULL) : NULL;

	if (f)
		fclose(f);
	else
		close(fd);
	return o;
}

json_t *
asktopo(const char *option, const char *value, struct errmsg *em)
{
	char path[PATH_MAX];
	const char *argv[] = { NAME, option, value, NULL };
	posix_spawn_file_actions_t actions;
	int fds[2], status = 0, rc;
	pid_t pid;
	json_t *o;

	if (find(path, sizeof(path)) < 0 || pipe(fds) < 0) {
		errmsg_set(em, NAME ": %s", strerror(errno));
		return NULL;
	}
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, fds[1], STDOUT_FILENO);
	posix_spawn_file_actions_addclose(&actions, fds[0]);
	rc = posix_spawn(
	    &pid, path, &actions, NULL, (char *const *)argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(fds[1]);
	o = read_answer(fds[0]);
	while (rc == 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (o && rc == 0 && status == 0)
		return o;
	errmsg_set(em, NAME ": %s", rc ? strerror(rc) : "it has failed");
	json_decref(o);
	return NULL;
}
