/* SPDX-License-Identifier: MIT */
#ifndef SUBPROC_IMPL_H
#define SUBPROC_IMPL_H

#include <ev.h>
#include <sys/queue.h>

#include "subproc.h"

/* The state behind subproc.h, shared by subproc.c and subproc_io.c. */

struct subproc;
LIST_HEAD(subproc_list, subproc);

struct subprocs {
	struct ev_loop *loop;
	bool reaps;
	const struct subproc_ops *ops;
	void *arg;
	struct subproc_list list;
	unsigned last_id;
};

/* An output stream of a process. */
struct output {
	struct subproc *proc;
	const char *name;
	int fd; /* -1 = at its end */
	ev_io io;
	bool forward;  /* the client wants its bytes */
	bool by_lines; /* one message for each line */
	char *buf;     /* bytes of a line that is not complete */
	size_t len;
};

struct subproc {
	struct subprocs *s;
	unsigned id;
	void *req;    /* gets what happens; NULL = nobody listens */
	void *waiter; /* a request wait; NULL = none */
	bool background;
	bool waitable; /* its status is kept until somebody waits for it */
	char *label;   /* NULL = none */
	char *name;    /* for the list */
	json_t *cmd;   /* the command; NULL if it is not in the background */
	pid_t pid;
	ev_child child; /* used if s->reaps */
	bool exited;
	int status;
	struct output out, err;
	size_t sent;      /* bytes since the client was seen to take them */
	bool draining;    /* waits for that */
	json_t *retained; /* output of a waitable one */
	size_t nretained; /* bytes in it */
	bool credit;      /* the client wants to know how much it may send */
	int in;           /* -1 = closed */
	ev_io in_io;
	char *pending; /* input that the pipe did not take yet */
	size_t npending;
	bool in_eof; /* close it when all is written */
	LIST_ENTRY(subproc) next;
};

/* Bytes of input that a client may have sent and not read by the process. */
#define INPUT_CREDIT (4u << 20)
/* Bytes of output that may be under way to a client. */
#define OUTPUT_WINDOW (256u << 10)
/* Bytes of output that are kept for who waits. */
#define RETAIN_MAX (1u << 20)

/* The process runs: begin to read and write, and tell so. */
void subproc_watch(struct subproc *p);
/* Queue input. -1 with ENOMEM, or EOVERFLOW: more than it may send. */
int subproc_write(struct subproc *p, const char *data, size_t len, bool eof);
/* Its status is known. */
void subproc_exited(struct subproc *p, int status);
/* It was killed: what it has written is the last that comes. */
void subproc_end(struct subproc *p, int status);
/* The client has taken what was sent, or has left. */
void subproc_resume(struct subproc *p);
/* An answer of the stream. Takes o. */
void subproc_respond(struct subproc *p, json_t *o);
/* It has exited and all its output was read. */
bool subproc_is_complete(const struct subproc *p);
/* Complete? Then tell who listens and waits, and free it, unless it is to be
 * waited for. */
void subproc_finish(struct subproc *p);
/* Nobody listens any more: SIGKILL. */
void subproc_abandon(struct subproc *p);
void subproc_free(struct subproc *p);

#endif
