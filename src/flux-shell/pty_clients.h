/* SPDX-License-Identifier: MIT */
#ifndef PTY_CLIENTS_H
#define PTY_CLIENTS_H

#include <sys/queue.h>

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct msg;
struct pty_client;
struct shell;

/*
 * Who is attached to a terminal: each has an open stream, on which it gets
 * what the program writes.
 */
struct pty_clients {
	struct shell *sh;
	bool were_there; /* somebody has been attached */
	LIST_HEAD(, pty_client) list;
};

void pty_clients_init(struct pty_clients *cs, struct shell *sh);
void pty_clients_fini(struct pty_clients *cs);
/* Attach by request m, {"mode":"rw"}. Errnum of the answer, 0 = it was sent. */
int pty_clients_add(
    struct pty_clients *cs, const struct msg *m, const json_t *o);
/* The client that m comes from, or NULL. */
struct pty_client *pty_clients_find(
    const struct pty_clients *cs, const struct msg *m);
bool pty_client_may_write(const struct pty_client *c);
/* Output of the program for all. */
void pty_clients_data(struct pty_clients *cs, const char *data, size_t len);
/* End the stream of one; forget one that is gone. */
void pty_clients_drop(struct pty_clients *cs, struct pty_client *c);
void pty_clients_forget(struct pty_clients *cs, struct pty_client *c);
/* The program has ended with status: tell all, and end their streams. */
void pty_clients_exit(struct pty_clients *cs, int status);

#endif
