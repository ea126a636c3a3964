/* SPDX-License-Identifier: MIT */
#ifndef SIGNALS_H
#define SIGNALS_H

struct shell;

/* Signals that come to the shell itself: the end of a child is looked after,
 * SIGINT, SIGTERM and SIGALRM are handed on to the tasks. They are blocked
 * (the server did that) and read from a descriptor. -1 with errno. */
int signals_init(struct shell *sh);
void signals_fini(struct shell *sh);

#endif
