/* SPDX-License-Identifier: MIT */
#ifndef TEXTBUF_H
#define TEXTBUF_H

#include <stdbool.h>
#include <stddef.h>

/*
 * A text that is put together from short pieces. For texts that are made
 * often: a memory stream of stdio costs a buffer of its own each time.
 *     struct textbuf b = { 0 };
 *     textbuf_add(&b, "rank");
 *     textbuf_add_number(&b, rank);
 *     return textbuf_take(&b);
 */
struct textbuf {
	char *text;
	size_t len, size;
	bool has_failed; /* memory was short: textbuf_take tells */
};

void textbuf_add(struct textbuf *b, const char *s);
void textbuf_add_bytes(struct textbuf *b, const char *s, size_t len);
void textbuf_add_number(struct textbuf *b, unsigned n);
/* The text (malloc'd, "" if nothing was added); NULL with ENOMEM. b is empty
 * then. */
char *textbuf_take(struct textbuf *b);

#endif
