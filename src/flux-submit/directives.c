/* SPDX-License-Identifier: MIT */
/*
 * The first directive fixes the sentinel, prefix and tag. What a directive
 * says is split into words like a shell would, which are parsed as options at
 * once. The tag may be spelled with or without a blank and in capitals from
 * line to line: scripts in use mix them, which is a warning.
 */
#include <ctype.h>
#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <wctype.h>

#include "directives.h"
#include "shellword.h"
#include "utf8.h"

struct scan {
	struct args *args;
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
	size_t n = 0, width = 0;

	for (; n < len; n += width ? width : 1) {
		uint32_t c = utf8_decode(line + n, &width);
		if (iswalnum(c) || c == '_')
			break;
	}
	*prefix = n;
	if (n + 5 <= len && (strncmp(line + n, "flux:", 5) == 0 ||
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

/* Stands in a text for a value that is taken as it is. */
enum { LITERAL = '\001' };

/* The word with the literal value in its place. */
static char *
insert(char *word, const char *literal)
{
	char *at = literal ? strchr(word, LITERAL) : NULL, *all;

	if (!at)
		return word;
	if (asprintf(
		&all, "%.*s%s%s", (int)(at - word), word, literal, at + 1) < 0)
		err(1, NULL);
	free(word);
	return all;
}

static void
free_words(struct scan *s)
{
	for (int i = 0; i < s->nwords; i++)
		free(s->words[i]);
	free(s->words);
	s->words = NULL;
	s->nwords = 0;
}

/* The text of a directive as options. */
static void
take_options(struct scan *s, int line, const char *text, const char *literal)
{
	const char *p = text;
	char *word, where[200];
	struct errmsg em;
	int rc;

	add_word(s, strdup("batch"));
	while ((rc = shellword_next(&p, &word, &em)) > 0) {
		if (s->nwords == 1 && *word != '-')
			bad(s, line, "Unknown directive: %s", text);
		add_word(s, insert(word, literal));
	}
	if (rc < 0)
		bad(s, line, "%s: %s", text, em.text);
	snprintf(where, sizeof(where),
	    "ERROR: argument parsing failed at %s "
	    "line %d",
	    s->name, line);
	args_parse_more(s->args, s->nwords, s->words, where);
	free_words(s);
}

/* ---- triple quotes ---- */

static const char *const quotes[] = { "\"\"\"", "\'\'\'" };

/* The first triple quote in text, and which one; NULL if there is none. */
static char *
find_quote(char *text, const char **quote)
{
	char *first = NULL;

	for (int i = 0; i < 2; i++) {
		char *at = strstr(text, quotes[i]);
		if (at && (!first || at < first)) {
			first = at;
			*quote = quotes[i];
		}
	}
	return first;
}

/* Does the text end with the quote? Not if that is the end of a longer one. */
static bool
ends_with(const char *text, size_t len, const char *quote)
{
	return len >= 3 && memcmp(text + len - 3, quote, 3) == 0;
}

/* Lines of the script from *p on up to the closing quote; moves *p and *line
 * behind. What they have of the indentation of the opening line is cut. */
static char *
read_block(struct scan *s, const char **p, int *line, const char *quote,
    const char *opening)
{
	size_t size = 0, prefix, tag, indent = strspn(opening, " \t");
	char *value = NULL;
	int opened = *line;
	FILE *f = open_memstream(&value, &size);

	if (!f)
		err(1, NULL);
	while (**p) {
		size_t len = strcspn(*p, "\n");
		const char *text = *p;

		(*line)++;
		*p += len + ((*p)[len] == '\n');
		if (!(tag = find_tag(text, len, &prefix)))
			break;
		text += tag;
		len -= tag;
		if (len >= indent && memcmp(text, opening, indent) == 0) {
			text += indent;
			len -= indent;
		}
		if (ends_with(text, len, quote)) {
			fwrite(text, 1, len - 3, f);
			fclose(f);
			return value;
		}
		if (memmem(text, len, quote, 3))
			bad(s, *line, "unclosed triple quote: %.*s", (int)len,
			    text);
		fprintf(f, "%.*s\n", (int)len, text);
	}
	bad(s, *line, "unterminated multi-line quote at line %d: `%s'", opened,
	    opening + indent);
}

/* A value in triple quotes is taken out of the text, which keeps a mark. */
static char *
take_literal(struct scan *s, char *text, const char **p, int *line)
{
	const char *quote = NULL;
	char *open = find_quote(text, &quote), *close = NULL, *literal;

	if (!open)
		return NULL;
	for (char *at = open + 3; (at = strstr(at, quote)); at++)
		close = at;
	if (close) {
		literal = strndup(open + 3, close - open - 3);
		close += 3;
	} else if (!open[3]) {
		literal = read_block(s, p, line, quote, text);
		close = open + 3;
	} else {
		bad(s, *line, "unclosed triple quote: %s", text);
	}
	if (!literal)
		err(1, NULL);
	*open = LITERAL;
	memmove(open + 1, close, strlen(close) + 1);
	return literal;
}

static void
directive(
    struct scan *s, const char *text, size_t len, const char **p, int *line)
{
	char *copy = strndup(text, len), *literal;
	int opened = *line;

	if (!copy)
		err(1, NULL);
	literal = take_literal(s, copy, p, line);
	s->last = *line;
	take_options(s, opened, copy, literal);
	free(literal);
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
	struct scan s = { .args = a, .name = name };
	int line = 0;

	for (const char *p = script; *p;) {
		const char *text = p;
		size_t len = strcspn(p, "\n");
		line++;
		p += len + (p[len] == '\n');
		scan_line(&s, text, len, &p, &line);
	}
	free(s.sentinel);
}
