/* SPDX-License-Identifier: MIT */
/*
 * Numbers by the spec of an output format: sign and prefix, digits, groups.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formatspec.h"

/* Enough for 64 bits in base 2. */
enum { DIGITS_MAX = 72 };

static void
set_sign(char lead[4], char sign, bool is_negative)
{
	lead[0] = is_negative ? '-' : sign == '-' ? '\0' : sign;
	lead[1] = '\0';
}

static void
int_digits(char *buf, uint64_t n, unsigned base, bool upper)
{
	const char *set = upper ? "0123456789ABCDEF" : "0123456789abcdef";
	char tmp[DIGITS_MAX];
	int i = 0, j = 0;

	do
		tmp[i++] = set[n % base];
	while ((n /= base) > 0);
	while (i > 0)
		buf[j++] = tmp[--i];
	buf[j] = '\0';
}

/* How many zeros (and their separators) the first nint digits need before
 * them so that all is min long; a separator cannot come first. */
static size_t
zeros_wanted(size_t nint, size_t rest, size_t min, size_t step)
{
	size_t n = nint;

	while (n + (n - 1) / step + rest < min)
		n++;
	return n - nint;
}

/*
 * Insert separators into the digits before a point or exponent. "0WIDTH"
 * makes zeros part of the grouped digits: min is their length.
 */
static char *
group_digits(const char *digits, char sep, size_t step, size_t min)
{
	size_t nint = strspn(digits, "0123456789abcdefABCDEF");
	const char *exp = strpbrk(digits, ".e%");
	size_t zeros, i, total;
	char *out, *p;

	if (step == 3 && exp && (size_t)(exp - digits) < nint)
		nint = exp - digits;
	if (nint == 0)
		return strdup(digits);
	zeros = zeros_wanted(nint, strlen(digits + nint), min, step);
	total = nint + zeros;
	p = out = malloc(total + total / step + strlen(digits + nint) + 1);
	if (!out)
		return NULL;
	for (i = 0; i < total; i++) {
		if (i > 0 && (total - i) % step == 0)
			*p++ = sep;
		*p++ = i < zeros ? '0' : digits[i - zeros];
	}
	stpcpy(p, digits + nint);
	return out;
}

/* Group if wanted; digits are consumed. */
static char *
finish(const struct formatspec *s, char *digits, const char *lead, size_t step)
{
	size_t min = 0;
	char *grouped;

	if (!s->group || !digits)
		return digits;
	if (s->fill[0] == '0' && (!s->align || s->align == '=') &&
	    s->width > (int)strlen(lead))
		min = s->width - strlen(lead);
	grouped = group_digits(digits, s->group, step, min);
	free(digits);
	return grouped;
}

static char *
format_char(const struct value *v, struct errmsg *em)
{
	char buf[2] = { 0 };

	if (v->kind == VALUE_INT && v->i > 0 && v->i < 128) {
		buf[0] = (char)v->i;
		return strdup(buf);
	}
	errmsg_set(em, "%%c arg not in range(128)");
	return NULL;
}

static unsigned
base_of(char type)
{
	switch (type) {
	case 'b':
		return 2;
	case 'o':
		return 8;
	case 'x':
	case 'X':
		return 16;
	}
	return 10;
}

static char *
format_int(const struct formatspec *s, const struct value *v, char lead[4],
    struct errmsg *em)
{
	unsigned base = base_of(s->type);
	bool is_negative = v->kind == VALUE_INT && v->i < 0;
	uint64_t n = v->kind == VALUE_BOOL ? v->b : v->id;
	char buf[DIGITS_MAX];

	if (s->prec >= 0) {
		errmsg_set(
		    em, "Precision not allowed in integer format specifier");
		return NULL;
	}
	if (s->no_minus) {
		errmsg_set(em, "Negative zero coercion (z) not allowed in "
			       "integer format specifier");
		return NULL;
	}
	if (s->group == ',' && base != 10) {
		errmsg_set(em, "Cannot specify ',' with '%c'.", s->type);
		return NULL;
	}
	if (s->type == 'c') {
		lead[0] = '\0';
		return format_char(v, em);
	}
	set_sign(lead, s->sign, is_negative);
	if (s->alt && base != 10) {
		char prefix[3] = { '0', s->type, '\0' };

		strlcat(lead, prefix, 4);
	}
	int_digits(buf, is_negative ? -n : n, base, s->type == 'X');
	return finish(s, strdup(buf), lead, base == 10 ? 3 : 4);
}

/* Without a type, a precision means significant digits, but a point stays:
 * "100.0", and 1e+02 rather than 100. with as many digits as that. */
static char *
general_digits(double x, int prec)
{
	char sci[32];
	int exponent, n;
	char *out, *e;

	prec = prec < 1 ? 1 : prec > 17 ? 17 : prec;
	snprintf(sci, sizeof(sci), "%.*e", prec - 1, x);
	exponent = strtol(strchr(sci, 'e') + 1, NULL, 10);
	if (exponent < -4 || exponent >= prec - 1) {
		/* drop zeros at the end of the mantissa */
		e = strchr(sci, 'e');
		n = e - sci;
		while (memchr(sci, '.', n) && strchr("0.", sci[n - 1]))
			n--;
		return asprintf(&out, "%.*s%s", n, sci, e) < 0 ? NULL : out;
	}
	if (asprintf(&out, "%.*g", prec, x) < 0)
		return NULL;
	if (strpbrk(out, ".n")) /* nan, inf */
		return out;
	e = out;
	n = asprintf(&out, "%s.0", e);
	free(e);
	return n < 0 ? NULL : out;
}

static char *
float_digits(const struct formatspec *s, double x)
{
	char conv[8], buf[32], *out;
	int prec = s->prec < 0 ? 6 : s->prec;

	if (!s->type && !isfinite(x))
		return strdup(value_float_text(buf, sizeof(buf), x));
	if (!s->type)
		return s->prec < 0
			   ? strdup(value_float_text(buf, sizeof(buf), x))
			   : general_digits(x, s->prec);
	if (s->type == '%')
		return asprintf(&out, "%.*f%%", prec, x * 100) < 0 ? NULL : out;
	snprintf(conv, sizeof(conv), "%%%s.*%c", s->alt ? "#" : "",
	    s->type == 'n' ? 'g' : s->type);
	return asprintf(&out, conv, prec, x) < 0 ? NULL : out;
}

static char *
format_float(
    const struct formatspec *s, double x, char lead[4], struct errmsg *em)
{
	bool is_negative = signbit(x);
	char *digits;

	if (s->type && !strchr("eEfFgGn%", s->type)) {
		errmsg_set(em,
		    "Unknown format code '%c' for object of type 'float'",
		    s->type);
		return NULL;
	}
	digits = float_digits(s, fabs(x));
	if (digits && s->no_minus && !strpbrk(digits, "123456789"))
		is_negative = false;
	set_sign(lead, s->sign, is_negative);
	return finish(s, digits, lead, 3);
}

static double
to_double(const struct value *v)
{
	if (v->kind == VALUE_FLOAT)
		return v->f;
	if (v->kind == VALUE_JOBID)
		return (double)v->id;
	return v->kind == VALUE_BOOL ? v->b : (double)v->i;
}

char *
formatspec_number(const struct formatspec *s, const struct value *v,
    char lead[4], struct errmsg *em)
{
	lead[0] = '\0';
	if (v->kind == VALUE_FLOAT || (s->type && strchr("eEfFgG%", s->type)))
		return format_float(s, to_double(v), lead, em);
	if (s->type && !strchr("bcdoxXn", s->type)) {
		errmsg_set(em,
		    "Unknown format code '%c' for object of type 'int'",
		    s->type);
		return NULL;
	}
	return format_int(s, v, lead, em);
}
