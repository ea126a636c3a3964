/* SPDX-License-Identifier: MIT */
#ifndef SHELL_H
#define SHELL_H

#include <ev.h>
#include <stdbool.h>

#include "handle.h"
#include "info.h"
#include "shellserver.h"
#include "usage.h"

struct batch;
struct input;
struct launch;
struct output;
struct pmi;
struct ptys;
struct rexec;
struct sigoption;
struct task;
struct taskexit;
struct topo;

/*
 * One job on one broker rank. Each part of the shell has a pointer here and
 * hangs its own state on it; the order of a job's life is in shell.c.
 */
struct shell {
	json_t *start; /* the broker's message that began it */
	struct info info;
	struct handle *h; /* our connection to the broker */
	struct ev_loop *loop;
	ev_io conn;             /* h is readable or writable */
	ev_prepare before_poll; /* asks for writable only when h wants it */
	ev_io signals;          /* a signalfd */

	struct batch *logs;
	struct output *out;
	struct input *in;
	struct pmi *pmi;   /* NULL: no PMI for this job */
	struct ptys *ptys; /* NULL: no task has a pty */
	struct launch *launch;
	struct taskexit *taskexit;
	struct sigoption *sigoption; /* NULL: not set */
	struct rexec *rexec;         /* NULL: nobody asked for it */

	struct task *tasks; /* info.nlocal of them */
	int running;        /* tasks that are not complete yet */
	int exit_code;      /* the largest so far */
	struct usage usage; /* of tasks that ended; leader: of all shells */
	int verbose;        /* shell option */
	int killed;         /* the last signal that is to end the job, or 0 */
	bool started;       /* tasks were forked */
	bool announced;     /* all tasks of the job were */
	bool failed;        /* a fatal error: leave as soon as it is told */
	bool lost;          /* the broker is gone */
	bool ending;        /* our tasks are done, we wait for other shells */
	bool ended;         /* what it used is known */
	bool done;
};

/* What the server hands down to all shells. */
struct inherited {
	struct topo *topo; /* what one shell learns of it, others know */
	json_t *environments[SHELLSERVER_ENVIRONMENTS]; /* by the broker's
							   numbers; or NULL */
};

/* How the forked child of the server goes on: run the job that the broker says
 * on the connection fd. Returns the exit code. */
int shell_run(int fd, const struct inherited *from);

/*
 * Say something about the job, as the event "log" in its output or where the
 * tasks' standard error goes. level: FATAL and ERROR and WARN and NOTICE are
 * always said, DEBUG and TRACE with -o verbose=1 and 2. component ("pty",
 * NULL = the shell itself) is shown before the text.
 */
enum shell_level {
	SHELL_FATAL = 0,
	SHELL_ERROR = 3,
	SHELL_WARN = 4,
	SHELL_NOTICE = 5,
	SHELL_DEBUG = 6,
	SHELL_TRACE = 7,
};
void shell_log(struct shell *sh, enum shell_level level, const char *component,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* The job cannot go on: log it, raise the exception that ends the job with the
 * same text, kill our tasks; the shell exits with code. Returns -1. */
int shell_fatal(struct shell *sh, int code, const char *component,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* Raise an exception of type exec on the job. wait_status -1: none. */
void shell_raise(struct shell *sh, const char *note, int wait_status);

/* A signal for the tasks; before there are any, it ends the shell. */
void shell_kill(struct shell *sh, int signum);
/* A task has ended and its output is at its end. */
void shell_task_complete(struct shell *sh, struct task *t);
/* Leave if there is nothing left to wait for. */
void shell_check_done(struct shell *sh);

#endif
