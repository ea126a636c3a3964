/* SPDX-License-Identifier: MIT */
/* Text from pieces, in memory that doubles. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "textbuf.h"

enum { SIZE_MIN = 64 };

static int
make_room(struct textbuf *b, size_t len)
{
	size_t size = b->size ? b->size : SIZE_MIN;
	char *text;

	while (size - b->len <= len)
		size *= 2;
	if (size == b->size)
		return 0;
	if (b->has_failed || !(text = realloc(b->text, size))) {
		b->has_failed = true;
		return -1;
	}
	b->text = text;
	b->size = size;
	return 0;
}

void
textbuf_add_bytes(struct textbuf *b, const char *s, size_t len)
{
	if (make_room(b, len) < 0)
		return;
	memcpy(b->text + b->len, s, len);
	b->len += len;
	b->text[b->len] = '\0';
}

void
textbuf_add(struct textbuf *b, const char *s)
{
	textbuf_add_bytes(b, s, strlen(s));
}

void
textbuf_add_number(struct textbuf *b, unsigned n)
{
	char digits[3 * sizeof(n)];
	size_t i = sizeof(digits);

	do {
		digits[--i] = (char)('0' + n % 10);
		n /= 10;
	} while (n > 0);
	textbuf_add_bytes(b, digits + i, sizeof(digits) - i);
}

char *
textbuf_take(struct textbuf *b)
{
	char *text;

	textbuf_add_bytes(b, "", 0);
	text = b->text;
	if (b->has_failed) {
		free(text);
		text = NULL;
		errno = ENOMEM;
	}
	*b = (struct textbuf){ 0 };
	return text;
}
