/* SPDX-License-Identifier: MIT */
#ifndef MAPPING_H
#define MAPPING_H

struct shell;

/*
 * Which tasks run where: fills map, ntasks, nlocal, ranks and taskids of
 * sh->info. Every shell of a job computes the same from jobspec and R.
 * -1: shell_fatal was called.
 */
int mapping_init(struct shell *sh);

/* Of uneven nodes the last ones have a slot that no task is in: its cores were
 * allocated all the same, but tasks are not bound to them. */
void mapping_drop_unused_cores(struct shell *sh);

#endif
