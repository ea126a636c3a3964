/* SPDX-License-Identifier: MIT */
/* What expressions can call: functions of numbers and methods of texts. */
#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expression.h"
#include "number.h"

/* A number or a text as a float. */
static int
get_float(const struct value *v, double *x, struct errmsg *em)
{
	if (v->kind == VALUE_STR && number_float(v->s, x) < 0)
		return errmsg_set(em, "'%s' is no number", v->s);
	if (v->kind != VALUE_STR)
		*x = v->kind == VALUE_INT ? (double)v->i : v->f;
	return 0;
}

static int
to_int(struct value *v, int n, struct value *out, struct errmsg *em)
{
	long long i;
	double x;

	(void)n;
	if (v->kind == VALUE_STR)
		return number_int(v->s, &i) < 0
			   ? errmsg_set(em, "'%s' is no whole number", v->s)
			   : value_int(out, i);
	if (get_float(v, &x, em) < 0)
		return -1;
	if (v->kind == VALUE_INT)
		return value_int(out, v->i);
	if (!(fabs(x) < 0x1p63))
		return errmsg_set(em, "the number is too large");
	return value_int(out, (int64_t)x);
}

static int
to_float(struct value *v, int n, struct value *out, struct errmsg *em)
{
	double x;

	(void)n;
	return get_float(v, &x, em) < 0 ? -1 : value_float(out, x);
}

static int
to_text(struct value *v, int n, struct value *out, struct errmsg *em)
{
	(void)n;
	return value_take(out, value_text(v)) < 0
		   ? errmsg_set(em, "out of memory")
		   : 0;
}

static int
length(struct value *v, int n, struct value *out, struct errmsg *em)
{
	(void)n;
	if (v->kind != VALUE_STR)
		return errmsg_set(em, "a number has no length");
	return value_int(out, (int64_t)strlen(v->s));
}

static int
absolute(struct value *v, int n, struct value *out, struct errmsg *em)
{
	double x;

	(void)n;
	if (v->kind == VALUE_INT && v->i > INT64_MIN)
		return value_int(out, v->i < 0 ? -v->i : v->i);
	return get_float(v, &x, em) < 0 ? -1 : value_float(out, fabs(x));
}

static int
rounded(struct value *v, int n, struct value *out, struct errmsg *em)
{
	double x;

	(void)n;
	if (get_float(v, &x, em) < 0)
		return -1;
	if (!(fabs(x) < 0x1p63))
		return errmsg_set(em, "the number is too large");
	/* halves to the even one, which is rint by default */
	return value_int(out, (int64_t)rint(x));
}

static int
extreme(
    struct value *v, int n, struct value *out, struct errmsg *em, int direction)
{
	int best = 0;
	double x, y;

	for (int i = 1; i < n; i++) {
		if (get_float(&v[i], &x, em) < 0 ||
		    get_float(&v[best], &y, em) < 0)
			return -1;
		if ((x - y) * direction > 0)
			best = i;
	}
	*out = v[best];
	v[best] = (struct value){ 0 };
	return 0;
}

static int
least(struct value *v, int n, struct value *out, struct errmsg *em)
{
	return extreme(v, n, out, em, -1);
}

static int
greatest(struct value *v, int n, struct value *out, struct errmsg *em)
{
	return extreme(v, n, out, em, 1);
}

/* ---- methods: v[0] is a text, and so are the arguments unless it says ---- */

static int
with_case(struct value *v, struct value *out, int (*first)(int),
    int (*rest)(int), bool each_word)
{
	char *s = strdup(v->s);
	bool at_start = true;

	for (char *p = s; p && *p; p++) {
		unsigned char c = (unsigned char)*p;
		*p = (char)(at_start ? first(c) : rest(c));
		at_start = each_word && !isalpha(c);
	}
	return value_take(out, s);
}

static int
upper(struct value *v, int n, struct value *out, struct errmsg *em)
{
	(void)n, (void)em;
	return with_case(v, out, toupper, toupper, false);
}

static int
lower(struct value *v, int n, struct value *out, struct errmsg *em)
{
	(void)n, (void)em;
	return with_case(v, out, tolower, tolower, false);
}

static int
capitalize(struct value *v, int n, struct value *out, struct errmsg *em)
{
	(void)n, (void)em;
	return with_case(v, out, toupper, tolower, false);
}

static int
title(struct value *v, int n, struct value *out, struct errmsg *em)
{
	(void)n, (void)em;
	return with_case(v, out, toupper, tolower, true);
}

enum { LEFT = 1, RIGHT = 2 };

static int
strip_sides(struct value *v, int n, struct value *out, int sides)
{
	const char *s = v->s, *chars = n > 1 ? v[1].s : " \t\n\r\v\f";
	size_t len;

	if (sides & LEFT)
		s += strspn(s, chars);
	len = strlen(s);
	while ((sides & RIGHT) && len > 0 && strchr(chars, s[len - 1]))
		len--;
	return value_take(out, strndup(s, len));
}

static int
strip(struct value *v, int n, struct value *out, struct errmsg *em)
{
	(void)em;
	return strip_sides(v, n, out, LEFT | RIGHT);
}

static int
lstrip(struct value *v, int n, struct value *out, struct errmsg *em)
{
	(void)em;
	return strip_sides(v, n, out, LEFT);
}

static int
rstrip(struct value *v, int n, struct value *out, struct errmsg *em)
{
	(void)em;
	return strip_sides(v, n, out, RIGHT);
}

static int
replace(struct value *v, int n, struct value *out, struct errmsg *em)
{
	const char *from = v[1].s, *to = v[2].s, *at, *p = v->s;
	char *s = NULL;
	size_t size;
	FILE *f;

	(void)n;
	if (!*from)
		return errmsg_set(em, "replace of nothing");
	if (!(f = open_memstream(&s, &size)))
		return errmsg_set(em, "out of memory");
	for (; (at = strstr(p, from)); p = at + strlen(from))
		fprintf(f, "%.*s%s", (int)(at - p), p, to);
	fputs(p, f);
	fclose(f);
	return value_take(out, s);
}

static int
zfill(struct value *v, int n, struct value *out, struct errmsg *em)
{
	size_t sign = *v->s == '-' || *v->s == '+', len = strlen(v->s);
	long long width;
	char *s;

	(void)n;
	if (number_int(v[1].s, &width) < 0 || width > 4096)
		return errmsg_set(em, "zfill takes a width");
	if (width < (long long)len)
		width = (long long)len;
	if (!(s = malloc((size_t)width + 1)))
		return errmsg_set(em, "out of memory");
	memset(s, '0', (size_t)width);
	memcpy(s, v->s, sign);
	memcpy(s + width - (len - sign), v->s + sign, len - sign + 1);
	return value_take(out, s);
}

static int
removeprefix(struct value *v, int n, struct value *out, struct errmsg *em)
{
	size_t len = strlen(v[1].s);

	(void)n, (void)em;
	return value_take(
	    out, strdup(v->s + (strncmp(v->s, v[1].s, len) == 0 ? len : 0)));
}

static int
removesuffix(struct value *v, int n, struct value *out, struct errmsg *em)
{
	size_t len = strlen(v->s), end = strlen(v[1].s);

	(void)n, (void)em;
	if (end <= len && strcmp(v->s + len - end, v[1].s) == 0)
		len -= end;
	return value_take(out, strndup(v->s, len));
}

/* ---- tables ---- */

struct function {
	const char *name;
	int least, most; /* arguments, with the object of a method */
	int (*call)(
	    struct value *v, int n, struct value *out, struct errmsg *em);
};

static const struct function functions[] = {
	{ "int", 1, 1, to_int },
	{ "float", 1, 1, to_float },
	{ "str", 1, 1, to_text },
	{ "len", 1, 1, length },
	{ "abs", 1, 1, absolute },
	{ "round", 1, 1, rounded },
	{ "min", 2, EXPRESSION_ARGS_MAX, least },
	{ "max", 2, EXPRESSION_ARGS_MAX, greatest },
	{ NULL, 0, 0, NULL },
};

static const struct function methods[] = {
	{ "upper", 1, 1, upper },
	{ "lower", 1, 1, lower },
	{ "capitalize", 1, 1, capitalize },
	{ "title", 1, 1, title },
	{ "strip", 1, 2, strip },
	{ "lstrip", 1, 2, lstrip },
	{ "rstrip", 1, 2, rstrip },
	{ "replace", 3, 3, replace },
	{ "zfill", 2, 2, zfill },
	{ "removeprefix", 2, 2, removeprefix },
	{ "removesuffix", 2, 2, removesuffix },
	{ NULL, 0, 0, NULL },
};

static const struct function *
find(const struct function *f, const char *name, int n, struct errmsg *em)
{
	while (f->name && strcmp(f->name, name) != 0)
		f++;
	if (f->name && n >= f->least && n <= f->most)
		return f;
	if (f->name)
		errmsg_set(em, "%s with a wrong number of arguments", name);
	else
		errmsg_set(em, "'%s' is not known here", name);
	return NULL;
}

int
expression_function(const char *name, struct value *v, int n, struct value *out,
    struct errmsg *em)
{
	const struct function *f = find(functions, name, n, em);

	return f ? f->call(v, n, out, em) : -1;
}

int
expression_method(const char *name, struct value *v, int n, struct value *out,
    struct errmsg *em)
{
	const struct function *f = find(methods, name, n, em);
	char *text;

	if (!f)
		return -1;
	if (v->kind != VALUE_STR)
		return errmsg_set(em, "a number has no method '%s'", name);
	/* arguments are read as texts */
	for (int i = 1; i < n; i++) {
		text = value_text(&v[i]);
		value_fini(&v[i]);
		v[i] = (struct value){ 0 };
		if (value_take(&v[i], text) < 0)
			return errmsg_set(em, "out of memory");
	}
	return f->call(v, n, out, em);
}
