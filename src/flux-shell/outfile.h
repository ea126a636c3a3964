/* SPDX-License-Identifier: MIT */
#ifndef OUTFILE_H
#define OUTFILE_H

#include <stdbool.h>
#include <stddef.h>

struct outopts;
struct shell;

/*
 * Files that output goes to. One path is opened once, so that streams and
 * tasks that share it do not write over each other.
 */
struct outfile;

/* Open path, or find it open. NULL: shell_fatal was called. */
struct outfile *outfile_open(struct shell *sh, struct outfile **list,
    const struct outopts *opts, const char *path);
void outfile_close_all(struct outfile **list);
/* -1 with errno at the first failure; later ones are silent (0). */
int outfile_write(struct outfile *f, const char *data, size_t len);
const char *outfile_path(const struct outfile *f);

#endif
