/* SPDX-License-Identifier: MIT */
#ifndef OUTCONF_H
#define OUTCONF_H

#include <stdbool.h>
#include <stddef.h>

struct shell;

/* Where one stream of all tasks goes: shell options output.stdout, .stderr. */
struct outconf {
	const char *path; /* template; NULL: into the log */
	bool label;       /* "RANK: " before each line in the file */
	bool by_line;     /* else as it is read */
};

/* Options output.* in all. */
struct outopts {
	struct outconf streams[2];
	bool append;         /* output.mode; else files are cut off first */
	bool keep;           /* output.mode is invalid: neither */
	size_t limit;        /* bytes of each stream in the log */
	char limit_text[32]; /* as it was written */
	double delay;        /* output.batch-timeout in seconds; -1 = not set */
};

/* -1: shell_fatal was called. Strings belong to the jobspec. */
int outconf_read(struct shell *sh, struct outopts *o);

#endif
