/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "toml_value.h"

/* Characters of a bare key, and of numbers and dates. */
#define KEY_CHARS \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
#define WORD_CHARS KEY_CHARS "+.:"

int
toml_error(const struct toml_cursor *c, const char *fmt, ...)
{
	char text[160];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	errno = EINVAL;
	return errmsg_set(c->em, "line %d: %s", c->line, text);
}

void
toml_blanks(struct toml_cursor *c)
{
	c->p += strspn(c->p, " \t");
}

static bool
is_control(unsigned char ch)
{
	return (ch < 0x20 && ch != '\t') || ch == 0x7f;
}

static int
comment(struct toml_cursor *c)
{
	while (*c->p && *c->p != '\n' && strncmp(c->p, "\r\n", 2) != 0) {
		if (is_control(*c->p))
			return toml_error(c, "control character in a comment");
		c->p++;
	}
	return 0;
}

/* 1 if a newline was there. */
static int
newline(struct toml_cursor *c)
{
	if (*c->p == '\r' && c->p[1] == '\n')
		c->p++;
	if (*c->p != '\n')
		return 0;
	c->p++;
	c->line++;
	return 1;
}

int
toml_space(struct toml_cursor *c)
{
	do {
		toml_blanks(c);
		if (*c->p == '#' && comment(c) < 0)
			return -1;
	} while (newline(c));
	return 0;
}

int
toml_line_end(struct toml_cursor *c)
{
	toml_blanks(c);
	if (*c->p == '#' && comment(c) < 0)
		return -1;
	if (*c->p == '\0' || newline(c))
		return 0;
	return toml_error(c, "unexpected text '%.10s'", c->p);
}

/* ---- strings ---- */

struct buf {
	char *s;
	size_t len, size;
};

static int
buf_add(struct buf *b, const char *s, size_t n)
{
	if (b->len + n + 1 > b->size) {
		size_t size = 2 * b->size + n + 32;
		char *p = realloc(b->s, size);
		if (!p)
			return -1;
		b->s = p;
		b->size = size;
	}
	memcpy(b->s + b->len, s, n);
	b->len += n;
	b->s[b->len] = '\0';
	return 0;
}

static int
buf_add_codepoint(struct buf *b, unsigned long u)
{
	char s[4];
	int n;

	if (u < 0x80) {
		s[0] = (char)u;
		n = 1;
	} else if (u < 0x800) {
		s[0] = (char)(0xc0 | u >> 6);
		n = 2;
	} else if (u < 0x10000) {
		s[0] = (char)(0xe0 | u >> 12);
		n = 3;
	} else {
		s[0] = (char)(0xf0 | u >> 18);
		n = 4;
	}
	for (int i = 1; i < n; i++)
		s[i] = (char)(0x80 | ((u >> 6 * (n - 1 - i)) & 0x3f));
	return buf_add(b, s, n);
}

static int
unicode_escape(struct toml_cursor *c, struct buf *b, int digits)
{
	char hex[9] = { 0 };
	unsigned long u;

	for (int i = 0; i < digits; i++) {
		if (!isxdigit((unsigned char)c->p[i]))
			return toml_error(c, "invalid unicode escape");
		hex[i] = c->p[i];
	}
	c->p += digits;
	u = strtoul(hex, NULL, 16);
	if (u > 0x10ffff || (u >= 0xd800 && u <= 0xdfff) || u == 0)
		return toml_error(c, "invalid unicode character %s", hex);
	return buf_add_codepoint(b, u);
}

/* "\" at the end of a line of a multi-line string eats the space after it */
static int
line_continuation(struct toml_cursor *c)
{
	toml_blanks(c);
	if (!newline(c))
		return toml_error(c, "invalid escape in a string");
	do
		toml_blanks(c);
	while (newline(c));
	return 0;
}

static int
escape(struct toml_cursor *c, struct buf *b, bool multi)
{
	static const char from[] = "btnfr\"\\", to[] = "\b\t\n\f\r\"\\";
	const char *at;
	char ch = c->p[1];

	c->p++;
	if (ch && (at = strchr(from, ch))) {
		c->p++;
		return buf_add(b, to + (at - from), 1);
	}
	if (ch == 'u' || ch == 'U') {
		c->p++;
		return unicode_escape(c, b, ch == 'u' ? 4 : 8);
	}
	if (multi && (ch == ' ' || ch == '\t' || ch == '\n' || ch == '\r'))
		return line_continuation(c);
	return toml_error(c, "invalid escape '\\%c' in a string", ch);
}

/* One character of a string, or an escape. */
static int
string_char(struct toml_cursor *c, struct buf *b, char quote, bool multi)
{
	if (*c->p == '\0')
		return toml_error(c, "string without end");
	if (*c->p == '\\' && quote == '"')
		return escape(c, b, multi);
	if (*c->p == '\n' || (*c->p == '\r' && c->p[1] == '\n')) {
		if (!multi)
			return toml_error(c, "string without end");
		newline(c);
		return buf_add(b, "\n", 1);
	}
	if (is_control(*c->p))
		return toml_error(c, "control character in a string");
	return buf_add(b, c->p++, 1);
}

/* Up to two quotes may stand before the closing three. */
static int
multi_string(struct toml_cursor *c, struct buf *b, char quote)
{
	const char end[4] = { quote, quote, quote, '\0' };

	c->p += 3;
	newline(c);
	while (strncmp(c->p, end, 3) != 0)
		if (string_char(c, b, quote, true) < 0)
			return -1;
	c->p += 3;
	for (int i = 0; i < 2 && *c->p == quote; i++)
		if (buf_add(b, c->p++, 1) < 0)
			return -1;
	return 0;
}

static char *
string(struct toml_cursor *c, bool may_be_multi)
{
	struct buf b = { 0 };
	char quote = *c->p;
	int rc = buf_add(&b, "", 0);

	if (rc == 0 && may_be_multi && c->p[1] == quote && c->p[2] == quote) {
		rc = multi_string(c, &b, quote);
	} else if (rc == 0) {
		c->p++;
		while (rc == 0 && *c->p != quote)
			rc = string_char(c, &b, quote, false);
		c->p++;
	}
	if (rc < 0) {
		free(b.s);
		return NULL;
	}
	return b.s;
}

char *
toml_key(struct toml_cursor *c)
{
	size_t n = strspn(c->p, KEY_CHARS);
	char *key;

	if (*c->p == '"' || *c->p == '\'')
		return string(c, false);
	if (n == 0) {
		toml_error(c, "expected a key before '%.10s'", c->p);
		return NULL;
	}
	key = strndup(c->p, n);
	c->p += n;
	return key;
}

/* ---- numbers and dates ---- */

/* Digits with single '_' between them, copied without; NULL if not so. */
static const char *
digits(const char *s, const char *set, char **out)
{
	if (!*s || !strchr(set, *s))
		return NULL;
	while (*s && (strchr(set, *s) || *s == '_')) {
		if (*s == '_' && (!s[1] || !strchr(set, s[1])))
			return NULL;
		if (*s != '_')
			*(*out)++ = *s;
		s++;
	}
	return s;
}

static json_t *
based_integer(const char *word)
{
	static const struct {
		const char *prefix, *set;
		int base;
	} bases[] = {
		{ "0x", "0123456789abcdefABCDEF", 16 },
		{ "0o", "01234567", 8 },
		{ "0b", "01", 2 },
	};
	char buf[128], *out = buf;
	const char *end;

	for (size_t i = 0; i < sizeof(bases) / sizeof(*bases); i++) {
		if (strncmp(word, bases[i].prefix, 2) != 0)
			continue;
		end = digits(word + 2, bases[i].set, &out);
		if (!end || *end)
			return NULL;
		*out = '\0';
		errno = 0;
		long long n = strtoll(buf, NULL, bases[i].base);
		return errno ? NULL : json_integer(n);
	}
	return NULL;
}

#define DEC "0123456789"

/* [+-]digits[.digits][e[+-]digits] */
static json_t *
decimal(const char *word)
{
	char buf[128], *out = buf;
	const char *s = word;
	bool real = false;

	if (*s == '+' || *s == '-')
		*out++ = *s++;
	if (*s == '0' && s[1] && strchr(DEC "_", s[1]))
		return NULL;
	if (!(s = digits(s, DEC, &out)))
		return NULL;
	if (*s == '.') {
		real = true;
		*out++ = *s++;
		if (!(s = digits(s, DEC, &out)))
			return NULL;
	}
	if (*s == 'e' || *s == 'E') {
		real = true;
		*out++ = *s++;
		if (*s == '+' || *s == '-')
			*out++ = *s++;
		if (!(s = digits(s, DEC, &out)))
			return NULL;
	}
	*out = '\0';
	if (*s)
		return NULL;
	errno = 0;
	if (real)
		return json_real(strtod(buf, NULL));
	long long n = strtoll(buf, NULL, 10);
	return errno ? NULL : json_integer(n);
}

static json_t *
special(const char *word)
{
	const char *s = word + (*word == '+' || *word == '-');

	if (strcmp(word, "true") == 0)
		return json_true();
	if (strcmp(word, "false") == 0)
		return json_false();
	if (strcmp(s, "inf") == 0)
		return json_string(*word == '-' ? "-inf" : "inf");
	if (strcmp(s, "nan") == 0)
		return json_string("nan");
	return NULL;
}

/* Does s match a pattern in which 0 stands for a digit? */
static bool
looks(const char *s, const char *pattern)
{
	for (; *pattern; s++, pattern++)
		if (*pattern == '0' ? !isdigit((unsigned char)*s)
				    : *pattern != *s)
			return false;
	return true;
}

static bool
valid_time(const char **s)
{
	int h, m, sec;

	if (!looks(*s, "00:00:00"))
		return false;
	sscanf(*s, "%2d:%2d:%2d", &h, &m, &sec);
	*s += 8;
	if (**s == '.') {
		(*s)++;
		if (!isdigit((unsigned char)**s))
			return false;
		*s += strspn(*s, DEC);
	}
	return h < 24 && m < 60 && sec <= 60;
}

static bool
valid_date(const char **s)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30,
		31 };
	int y, m, d, last;

	if (!looks(*s, "0000-00-00"))
		return false;
	sscanf(*s, "%4d-%2d-%2d", &y, &m, &d);
	*s += 10;
	if (m < 1 || m > 12)
		return false;
	last = days[m - 1];
	if (m == 2 && y % 4 == 0 && (y % 100 != 0 || y % 400 == 0))
		last = 29;
	return d >= 1 && d <= last;
}

static bool
valid_offset(const char **s)
{
	int h, m;

	if (**s == 'Z' || **s == 'z') {
		(*s)++;
		return true;
	}
	if (**s != '+' && **s != '-')
		return true;
	if (!looks(*s + 1, "00:00"))
		return false;
	sscanf(*s + 1, "%2d:%2d", &h, &m);
	*s += 6;
	return h < 24 && m < 60;
}

static json_t *
date_or_time(const char *word)
{
	const char *s = word;
	bool good;

	if (s[0] && s[1] && s[2] == ':') {
		good = valid_time(&s);
	} else {
		good = valid_date(&s);
		if (good && (*s == 'T' || *s == 't' || *s == ' ')) {
			s++;
			good = valid_time(&s) && valid_offset(&s);
		}
	}
	return good && !*s ? json_string(word) : NULL;
}

/* A date and a time may be parted by one blank. */
static size_t
word_length(const char *s)
{
	size_t n = strspn(s, WORD_CHARS);

	if (n == 10 && looks(s, "0000-00-00") && looks(s + n, " 00:"))
		n += 1 + strspn(s + n + 1, WORD_CHARS);
	return n;
}

json_t *
toml_scalar(struct toml_cursor *c)
{
	static json_t *(*const readers[])(const char *word) = { special,
		based_integer, decimal, date_or_time };
	char word[100];
	size_t n;
	json_t *v = NULL;

	if (*c->p == '"' || *c->p == '\'') {
		char *s = string(c, true);
		if (s && !(v = json_string(s)))
			toml_error(c, "string is not UTF-8");
		free(s);
		return v;
	}
	n = word_length(c->p);
	if (n == 0 || n >= sizeof(word)) {
		toml_error(c, "expected a value before '%.10s'", c->p);
		return NULL;
	}
	memcpy(word, c->p, n);
	word[n] = '\0';
	for (size_t i = 0; !v && i < sizeof(readers) / sizeof(*readers); i++)
		v = readers[i](word);
	if (!v)
		toml_error(c, "invalid value '%s'", word);
	else
		c->p += n;
	return v;
}
