/* SPDX-License-Identifier: MIT */
#ifndef SUBPROC_H
#define SUBPROC_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct ev_loop;
struct idset;
struct msg;
struct subprocs;

/*
 * The server's side of remote execution (rexec): runs processes for clients,
 * which ask by exec, write, kill, list, wait and attach. Each is in a process
 * group of its own, and is killed when its client leaves, unless it is one in
 * the background, and when the server ends.
 *
 * No I/O of messages: requests are pointers of the owner, who answers them.
 */
struct subproc_ops {
	const struct msg *(*msg)(void *req);
	/* One answer of a stream, or the only one. */
	void (*respond)(void *req, json_t *payload_new);
	/* The last answer. text NULL: that of errnum. */
	void (*fail)(void *req, int errnum, const char *text);
	/* Keep a request to answer it later; and no more. */
	void *(*hold)(void *req);
	void (*release)(void *req);
	/* A line that a process in the background wrote, or how it ended. */
	void (*log)(void *arg, bool is_error, const char *text);
	/* Much was sent in answer to req. Call subprocs_go_on with the id when
	 * its client has taken it: so a client that does not read makes its
	 * process wait. */
	void (*drain)(void *arg, void *req, unsigned id);
	/* Of the broker here. */
	uint32_t (*rank)(void *arg);
	const char *(*local_uri)(void *arg);
};

/* reaps: learn by the loop (the default one) which children have ended; else
 * subprocs_reap is to be called. NULL with ENOMEM. */
struct subprocs *subprocs_create(
    struct ev_loop *loop, bool reaps, const struct subproc_ops *ops, void *arg);
void subprocs_destroy(struct subprocs *s);

/* method: the last word of the topic. It is answered now or later. */
void subprocs_request(struct subprocs *s, const char *method, void *req);
/* A client has left; all clients on these broker ranks. */
void subprocs_disconnect(struct subprocs *s, const char *sender);
void subprocs_lost(struct subprocs *s, const struct idset *ranks);
/* A child has ended or stopped, perhaps one of these. */
void subprocs_reap(struct subprocs *s);
/* SIGTERM to all, after two seconds SIGKILL; wait for them, and tell who
 * listens. Blocks. */
void subprocs_end(struct subprocs *s);
void subprocs_go_on(struct subprocs *s, unsigned id);

/* The broker rank that the sender of m is connected to, seen from rank. */
uint32_t subproc_origin(const struct msg *m, uint32_t rank);

#endif
