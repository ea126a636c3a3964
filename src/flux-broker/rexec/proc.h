/* SPDX-License-Identifier: MIT */
#ifndef REXEC_PROC_H
#define REXEC_PROC_H

#include <ev.h>
#include <jansson.h>
#include <stdbool.h>
#include <sys/queue.h>
#include <sys/types.h>

#include "../broker.h"
#include "../service.h"

/* The state behind rexec.h. */

struct proc;
LIST_HEAD(procs, proc);

struct rexec {
	struct broker *b;
	struct procs procs;
};

/* An output stream of a process. */
struct output {
	struct proc *proc;
	const char *name;
	int fd; /* -1 = at its end */
	ev_io io;
	bool forward;  /* its bytes are wanted */
	bool by_lines; /* one message for each line */
	char *buf;     /* bytes of a line that is not complete */
	size_t len;
};

struct proc {
	struct rexec *rx;
	struct request *req; /* NULL: in the background, or nobody listens */
	char *label;         /* NULL = none */
	char *name;          /* for the list */
	pid_t pid;
	ev_child child;
	bool exited;
	bool credit; /* the client wants to know how much it may send */
	struct output out, err;
	int in; /* -1 = closed */
	ev_io in_io;
	char *pending; /* input that the pipe did not take yet */
	size_t npending;
	bool in_eof; /* close it when all is written */
	LIST_ENTRY(proc) next;
};

/* Bytes of input that a client may have sent and not read by the process. */
#define INPUT_CREDIT (4u << 20)

/* proc.c: the process runs; what of it is set says where its streams go. */
void proc_watch(struct proc *p);
/* Queue input. -1 with ENOMEM, or EOVERFLOW: more than it may send. */
int proc_write(struct proc *p, const char *data, size_t len, bool eof);
/* Nobody listens any more: SIGKILL. */
void proc_abandon(struct proc *p);
void proc_free(struct proc *p);

#endif
