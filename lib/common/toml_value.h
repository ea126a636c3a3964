/* SPDX-License-Identifier: MIT */
#ifndef TOML_VALUE_H
#define TOML_VALUE_H

#include <jansson.h>

#include "errmsg.h"

/* The words of TOML: blanks, keys, strings, numbers, dates. Used by toml.c. */

enum { TOML_DEPTH_MAX = 100 };

struct toml_cursor {
	const char *p; /* NUL-terminated text */
	int line;      /* from 1 */
	int depth;     /* of nested values */
	struct errmsg *em;
};

/* Fill em with the line in front; -1. */
int toml_error(const struct toml_cursor *c, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Skip blanks and tabs; or also comments and newlines (-1: a bad comment). */
void toml_blanks(struct toml_cursor *c);
int toml_space(struct toml_cursor *c);
/* The rest of a line may only be a comment. */
int toml_line_end(struct toml_cursor *c);
/* A bare or quoted key (malloc'd). NULL on error. */
char *toml_key(struct toml_cursor *c);
/* A string, number, boolean, date or time (new reference). NULL on error. */
json_t *toml_scalar(struct toml_cursor *c);

#endif
