/* SPDX-License-Identifier: MIT */
#ifndef PTY_H
#define PTY_H

#include <stdbool.h>
#include <stddef.h>

struct msg;
struct shell;
struct task;

/*
 * Terminals of tasks, option pty. What a task writes on its terminal is logged
 * as its standard output; of an interactive one (task 0) it goes to the clients
 * that are attached to SERVICE.terminus.0, and both if it is to be captured.
 */
struct ptys;

/* sh->ptys, or NULL if no task here has one. -1: shell_fatal was called. */
int pty_create(struct shell *sh);
void pty_destroy(struct shell *sh);
bool pty_wants(const struct task *t);
/* "terminus.0" if there is an interactive one here, else NULL; and is it
 * captured? For the event shell.init. */
const char *pty_service(const struct shell *sh, bool *capture);

/* The task's end, for the caller to close. -1: shell_fatal was called. */
int pty_open_task(struct task *t);
/* The task was started: read from its terminal. */
void pty_attach_task(struct task *t);
/* Type data (NULL: none) on the terminal of t; eof: end of file behind it. */
void pty_write(struct task *t, const char *data, size_t len, bool eof);
/* The task was killed: its terminal waits for no client any more. */
void pty_stop_waiting(struct task *t);
/* The task is complete: its clients are sent away. */
void pty_task_complete(struct task *t);
/* Stop or resume reading of what is logged. */
void pty_throttle(struct shell *sh, bool pause);

/* Request to SERVICE.terminus.ID. */
void pty_request(struct shell *sh, const struct msg *m, const char *id);
void pty_disconnect_request(struct shell *sh, const struct msg *m);

#endif
