/* SPDX-License-Identifier: MIT */
#ifndef LAUNCH_H
#define LAUNCH_H

#include "env.h"
#include "spawn.h"

struct affinity;
struct shell;
struct task;
struct topo;

enum { LAUNCH_LIMITS = 32 }; /* more than there are resources, twice */

/*
 * What all tasks of the job are started with here: environment, limits,
 * binding.
 */
struct launch {
	struct env env;
	struct limit limits[LAUNCH_LIMITS];
	size_t nlimits;
	struct affinity *affinity;
	bool own_group;
	bool stop_in_exec;
};

/* From the shell options. -1: shell_fatal was called. */
int launch_init(struct shell *sh, struct topo *topo);
void launch_fini(struct shell *sh);
/* Start one task. -1: shell_fatal was called. */
int launch_task(struct task *t);

#endif
