/* SPDX-License-Identifier: MIT */
#ifndef PROCTABLE_H
#define PROCTABLE_H

#include <jansson.h>
#include <stddef.h>

/*
 * Where each task of a job runs, as the job's shell tells it (method
 * proctable): debuggers and flux job hostpids want it.
 */
struct proc {
	int task;
	int rank; /* broker rank */
	int pid;
	char *host, *executable;
};

struct proctable {
	struct proc *procs;
	size_t count;
};

/* 0, or -1 with EPROTO or ENOMEM. */
int proctable_decode(struct proctable *t, const json_t *o);
void proctable_fini(struct proctable *t);

#endif
