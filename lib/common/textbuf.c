/* SPDX-License-Identifier: MIT */
/* Text from pieces, in memory that doubles. */
#include <errno.h>
#include <math.h>
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
textbuf_add_number(struct textbuf *b, uintmax_t n)
{
	char digits[3 * sizeof(n)];
	size_t i = sizeof(digits);

	do {
		digits[--i] = (char)('0' + n % 10);
		n /= 10;
	} while (n > 0);
	textbuf_add_bytes(b, digits + i, sizeof(digits) - i);
}

bool
textbuf_add_seconds(struct textbuf *b, double seconds)
{
	double us = rint(seconds * 1e6);
	char digits[] = ".000000";
	int n = 7, fraction;

	if (us < 100 || us > 1e16 || us / 1e6 != seconds)
		return false;
	textbuf_add_number(b, (uintmax_t)us / 1000000);
	fraction = (int)((uintmax_t)us % 1000000);
	for (int i = 6; i >= 1; i--, fraction /= 10)
		digits[i] = (char)('0' + fraction % 10);
	while (n > 2 && digits[n - 1] == '0')
		n--;
	textbuf_add_bytes(b, digits, (size_t)n);
	return true;
}

void
textbuf_cut(struct textbuf *b, size_t len)
{
	if (len < b->len) {
		b->len = len;
		b->text[len] = '\0';
	}
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
