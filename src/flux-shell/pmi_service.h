/* SPDX-License-Identifier: MIT */
#ifndef PMI_SERVICE_H
#define PMI_SERVICE_H

struct msg;
struct shell;
struct task;

/* The descriptor that a task finds its PMI socket at */
enum { PMI_TASK_FD = 3 };

/*
 * PMI-1 for the tasks. What they put is exchanged at barriers among the shells
 * of the job, up and down a tree of shells.
 */
struct pmi;

/* sh->pmi, or NULL if the job wants none. -1: shell_fatal was called. */
int pmi_create(struct shell *sh);
void pmi_destroy(struct shell *sh);
/* The task's end of a new socket; the caller closes it. -1: shell_fatal was
 * called. */
int pmi_open_task(struct task *t);

/* A shell below us in the tree has all its tasks in the barrier. */
void pmi_exchange_request(struct shell *sh, const struct msg *m);

#endif
