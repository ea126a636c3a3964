/* SPDX-License-Identifier: MIT */
/*
 * The first directive fixes the sentinel, prefix and tag. What a directive
 * says is split like a shell would, over all lines into one list of words, and
 * then parsed as options. The tag may be spelled with or without a blank and
 * in capitals from line to line: scripts in use mix them, which is a warning.
 */
#include <ctype.h>
#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "directives.h"

struct scan {
	const char *name;
	char *sentinel; /* of the first directive; NULL = none yet */
	size_t prefix;  /* its length without the tag */
	bool disabled, warned;
	int last; /* line of the last directive */
	char **words;
	int nwords;
};

static void __attribute__((noreturn, format(printf, 3, 4)))
bad(const struct scan *s, int line, const char *fmt, ...)
{
	char text[300];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	errx(1, "ERROR: %s: line %d: %s", s->name, line, text);
}

/* The directive in a line: length of prefix and tag, or 0. */
static size_t
find_tag(const char *line, size_t len, size_t *prefix)
{
	size_t n = 0;

	while (n < len && !isalnum((unsigned char)line[n]) && line[n] != '_')
		n++;
	*prefix = n;
	if (len - n >= 5 && (strncmp(line + n, "flux:", 5) == 0 ||
				strncmp(line + n, "FLUX:", 5) == 0))
		return n + 5;
	return 0;
}

/* The same sentinel if blanks and case are not looked at? */
static bool
is_alike(const char *a, const char *b, size_t blen)
{
	size_t i = 0;

	for (; *a || i < blen;) {
		if (*a == ' ')
			a++;
		else if (i < blen && b[i] == ' ')
			i++;
		else if (i == blen || toupper((unsigned char)*a) !=
					  toupper((unsigned char)b[i]))
			return false;
		else {
			a++;
			i++;
		}
	}
	return true;
}

static void
check_sentinel(struct scan *s, int line, const char *text, size_t len)
{
	if (!s->sentinel) {
		if (!(s->sentinel = strndup(text, len)))
			err(1, NULL);
		return;
	}
	if (strlen(s->sentinel) == len && strncmp(s->sentinel, text, len) == 0)
		return;
	if (!is_alike(s->sentinel, text, len))
		bad(s, line, "sentinel changed from '%s' to '%.*s'",
		    s->sentinel, (int)len, text);
	if (!s->warned)
		warnx("WARNING: %s: line %d: sentinel '%.*s' differs from "
		      "'%s'",
		    s->name, line, (int)len, text, s->sentinel);
	s->warned = true;
}

/* ---- words ---- */

static void
add_word(struct scan *s, char *word)
{
	char **p = realloc(s->words, (s->nwords + 2) * sizeof(*p));

	if (!p || !word)
		err(1, NULL);
	s->words = p;
	s->words[s->nwords++] = word;
	s->words[s->nwords] = NULL;
}

/* One word of shell syntax from *p; NULL at the end or a comment. */
static char *
next_word(struct scan *s, int line, const char **p, const char *text)
{
	char *out, *o;
	char quote = '\0';

	*p += strspn(*p, " \t\r");
	if (!**p || **p == '#')
		return NULL;
	if (!(o = out = malloc(strlen(*p) + 1)))
		err(1, NULL);
	for (; **p && (quote || !strchr(" \t\r", **p)); (*p)++) {
		if (quote && **p == quote)
			quote = '\0';
		else if (!quote && (**p == '"' || **p == '\''))
			quote = **p;
		else if (**p == '\\' && quote != '\'' && (*p)[1])
			*o++ = *++*p;
		else
			*o++ = **p;
	}
	if (quote)
		bad(s, line, "%s: No closing quotation", text);
	*o = '\0';
	return out;
}

static void
split_line(struct scan *s, int line, const char *text)
{
	const char *p = text;
	char *word;
	bool is_first = true;

	while ((word = next_word(s, line, &p, text))) {
		if (is_first && *word != '-')
			bad(s, line, "Unknown directive: %s", text);
		is_first = false;
		add_word(s, word);
	}
}

/* ---- multi-line values ---- */

/* The quote that a directive opens at its end, or NULL. */
static const char *
open_quote(const char *text, size_t len)
{
	static const char *const quotes[] = { "\"\"\"", "'''" };

	while (len > 0 && isspace((unsigned char)text[len - 1]))
		len--;
	for (int i = 0; i < 2; i++)
		if (len >= 3 && strncmp(text + len - 3, quotes[i], 3) == 0 &&
		    memmem(text, len - 3, quotes[i], 3) == NULL)
			return quotes[i];
	return NULL;
}

struct block {
	FILE *f;
	char *text;
	size_t size;
	size_t indent;
	bool has_indent;
};

static void
block_line(struct block *b, const char *text, size_t len)
{
	size_t n = 0;

	while (n < len && isspace((unsigned char)text[n]))
		n++;
	if (!b->has_indent && n < len) {
		b->has_indent = true;
		b->indent = n;
	}
	n = n < b->indent ? n : b->indent;
	fprintf(b->f, "%.*s\n", (int)(len - n), text + n);
}

/* Lines of the script from *p on (after the opening one) up to the closing
 * quote; moves *p and *line behind. */
static char *
read_block(
    struct scan *s, const char **p, int *line, const char *quote, int opened)
{
	struct block b = { .f = NULL };
	size_t prefix, tag;

	if (!(b.f = open_memstream(&b.text, &b.size)))
		err(1, NULL);
	while (**p) {
		size_t len = strcspn(*p, "\n");
		const char *text = *p, *end;

		(*line)++;
		*p += len + ((*p)[len] == '\n');
		if (!(tag = find_tag(text, len, &prefix)))
			break;
		text += tag;
		len -= tag;
		if ((end = memmem(text, len, quote, 3))) {
			fclose(b.f);
			return b.text;
		}
		block_line(&b, text, len);
	}
	bad(s, *line, "unterminated multi-line quote at line %d", opened);
}

static void
add_block(struct scan *s, int line, char *opening, char *value)
{
	size_t len = strlen(opening);
	char *word = NULL;
	int before = s->nwords;

	/* without the quote at its end it is an option up to its '=' */
	while (len > 0 && isspace((unsigned char)opening[len - 1]))
		len--;
	opening[len - 3] = '\0';
	split_line(s, line, opening);
	if (s->nwords == before)
		bad(s, line, "unclosed triple quote");
	if (asprintf(&word, "%s%s", s->words[s->nwords - 1], value) < 0)
		err(1, NULL);
	free(s->words[s->nwords - 1]);
	s->words[s->nwords - 1] = word;
	free(value);
}

/* A pair of triple quotes in one line quotes what is between: to single ones
 * for the word splitter. */
static void
collapse_quotes(char *text)
{
	static const char *const quotes[] = { "\"\"\"", "'''" };
	char *at;

	for (int i = 0; i < 2; i++)
		while ((at = strstr(text, quotes[i])))
			memmove(at + 1, at + 3, strlen(at + 3) + 1);
}

static void
directive(
    struct scan *s, const char *text, size_t len, const char **p, int *line)
{
	char *copy = strndup(text, len);
	const char *quote = open_quote(text, len);
	int opened = *line;

	if (!copy)
		err(1, NULL);
	s->last = *line;
	if (quote) {
		char *value = read_block(s, p, line, quote, opened);
		s->last = *line;
		add_block(s, opened, copy, value);
	} else {
		collapse_quotes(copy);
		split_line(s, *line, copy);
	}
	free(copy);
}

/* Blank, or begins with the prefix (its trailing blanks cut)? */
static bool
continues(const struct scan *s, const char *text, size_t len)
{
	size_t n = s->prefix;

	while (n > 0 && s->sentinel[n - 1] == ' ')
		n--;
	if (len >= n && strncmp(text, s->sentinel, n) == 0)
		return true;
	for (size_t i = 0; i < len; i++)
		if (!isspace((unsigned char)text[i]))
			return false;
	return true;
}

static void
scan_line(
    struct scan *s, const char *text, size_t len, const char **p, int *line)
{
	size_t prefix, tag = find_tag(text, len, &prefix);

	if (!tag) {
		if (s->sentinel && !continues(s, text, len))
			s->disabled = true;
		return;
	}
	if (s->disabled)
		bad(s, *line,
		    "orphan 'flux:' detected: directives disabled after line "
		    "%d",
		    s->last);
	if (!s->sentinel)
		s->prefix = prefix;
	check_sentinel(s, *line, text, tag);
	directive(s, text + tag, len - tag, p, line);
}

void
directives_parse(struct args *a, const char *script, const char *name)
{
	struct scan s = { .name = name };
	int line = 0;

	add_word(&s, strdup("batch"));
	for (const char *p = script; *p;) {
		const char *text = p;
		size_t len = strcspn(p, "\n");
		line++;
		p += len + (p[len] == '\n');
		scan_line(&s, text, len, &p, &line);
	}
	args_parse_more(a, s.nwords, s.words, name);
	for (int i = 0; i < s.nwords; i++)
		free(s.words[i]);
	free(s.words);
	free(s.sentinel);
}
