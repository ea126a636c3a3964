/* SPDX-License-Identifier: MIT */
/*
 * A reader that gives up: each function returns NULL, or false, for what it
 * does not know as well as for what is wrong, and jansson decides then.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "jsonread.h"

enum { DEPTH_MAX = 64, INTEGER_DIGITS = 18 };

/* Doubles are exact up to here. */
#define MANTISSA_MAX ((uint64_t)1 << 53)

struct reader {
	const char *p, *end;
	int depth;
};

static json_t *read_value(struct reader *r);

static void
skip_space(struct reader *r)
{
	while (r->p < r->end && (*r->p == ' ' || *r->p == '\n' ||
				    *r->p == '\t' || *r->p == '\r'))
		r->p++;
}

/* The next character behind white space, moved over; 0 at the end. */
static char
next(struct reader *r)
{
	skip_space(r);
	return r->p < r->end ? *r->p++ : 0;
}

/* What lies between quotes, of which the first was read. */
struct quoted {
	const char *text;
	size_t len;
	bool has_escapes, is_ascii;
};

static bool
read_quoted(struct reader *r, struct quoted *q)
{
	const char *p = r->p;
	unsigned char c;

	*q = (struct quoted){ .text = p, .is_ascii = true };
	for (; p < r->end && *p != '"'; p++) {
		c = (unsigned char)*p;
		if (c < ' ')
			return false;
		if (c >= 0x80)
			q->is_ascii = false;
		if (c == '\\') {
			q->has_escapes = true;
			p++;
		}
	}
	if (p >= r->end)
		return false;
	q->len = (size_t)(p - q->text);
	r->p = p + 1;
	return true;
}

/* What stands behind a backslash; 0: a way that is not common. */
static char
unescape(char c)
{
	switch (c) {
	case 'n':
		return '\n';
	case '"':
	case '\\':
	case '/':
		return c;
	}
	return 0;
}

static json_t *
unescaped(const struct quoted *q)
{
	char *buf = malloc(q->len + 1), *out = buf;
	json_t *o = NULL;

	if (!buf)
		return NULL;
	for (const char *p = q->text, *end = p + q->len; p < end; p++, out++) {
		*out = *p != '\\' ? *p : unescape(*++p);
		if (!*out)
			goto done;
	}
	if (q->is_ascii)
		o = json_stringn_nocheck(buf, (size_t)(out - buf));
	else
		o = json_stringn(buf, (size_t)(out - buf));
done:
	free(buf);
	return o;
}

static json_t *
read_string(struct reader *r)
{
	struct quoted q;

	if (!read_quoted(r, &q))
		return NULL;
	if (q.has_escapes)
		return unescaped(&q);
	if (q.is_ascii)
		return json_stringn_nocheck(q.text, q.len);
	return json_stringn(q.text, q.len); /* which checks it */
}

static bool
is_digit(const struct reader *r)
{
	return r->p < r->end && *r->p >= '0' && *r->p <= '9';
}

/* So many digits behind what n says already; 0: there are none, or too many. */
static int
read_digits(struct reader *r, uint64_t *n, int max)
{
	const char *from = r->p;

	for (; is_digit(r); r->p++) {
		if (r->p - from == max)
			return 0;
		*n = *n * 10 + (uint64_t)(*r->p - '0');
	}
	return (int)(r->p - from);
}

static json_t *
read_number(struct reader *r)
{
	static const double powers[] = { 1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7,
		1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17,
		1e18 };
	bool is_negative = *r->p == '-', begins_with_0;
	uint64_t n = 0;
	int digits, decimals;
	double x;

	r->p += is_negative;
	begins_with_0 = r->p < r->end && *r->p == '0';
	digits = read_digits(r, &n, INTEGER_DIGITS);
	if (digits == 0 || (begins_with_0 && digits > 1))
		return NULL;
	if (r->p < r->end && (*r->p == 'e' || *r->p == 'E'))
		return NULL;
	if (r->p == r->end || *r->p != '.')
		return json_integer(
		    is_negative ? -(json_int_t)n : (json_int_t)n);
	r->p++;
	decimals = read_digits(r, &n, INTEGER_DIGITS - digits);
	if (decimals == 0 || n > MANTISSA_MAX ||
	    (r->p < r->end && (*r->p == 'e' || *r->p == 'E')))
		return NULL;
	/* both are exact, so that the quotient is the nearest double */
	x = (double)n / powers[decimals];
	return json_real(is_negative ? -x : x);
}

static json_t *
read_word(struct reader *r)
{
	static const struct {
		const char *word;
		size_t len;
		json_t *(*make)(void);
	} words[] = { { "true", 4, json_true }, { "false", 5, json_false },
		{ "null", 4, json_null } };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if ((size_t)(r->end - r->p) < words[i].len ||
		    memcmp(r->p, words[i].word, words[i].len) != 0)
			continue;
		r->p += words[i].len;
		return words[i].make();
	}
	return NULL;
}

/* One member, into o. */
static bool
read_member(struct reader *r, json_t *o)
{
	struct quoted key;
	json_t *v;

	if (next(r) != '"' || !read_quoted(r, &key) || key.has_escapes ||
	    !key.is_ascii || next(r) != ':' || !(v = read_value(r)))
		return false;
	return json_object_setn_new_nocheck(o, key.text, key.len, v) == 0;
}

static bool
read_element(struct reader *r, json_t *o)
{
	json_t *v = read_value(r);

	return v && json_array_append_new(o, v) == 0;
}

/* The members or elements, to the closing bracket. Takes o. */
static json_t *
read_parts(struct reader *r, json_t *o, char end,
    bool (*read_part)(struct reader *r, json_t *o))
{
	char c = ',';

	skip_space(r);
	if (o && r->p < r->end && *r->p == end) {
		r->p++;
		return o;
	}
	while (o && c == ',' && read_part(r, o))
		if ((c = next(r)) == end)
			return o;
	json_decref(o);
	return NULL;
}

static json_t *
read_value(struct reader *r)
{
	json_t *o = NULL;

	skip_space(r);
	if (r->p == r->end || ++r->depth > DEPTH_MAX)
		return NULL;
	switch (*r->p) {
	case '{':
		r->p++;
		o = read_parts(r, json_object(), '}', read_member);
		break;
	case '[':
		r->p++;
		o = read_parts(r, json_array(), ']', read_element);
		break;
	case '"':
		r->p++;
		o = read_string(r);
		break;
	default:
		o = *r->p == '-' || is_digit(r) ? read_number(r) : read_word(r);
	}
	r->depth--;
	return o;
}

json_t *
json_read(const char *text, size_t len, size_t flags)
{
	struct reader r = { .p = text, .end = text + len };
	json_t *o = read_value(&r);

	skip_space(&r);
	if (o && r.p == r.end && (json_is_object(o) || json_is_array(o)))
		return o;
	json_decref(o);
	return json_loadb(text, len, flags, NULL);
}
