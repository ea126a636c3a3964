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

static void
add_dumped(struct textbuf *b, const json_t *value)
{
	char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);

	if (text)
		textbuf_add(b, text);
	else
		b->has_failed = true;
	free(text);
}

/* Printable ASCII without what JSON escapes. */
static bool
is_plain(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (s[i] < ' ' || s[i] > '~' || s[i] == '"' || s[i] == '\\')
			return false;
	return true;
}

static void
add_quoted(struct textbuf *b, const char *s, size_t len)
{
	textbuf_add_bytes(b, "\"", 1);
	textbuf_add_bytes(b, s, len);
	textbuf_add_bytes(b, "\"", 1);
}

static void
add_value(struct textbuf *b, const json_t *value)
{
	size_t len = json_string_length(value);
	const char *s = json_string_value(value);

	if (json_is_integer(value) && json_integer_value(value) >= 0)
		textbuf_add_number(b, (uintmax_t)json_integer_value(value));
	else if (s && is_plain(s, len))
		add_quoted(b, s, len);
	else
		add_dumped(b, value);
}

static bool
has_plain_keys(const json_t *object)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)object, key, value)
		if (!is_plain(key, strlen(key)))
			return false;
	return true;
}

void
textbuf_add_json(struct textbuf *b, const json_t *value)
{
	const char *key, *comma = "{";
	json_t *member;

	if (!json_is_object(value)) {
		add_value(b, value);
		return;
	}
	if (json_object_size(value) == 0 || !has_plain_keys(value)) {
		add_dumped(b, value);
		return;
	}
	json_object_foreach((json_t *)value, key, member) {
		textbuf_add_bytes(b, comma, 1);
		add_quoted(b, key, strlen(key));
		textbuf_add_bytes(b, ":", 1);
		add_value(b, member);
		comma = ",";
	}
	textbuf_add_bytes(b, "}", 1);
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
