/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "jsontext.h"
#include "textbuf.h"
#include "value.h"

/* All that is not common. */
static void
add_dumped(struct textbuf *b, const json_t *o, int flags)
{
	size_t how = JSON_ENCODE_ANY;
	char *text;

	if (flags & JSONTEXT_ASCII)
		how |= JSON_ENSURE_ASCII;
	text = json_dumps(o, how);
	if (text)
		textbuf_add(b, text);
	else
		b->has_failed = true;
	free(text);
}

/* How a character stands in a string of JSON: itself, or behind a backslash; 0:
 * in a way that is not common. */
static char
escape(char c)
{
	if (c == '\n')
		return 'n';
	return c >= ' ' && c <= '~' ? c : 0;
}

static bool
is_common(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!escape(s[i]))
			return false;
	return true;
}

static void
add_quoted(struct textbuf *b, const char *s, size_t len)
{
	const char *end = s + len, *from = s;
	char escaped[] = "\\n";

	textbuf_add_bytes(b, "\"", 1);
	for (; s < end; s++) {
		if (*s != '"' && *s != '\\' && *s != '\n')
			continue;
		textbuf_add_bytes(b, from, (size_t)(s - from));
		escaped[1] = escape(*s);
		textbuf_add_bytes(b, escaped, 2);
		from = s + 1;
	}
	textbuf_add_bytes(b, from, (size_t)(end - from));
	textbuf_add_bytes(b, "\"", 1);
}

void
json_add_stringn(struct textbuf *b, const char *s, size_t len, int flags)
{
	json_t *o;

	if (is_common(s, len)) {
		add_quoted(b, s, len);
		return;
	}
	o = json_stringn_nocheck(s, len);
	add_dumped(b, o, flags);
	json_decref(o);
}

void
json_add_string(struct textbuf *b, const char *s, int flags)
{
	json_add_stringn(b, s, strlen(s), flags);
}

void
json_add_integer(struct textbuf *b, json_int_t n)
{
	if (n < 0)
		textbuf_add_bytes(b, "-", 1);
	textbuf_add_number(b, n < 0 ? -(uintmax_t)n : (uintmax_t)n);
}

void
json_add_real(struct textbuf *b, double x)
{
	char text[32];

	if (x == 0 && !signbit(x))
		textbuf_add(b, "0.0");
	else if (!textbuf_add_seconds(b, x))
		textbuf_add(b, value_float_text(text, sizeof(text), x));
}

static void
add_object(struct textbuf *b, const json_t *o, int flags)
{
	const char *comma = flags & JSONTEXT_COMPACT ? "," : ", ";
	const char *colon = flags & JSONTEXT_COMPACT ? ":" : ": ";
	const char *key;
	bool is_first = true;
	json_t *v;

	textbuf_add(b, "{");
	json_object_foreach((json_t *)o, key, v) {
		textbuf_add(b, is_first ? "" : comma);
		json_add_string(b, key, flags);
		textbuf_add(b, colon);
		json_add(b, v, flags);
		is_first = false;
	}
	textbuf_add(b, "}");
}

static void
add_array(struct textbuf *b, const json_t *o, int flags)
{
	const char *comma = flags & JSONTEXT_COMPACT ? "," : ", ";
	size_t i;
	json_t *v;

	textbuf_add(b, "[");
	json_array_foreach(o, i, v) {
		textbuf_add(b, i > 0 ? comma : "");
		json_add(b, v, flags);
	}
	textbuf_add(b, "]");
}

void
json_add(struct textbuf *b, const json_t *o, int flags)
{
	const char *s = json_string_value(o);

	if (json_is_object(o))
		add_object(b, o, flags);
	else if (json_is_array(o))
		add_array(b, o, flags);
	else if (json_is_integer(o))
		json_add_integer(b, json_integer_value(o));
	else if (json_is_real(o))
		json_add_real(b, json_real_value(o));
	else if (s)
		json_add_stringn(b, s, json_string_length(o), flags);
	else
		add_dumped(b, o, flags);
}

char *
json_text(const json_t *o, int flags)
{
	struct textbuf b = { 0 };

	json_add(&b, o, flags);
	return textbuf_take(&b);
}
