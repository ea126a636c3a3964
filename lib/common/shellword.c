/* SPDX-License-Identifier: MIT */
/*
 * One character after the other, with the quote that it is in. A quote may
 * begin and end within a word.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "shellword.h"

static const char blanks[] = " \t\r\n";

static bool
is_escape(const char *p, char quote)
{
	if (*p != '\\' || quote == '\'')
		return false;
	return !quote || p[1] == '"' || p[1] == '\\';
}

static bool
is_end(char c, char quote)
{
	return c == '\0' || (!quote && (c == '#' || strchr(blanks, c)));
}

static int
invalid(char *word, struct errmsg *em, const char *why)
{
	free(word);
	errno = EINVAL;
	return errmsg_set(em, "%s", why);
}

int
shellword_next(const char **p, char **word, struct errmsg *em)
{
	char *out, quote = '\0';
	const char *s;

	*word = NULL;
	*p += strspn(*p, blanks);
	if (!**p || **p == '#')
		return 0;
	if (!(*word = out = malloc(strlen(*p) + 1)))
		return errmsg_set(em, "%s", strerror(errno));
	for (s = *p; !is_end(*s, quote); s++) {
		if (is_escape(s, quote)) {
			if (!*++s)
				return invalid(
				    *word, em, "No escaped character");
			*out++ = *s;
		} else if (quote && *s == quote) {
			quote = '\0';
		} else if (!quote && (*s == '"' || *s == '\'')) {
			quote = *s;
		} else {
			*out++ = *s;
		}
	}
	if (quote)
		return invalid(*word, em, "No closing quotation");
	*out = '\0';
	*p = s;
	return 1;
}

void
shellword_put(FILE *f, const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_@%+=:,./-";

	if (*word && word[strspn(word, plain)] == '\0') {
		fputs(word, f);
		return;
	}
	putc('\'', f);
	for (; *word; word++)
		if (*word == '\'')
			fputs("'\\''", f);
		else
			putc(*word, f);
	putc('\'', f);
}
