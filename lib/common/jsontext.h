/* SPDX-License-Identifier: MIT */
#ifndef JSONTEXT_H
#define JSONTEXT_H

#include <jansson.h>

struct textbuf;

/*
 * JSON as text, as listings show it: ", " and ": " between the parts, and
 * numbers in the shortest form that reads back as the same one (jansson writes
 * 0.1 as 0.10000000000000001). Keys keep their order. Most strings are plain
 * and most numbers simple: that they are is seen faster than jansson writes
 * them.
 */
enum {
	JSONTEXT_ASCII = 1,   /* escape what is not ASCII: \u0192 */
	JSONTEXT_COMPACT = 2, /* "," and ":" */
};

/* malloc'd; NULL with ENOMEM. */
char *json_text(const json_t *o, int flags);

/* The same behind what is in b. */
void json_add(struct textbuf *b, const json_t *o, int flags);
void json_add_string(struct textbuf *b, const char *s, int flags);
void json_add_stringn(struct textbuf *b, const char *s, size_t len, int flags);
void json_add_integer(struct textbuf *b, json_int_t n);
void json_add_real(struct textbuf *b, double x);

#endif
