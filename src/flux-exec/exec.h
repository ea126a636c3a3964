/* SPDX-License-Identifier: MIT */
#ifndef EXEC_H
#define EXEC_H

#include <jansson.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

struct handle;
struct idset;
struct exec;

/* The line of an output stream that is not complete yet. */
struct partial {
	char *text;
	size_t len;
};

/* One process, on one rank. */
struct task {
	struct exec *x;
	unsigned rank;
	int64_t matchtag;
	int pid; /* 0 = does not run */
	int status;
	long long credit; /* bytes of input that it takes */
	struct partial out, err;
	bool done;
};

struct exec {
	struct handle *h;
	char *service; /* "rexec", or that of a job's shells */
	struct task *tasks;
	size_t ntasks, nrunning;
	/* options */
	char **command; /* with attach: the pid or label */
	char *dir;
	const char *ranks, *exclude, *jobid, *label_new;
	bool label, noinput, verbose, quiet;
	bool background, waitable, attach;

	bool reading; /* standard input is open */
	int code;     /* of those that were never started */
	double t_start;
	sigset_t waiting;   /* the signal mask to wait with */
	int interrupts;     /* how often SIGINT came */
	double interrupted; /* when the last time */
};

/* Seconds of a clock that only goes forward. */
double exec_now(void);

/* targets.c: where to run: ranks (new), and x->service. Ends the program with
 * a message if that is nowhere. */
struct idset *targets_choose(struct exec *x);

/* tasks.c: start or attach to them, and follow them to their end. */
void tasks_start(struct exec *x, const struct idset *ranks);
void tasks_wait(struct exec *x);
/* Tell how they ended; the exit code. */
int tasks_end(struct exec *x);

/* input.c: standard input for all, and signals for all. */
void input_begin(struct exec *x);
void input_read(struct exec *x);
/* Does each of them take as much as is read at once? */
bool input_is_wanted(const struct exec *x);
void signals_begin(struct exec *x);
/* Hand on a signal that came meanwhile. True if there was one. */
bool signals_forward(struct exec *x);

#endif
