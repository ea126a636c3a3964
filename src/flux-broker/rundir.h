/* SPDX-License-Identifier: MIT */
#ifndef RUNDIR_H
#define RUNDIR_H

#include "errmsg.h"

struct broker;

/*
 * The directory of sockets, private to the owner. Whoever makes it removes it:
 * flux start if it gave us one, else the broker (attribute rundir-cleanup).
 */

/* Use the attribute rundir, or make one; sets b->rundir. -1 with em. */
int rundir_make(struct broker *b, struct errmsg *em);
/* Remove it, if that is ours to do: also if flux start made it and died. */
void rundir_remove(struct broker *b);

#endif
