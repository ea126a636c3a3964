/* SPDX-License-Identifier: MIT */
#ifndef TASK_H
#define TASK_H

#include <stdbool.h>
#include <sys/types.h>

struct shell;

enum { STDOUT, STDERR, NSTREAMS };

/* One process of the job on this node. */
struct task {
	struct shell *sh;
	int index; /* among the tasks here */
	int rank;  /* in the job */
	pid_t pid; /* 0 = not started; kept after its end */
	bool exited;
	int status; /* of wait(2), once exited */
	int nopen;  /* output streams that are not at their end */
	bool complete;
};

/* Make sh->tasks from the task map. -1 with ENOMEM. */
int tasks_create(struct shell *sh);
void tasks_destroy(struct shell *sh);
/* Start all tasks. -1: shell_fatal was called. */
int tasks_start(struct shell *sh);
/* Collect what has ended. */
void tasks_reap(struct shell *sh);
/* Signal the process groups of the tasks that have not ended. */
void tasks_kill(struct shell *sh, int signum);
/* Wait no longer for output of tasks that have ended. */
void tasks_close_output(struct shell *sh);
/* End what tasks left behind in their process groups. */
void tasks_sweep(struct shell *sh);
/* An output stream of t is at its end. */
void task_stream_closed(struct task *t);
/* The code that a shell whose task ended so exits with. */
int task_exit_code(int status);

#endif
