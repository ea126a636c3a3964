/* SPDX-License-Identifier: MIT */
/*
 * RFC 23 durations. Numbers are read and written with a point whatever the
 * locale of the program: it is text that other programs read.
 */
#include <ctype.h>
#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fsd.h"

static const struct {
	const char *name;
	double seconds;
} units[] = {
	{ "", 1 },
	{ "ms", 0.001 },
	{ "s", 1 },
	{ "m", 60 },
	{ "h", 3600 },
	{ "d", 86400 },
};

static double
c_strtod(const char *s, char **end)
{
	locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	double x = strtod_l(s, end, c);

	freelocale(c);
	return x;
}

/* strtod also takes nan, hexadecimal and minus signs; durations do not. */
static int
number_parse(const char *s, const char **end, double *x)
{
	char *e;
	const char *digits = s + (*s == '+');

	if (strncasecmp(digits, "inf", 3) != 0) {
		if (!isdigit((unsigned char)*digits) && *digits != '.')
			return -1;
		if (digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X'))
			return -1;
	}
	*x = c_strtod(s, &e);
	/* infinity has no unit, and a number out of range is not infinity */
	if (e == s || (isinf(*x) && (!isalpha((unsigned char)*digits) || *e)))
		return -1;
	*end = e;
	return 0;
}

int
fsd_parse(const char *s, double *seconds)
{
	double x;
	size_t i;

	while (isspace((unsigned char)*s))
		s++;
	if (number_parse(s, &s, &x) < 0)
		goto error;
	while (isspace((unsigned char)*s))
		s++;
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(s, units[i].name) == 0) {
			*seconds = x * units[i].seconds;
			return 0;
		}
	}
error:
	errno = EINVAL;
	return -1;
}

static char *
format(char *buf, size_t size, double seconds, int digits)
{
	locale_t c, old;
	double x = seconds;
	const char *unit = "s";

	if (isinf(seconds)) {
		snprintf(buf, size, "infinity");
		return buf;
	}
	if (seconds > 0 && seconds < 0.1)
		x = seconds * 1000, unit = "ms";
	else if (seconds >= 86400)
		x = seconds / 86400, unit = "d";
	else if (seconds >= 3600)
		x = seconds / 3600, unit = "h";
	else if (seconds >= 60)
		x = seconds / 60, unit = "m";
	c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	old = uselocale(c);
	snprintf(buf, size, "%.*g%s", digits, x, unit);
	uselocale(old);
	freelocale(c);
	return buf;
}

char *
fsd_format(char *buf, size_t size, double seconds)
{
	return format(buf, size, seconds, 6);
}

char *
fsd_format_short(char *buf, size_t size, double seconds)
{
	return format(buf, size, seconds, 2);
}
