/* SPDX-License-Identifier: MIT */
/*
 * Specs of output formats: what the letters mean, and how text is cut and
 * padded by them. Numbers are in formatnum.c.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formatspec.h"
#include "utf8.h"

/* No line is that wide; and a wide field costs memory in each row. */
enum { NUMBER_MAX = 65535 };

static const char *
parse_number(struct formatspec *s, const char *p, int *n)
{
	*n = 0;
	for (; isdigit((unsigned char)*p); p++) {
		*n = *n * 10 + (*p - '0');
		if (*n > NUMBER_MAX) {
			s->is_wrong = s->is_big = true;
			*n = NUMBER_MAX;
		}
	}
	return p;
}

/* [[FILL]ALIGN]: the fill may itself look like an align. */
static const char *
parse_align(struct formatspec *s, const char *p)
{
	size_t len;

	utf8_decode(p, &len);
	if (len && p[len] && strchr("<>^=", p[len])) {
		memcpy(s->fill, p, len);
		s->fill[len] = '\0';
		s->align = p[len];
		return p + len + 1;
	}
	if (*p && strchr("<>^=", *p))
		s->align = *p++;
	return p;
}

static bool
take(const char **p, char c)
{
	if (**p != c)
		return false;
	(*p)++;
	return true;
}

static void
parse_text(struct formatspec *s)
{
	const char *p = parse_align(s, s->text);

	if (*p && strchr("+- ", *p))
		s->sign = *p++;
	s->no_minus = take(&p, 'z');
	s->alt = take(&p, '#');
	if (*p == '0' && !s->fill[0]) {
		/* unlike an align that was written, this pads only numbers */
		memcpy(s->fill, "0", 2);
		p++;
	}
	if (isdigit((unsigned char)*p))
		p = parse_number(s, p, &s->width);
	if (*p && strchr(",_", *p))
		s->group = *p++;
	if (take(&p, '.')) {
		if (!isdigit((unsigned char)*p))
			s->is_wrong = true;
		p = parse_number(s, p, &s->prec);
	}
	if (*p)
		s->type = *p++;
	if (*p || (unsigned char)s->type >= 0x80)
		s->is_wrong = true;
}

static bool
chop(char *text, char suffix)
{
	size_t len = strlen(text);

	if (len == 0 || text[len - 1] != suffix)
		return false;
	text[len - 1] = '\0';
	return true;
}

/* "STRFTIME::SPEC" leaves SPEC in s->text, or nothing. */
static int
split_date(struct formatspec *s)
{
	char *sep = strstr(s->text, "::");
	char *spec = strdup(sep ? sep + 2 : "");

	if (!spec)
		return -1;
	if (sep)
		*sep = '\0';
	s->date = s->text;
	s->text = spec;
	return 0;
}

int
formatspec_parse(
    struct formatspec *s, const char *text, size_t len, bool is_date)
{
	memset(s, 0, sizeof(*s));
	s->width = s->prec = -1;
	s->text = strndup(text, len);
	if (!s->text)
		return -1;
	s->mark = chop(s->text, '+');
	if (is_date && split_date(s) < 0) {
		formatspec_fini(s);
		return -1;
	}
	s->dash = chop(s->text, 'h');
	parse_text(s);
	return 0;
}

void
formatspec_fini(struct formatspec *s)
{
	int saved = errno;

	free(s->text);
	free(s->date);
	memset(s, 0, sizeof(*s));
	errno = saved;
}

/* before + n times fill + lead's rest: where the blanks go. */
struct pad {
	const char *fill;
	size_t left, inner, right;
};

static char *
put_fill(char *p, const char *fill, size_t n)
{
	while (n-- > 0)
		p = stpcpy(p, fill);
	return p;
}

/* lead and body, padded; lead is "" save for numbers. */
static char *
join(const char *lead, const char *body, const struct pad *pad)
{
	size_t n = pad->left + pad->inner + pad->right;
	char *out =
	    malloc(n * strlen(pad->fill) + strlen(lead) + strlen(body) + 1);
	char *p = out;

	if (!out)
		return NULL;
	*p = '\0';
	p = put_fill(p, pad->fill, pad->left);
	p = stpcpy(p, lead);
	p = put_fill(p, pad->fill, pad->inner);
	p = stpcpy(p, body);
	put_fill(p, pad->fill, pad->right);
	return out;
}

static char *
pad_to(
    const char *lead, const char *body, int width, char align, const char *fill)
{
	size_t len = utf8_count(lead) + utf8_count(body);
	size_t n = width > 0 && (size_t)width > len ? width - len : 0;
	struct pad pad = { .fill = fill };

	switch (align) {
	case '>':
		pad.left = n;
		break;
	case '^':
		pad.left = n / 2;
		pad.right = n - pad.left;
		break;
	case '=':
		pad.inner = n;
		break;
	default:
		pad.right = n;
	}
	return join(lead, body, &pad);
}

static int
wrong_spec(const struct formatspec *s, const char *kind, struct errmsg *em)
{
	if (s->is_big)
		return errmsg_set(
		    em, "Too many decimal digits in format string");
	return errmsg_set(em,
	    "Invalid format specifier '%s%s' for object of type '%s'", s->text,
	    s->dash ? "s" : "", kind);
}

static int
check_string(const struct formatspec *s, struct errmsg *em)
{
	if (s->is_wrong || (s->dash && s->type))
		return wrong_spec(s, "str", em);
	if (s->type && s->type != 's')
		return errmsg_set(em,
		    "Unknown format code '%c' for object of type 'str'",
		    s->type);
	if (s->sign)
		return errmsg_set(
		    em, "Sign not allowed in string format specifier");
	if (s->no_minus)
		return errmsg_set(em, "Negative zero coercion (z) not allowed "
				      "in string format specifier");
	if (s->alt)
		return errmsg_set(em, "Alternate form (#) not allowed in "
				      "string format specifier");
	if (s->align == '=')
		return errmsg_set(em, "'=' alignment not allowed in string "
				      "format specifier");
	if (s->group)
		return errmsg_set(
		    em, "Cannot specify '%c' with 's'.", s->group);
	return 0;
}

static char *
apply_string(const struct formatspec *s, const char *text)
{
	char *cut, *out;

	cut = s->prec >= 0 ? strndup(text, utf8_offset(text, s->prec))
			   : strdup(text);
	if (!cut)
		return NULL;
	out = pad_to("", cut, s->width, s->align, s->fill[0] ? s->fill : " ");
	free(cut);
	return out;
}

static char *
apply_number(
    const struct formatspec *s, const struct value *v, struct errmsg *em)
{
	char lead[4], *digits, *out;
	char align = s->align ? s->align : s->fill[0] ? '=' : '>';

	if (s->is_wrong) {
		wrong_spec(s, v->kind == VALUE_FLOAT ? "float" : "int", em);
		return NULL;
	}
	digits = formatspec_number(s, v, lead, em);
	if (!digits)
		return NULL;
	out = pad_to(lead, digits, s->width, align, s->fill[0] ? s->fill : " ");
	free(digits);
	return out;
}

static char *
apply(const struct formatspec *s, const struct value *v, const char *full,
    struct errmsg *em)
{
	const char *text = v->kind == VALUE_STR ? v->s : full;

	if (s->dash) {
		if (check_string(s, em) < 0)
			return NULL;
		return apply_string(s, value_text_is_empty(text) ? "-" : text);
	}
	if (s->text[0] == '\0' && s->width < 0)
		return strdup(text);
	/* a column that was widened keeps the form of its empty spec */
	if (s->text[0] == '\0' &&
	    (v->kind == VALUE_JOBID || v->kind == VALUE_BOOL))
		return apply_string(s, text);
	if (v->kind == VALUE_MISSING)
		return apply_string(s, text);
	if (v->kind != VALUE_UNSET && v->kind != VALUE_STR)
		return apply_number(s, v, em);
	return check_string(s, em) < 0 ? NULL : apply_string(s, text);
}

/* The last code point becomes '+'. */
static void
mark_cut(char *text)
{
	size_t n = utf8_count(text);

	if (n > 0)
		memcpy(text + utf8_offset(text, n - 1), "+", 2);
}

char *
formatspec_apply(const struct formatspec *s, const struct value *v,
    const char *full, struct errmsg *em)
{
	char *out;

	em->text[0] = '\0';
	out = apply(s, v, full, em);
	if (!out && !*em->text)
		errmsg_set(em, "%s", strerror(ENOMEM));
	if (out && s->mark && utf8_count(out) < utf8_count(full))
		mark_cut(out);
	return out;
}

char *
formatspec_title(const struct formatspec *s, const char *title)
{
	if (s->is_wrong)
		return strdup(title);
	return pad_to(
	    "", title, s->width, s->align == '=' ? '<' : s->align, " ");
}
