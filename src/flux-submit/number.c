/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <errno.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "number.h"

enum { SIZE = 128 };

/* Without blanks around it and underscores between digits, in buf. */
static int
clean(const char *s, char buf[SIZE])
{
	size_t len, n = 0;

	while (isspace((unsigned char)*s))
		s++;
	len = strlen(s);
	while (len > 0 && isspace((unsigned char)s[len - 1]))
		len--;
	if (len == 0 || len >= SIZE)
		return -1;
	for (size_t i = 0; i < len; i++) {
		if (s[i] != '_')
			buf[n++] = s[i];
		else if (i == 0 || !isdigit((unsigned char)s[i - 1]) ||
			 !isdigit((unsigned char)s[i + 1]))
			return -1;
	}
	buf[n] = '\0';
	return 0;
}

int
number_int(const char *s, long long *n)
{
	char buf[SIZE], *end;
	long long v;

	if (clean(s, buf) < 0 || isspace((unsigned char)buf[0]))
		return -1;
	errno = 0;
	v = strtoll(buf, &end, 10);
	if (end == buf || *end || errno)
		return -1;
	*n = v;
	return 0;
}

int
number_float(const char *s, double *x)
{
	char buf[SIZE], *end;
	locale_t c;
	double v;

	if (clean(s, buf) < 0 || strpbrk(buf, "xX("))
		return -1;
	c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	v = strtod_l(buf, &end, c);
	freelocale(c);
	if (end == buf || *end)
		return -1;
	*x = v;
	return 0;
}
