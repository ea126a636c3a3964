/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "jsoncut.h"

size_t
jsoncut_skip_space(const char *text, size_t len, size_t at)
{
	while (at < len && (text[at] == ' ' || text[at] == '\n' ||
			       text[at] == '\t' || text[at] == '\r'))
		at++;
	return at;
}

/* Behind the colon after "name"; len = there is none. A quote with
 * a backslash before it is inside a string. */
static size_t
find_value(const char *text, size_t len, const char *name)
{
	char key[64];
	int n = snprintf(key, sizeof(key), "\"%s\"", name);
	const char *p;
	size_t colon, at = 0;

	while ((p = memmem(text + at, len - at, key, (size_t)n))) {
		at = (size_t)(p - text) + (size_t)n;
		colon = jsoncut_skip_space(text, len, at);
		if (p > text && p[-1] != '\\' && colon < len &&
		    text[colon] == ':')
			return jsoncut_skip_space(text, len, colon + 1);
	}
	return len;
}

bool
jsoncut_string(
    const char *text, size_t len, const char *name, struct jsoncut *cut)
{
	size_t at = find_value(text, len, name);
	const char *end;

	if (at == len || text[at] != '"' ||
	    !(end = memchr(text + at + 1, '"', len - at - 1)))
		return false;
	cut->from = at + 1;
	cut->to = (size_t)(end - text);
	return !memchr(text + cut->from, '\\', cut->to - cut->from);
}

size_t
jsoncut_object(const char *text, size_t len, const char *name)
{
	size_t at = find_value(text, len, name);

	return at < len && text[at] == '{' ? at : len;
}

/* Behind the string that begins at at. */
static size_t
string_end(const char *text, size_t len, size_t at)
{
	for (at++; at < len && text[at] != '"'; at++)
		if (text[at] == '\\')
			at++;
	return at < len ? at + 1 : len;
}

size_t
jsoncut_flat_end(const char *text, size_t len, size_t at)
{
	while (at < len && text[at] != '}') {
		if (text[at] == '{' || text[at] == '[')
			return len;
		at = text[at] == '"' ? string_end(text, len, at) : at + 1;
	}
	return at;
}
