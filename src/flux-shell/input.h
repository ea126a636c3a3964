/* SPDX-License-Identifier: MIT */
#ifndef INPUT_H
#define INPUT_H

#include <stdbool.h>
#include <stddef.h>

struct msg;
struct shell;
struct task;

/*
 * Standard input: from a file that each task opens, or from the method stdin
 * of the service. The leader takes that, writes it into guest.input and hands
 * it on; what tasks do not read yet is kept, up to a limit.
 */
struct input;

/* -1: shell_fatal was called. */
int input_create(struct shell *sh);
void input_destroy(struct shell *sh);

/* The file that t reads, opened: *from_file true, -1 if shell_fatal was
 * called. *from_file false: there is none. */
int input_open_file(struct task *t, bool *from_file);
/* Write what comes for t into fd (taken) from now on. */
void input_attach(struct task *t, int fd);

void input_stdin_request(struct shell *sh, const struct msg *m);
void input_forward_request(struct shell *sh, const struct msg *m);

#endif
