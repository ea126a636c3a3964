/* SPDX-License-Identifier: MIT */
#ifndef PROCWATCH_H
#define PROCWATCH_H

#include <ev.h>
#include <stdbool.h>

/* Tells when a process of this host, not a child of ours, has ended. */
struct procwatch {
	struct ev_loop *loop;
	int fd; /* pidfd; -1 = nothing is watched */
	ev_io io;
	void (*cb)(void *arg);
	void *arg;
};

void procwatch_init(struct procwatch *w, struct ev_loop *loop,
    void (*cb)(void *arg), void *arg);
/* Watch pid if host is this one; false: it cannot be watched. */
bool procwatch_start(struct procwatch *w, const char *host, int pid);
void procwatch_stop(struct procwatch *w);

#endif
