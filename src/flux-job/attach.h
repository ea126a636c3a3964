/* SPDX-License-Identifier: MIT */
#ifndef ATTACH_H
#define ATTACH_H

#include <sys/types.h>
#include <termios.h>

#include <stdbool.h>
#include <stdint.h>

#include "eventlog.h"
#include "fluid.h"
#include "handle.h"
#include "idset.h"

/*
 * flux job attach, taken apart by direction: what comes from the job
 * (output.c), what goes to it (input.c, signals.c, pty.c), and the line
 * that tells why nothing happens yet (status.c). attach.c follows the three
 * logs and runs the loop.
 */
struct attach_opts {
	bool show_events, show_exec, show_status;
	bool label, quiet, read_only, unbuffered, debug;
	int verbose;
	bool retry;                /* go on with the job that comes after */
	int tail;                  /* lines; -1 = all of the output */
	const char *wait_event;    /* stop following the main log here */
	struct idset *stdin_ranks; /* NULL = all */
};

/* One log that is being followed. */
struct attach_log {
	const char *path;
	uint32_t tag;
	bool open;
};

/* The last lines so far, kept until the backlog has been read. */
struct attach_line {
	bool to_stderr;
	char *text; /* label and data, ready to print */
	size_t len;
};
struct attach_tail {
	bool done;                 /* the backlog was printed */
	struct attach_line *lines; /* ring of opts.tail entries */
	int next, count;
};

struct attach_input {
	bool on;   /* stdin is being read */
	bool sent; /* some data was sent */
	bool is_tty;
	int inflight; /* chunks that were not answered yet */
	char *ranks;  /* "all" or an idset */
};

struct attach_status {
	bool on;             /* may be shown */
	bool shown;          /* is on the screen */
	const char *message; /* NULL = before the first event */
	char note[160];      /* "(default queue stopped)" */
	char *queue;         /* NULL = the anonymous queue, or not known yet */
	bool queue_known;
	double started; /* when we attached (monotonic seconds) */
	double next, next_query;
};

struct attach_pty {
	bool on; /* raw mode, keys go to the job */
	char *topic;
	struct termios saved;
};

struct attach {
	struct handle *h;
	struct attach_opts o;
	uint64_t id;
	const char *arg; /* the id as typed */
	char f58[FLUID_STRMAX];
	struct attach_log main, exec, output;
	double t_submit;
	int ntasks;           /* from the header of the output log */
	bool finished;        /* code is final */
	bool failed;          /* an error of our own ends the loop */
	int code;             /* exit status */
	int status_word;      /* wait status that it is from */
	uint64_t next;        /* it was run again as; 0 = it was not */
	char *service;        /* of the job's shell; NULL before shell.init */
	uint32_t leader;      /* broker rank of the leader shell */
	int sigfd;            /* -1 = signals are not ours */
	bool stopped_in_exec; /* tasks wait for a debugger's SIGCONT */
	double last_int;      /* time of the last ctrl-C or ctrl-Z; 0 = none */
	bool stop_armed;      /* that was a ctrl-Z */
	struct attach_tail tail;
	struct attach_input in;
	struct attach_status status;
	struct attach_pty pty;
};

/* Monotonic time in seconds. */
double attach_now(void);
/* End the loop with exit status 1; the reason is printed already. */
void attach_fail(struct attach *a);

/* output.c: an entry of the output log; the backlog is complete. */
void output_event(struct attach *a, const struct event *e);
void output_backlog_done(struct attach *a);
void output_exec_log(struct attach *a, const struct event *e);
void output_fini(struct attach *a);

/* input.c: start to feed the job; send what stdin has. */
void input_start(struct attach *a);
bool input_wanted(const struct attach *a);
void input_read(struct attach *a);

/* pty.c */
void pty_start(struct attach *a, const char *name);
void pty_read(struct attach *a);
void pty_resize(struct attach *a);
void pty_stop(struct attach *a);

/* signals.c */
void signals_init(struct attach *a);
void signals_read(struct attach *a);
void signals_forward(struct attach *a, int signum);

/* status.c: a new event; time passed; the line must go. */
void status_init(struct attach *a);
void status_event(struct attach *a, const char *name);
void status_tick(struct attach *a);
void status_clear(struct attach *a);
int status_timeout_ms(const struct attach *a);

/* mpir.c: hand the job to a parallel debugger. */
void mpir_start(struct attach *a, bool stopped);

#endif
