/* SPDX-License-Identifier: MIT */
#ifndef SPAWN_H
#define SPAWN_H

#include <sys/resource.h>
#include <sys/types.h>

#include <sched.h>
#include <stdbool.h>
#include <stddef.h>

struct limit {
	int resource;
	struct rlimit value;
};

/* One program to start. All is prepared; the new process only makes system
 * calls. */
struct spawn {
	char **argv;
	char **envp;
	const char *path; /* PATH of the job, NULL = the default */
	int fds[3];       /* become 0, 1, 2 */
	int extra_from;   /* becomes extra_to; -1 = none */
	int extra_to;
	bool has_tty;          /* fds[0] is a terminal: own session */
	bool own_group;        /* own process group */
	bool stop_in_exec;     /* stopped before its first instruction */
	const cpu_set_t *cpus; /* NULL = any */
	const struct limit *limits;
	size_t nlimits;
};

/* The new pid; -1 with the errno of what failed, execve mostly. */
pid_t spawn(const struct spawn *s);

#endif
