/* SPDX-License-Identifier: MIT */
#ifndef TEXTBUF_H
#define TEXTBUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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
void textbuf_add_number(struct textbuf *b, uintmax_t n);
/* Seconds of whole microseconds, as times are, from 100 on, with the fewest
 * decimals (one at least) that read back as the same number; false: it is not
 * so, and nothing was added. */
bool textbuf_add_seconds(struct textbuf *b, double seconds);

/* Drop what is behind the first len bytes. */
void textbuf_cut(struct textbuf *b, size_t len);
/* The text (malloc'd, "" if nothing was added); NULL with ENOMEM. b is empty
 * then. */
char *textbuf_take(struct textbuf *b);

#endif
