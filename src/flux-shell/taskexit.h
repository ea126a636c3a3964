/* SPDX-License-Identifier: MIT */
#ifndef TASKEXIT_H
#define TASKEXIT_H

#include <stdbool.h>

struct msg;
struct shell;
struct task;

/*
 * What follows from the end of a task for the whole job: the event of the
 * first one, options exit-timeout and exit-on-error; and the end of the job,
 * for which the leader waits until all shells are done.
 */
struct taskexit;

/* -1: shell_fatal was called. */
int taskexit_create(struct shell *sh);
void taskexit_destroy(struct shell *sh);
/* A task here has ended. */
void taskexit_notify(struct task *t);
/* All tasks here are complete and their output is sent. Calls
 * shell_check_done when the other shells agree. */
void taskexit_finish(struct shell *sh);
/* The job is killed: wait only a little for the others. */
void taskexit_lose_patience(struct shell *sh);
/* May the shell leave, as far as the others are concerned? */
bool taskexit_is_done(const struct shell *sh);

void taskexit_request(struct shell *sh, const struct msg *m);
/* The leader: a shell has nothing more to say, or was lost. */
void taskexit_shell_over(struct shell *sh, int shell_rank);
void taskexit_done_request(struct shell *sh, const struct msg *m);

#endif
