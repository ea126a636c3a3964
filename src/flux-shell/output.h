/* SPDX-License-Identifier: MIT */
#ifndef OUTPUT_H
#define OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

struct msg;
struct shell;
struct task;

/*
 * Standard output and error of the tasks: lines (or whatever was read) go into
 * the job's log guest.output, or into files. Files that are one for the whole
 * job are written by the leader, to whom the other shells send.
 */
struct output;

/* Leader: begin the log, with the number of tasks. */
void output_announce(struct shell *sh);
/* Read the options, open files, announce them. -1: shell_fatal was called. */
int output_create(struct shell *sh);
void output_destroy(struct shell *sh);

/* Read stream `which` of t from fd (taken) from now on. */
void output_attach(struct task *t, int which, int fd);
/* The same for what is read elsewhere (a terminal), and its end. */
void output_data(struct task *t, int which, const char *data, size_t len);
void output_eof(struct task *t, int which);
/* From now on data of this stream goes as it comes, whatever lines are in it:
 * a terminal has its own idea of lines. */
void output_unbuffered(struct task *t, int which);
/* Stop reading, whoever still holds the other end. */
void output_close_task(struct task *t);
/* Stop or resume reading, by how much is on its way to rank 0. */
void output_throttle(struct shell *sh);
/* Send what is buffered; say how much the limit cut off. */
void output_finish(struct shell *sh);

/* Do messages of the shell go to a file? Write one there. */
bool output_has_shell_file(const struct shell *sh);
void output_shell_line(struct shell *sh, const char *line);
/* Leader: data of another shell came, {"context":{iodata}}. Answers. */
void output_write_request(struct shell *sh, const struct msg *m);

#endif
