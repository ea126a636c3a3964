/* SPDX-License-Identifier: MIT */
#ifndef SIGOPTION_H
#define SIGOPTION_H

struct shell;

/* Option signal: the leader sends the whole job a signal some time before it
 * expires. -1: shell_fatal was called. */
int sigoption_create(struct shell *sh);
void sigoption_destroy(struct shell *sh);
/* The job expires at another time (seconds since the epoch, 0 = never). */
void sigoption_update(struct shell *sh, double expiration);

#endif
