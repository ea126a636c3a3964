/* SPDX-License-Identifier: MIT */
/*
 * TAP on stdout. The plan comes last, so that a test that dies early is seen
 * to have no plan. The counters are the one thing that is global: a test
 * program has one output.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tap.h"

static int ntests, nfailed;

static void
print_result(int passed, const char *fmt, va_list ap)
{
	char name[200], *c;

	vsnprintf(name, sizeof(name), fmt, ap);
	/* these mean something in TAP */
	for (c = name; (c = strpbrk(c, "#\n")); c++)
		*c = ' ';
	printf("%sok %d - %s\n", passed ? "" : "not ", ++ntests, name);
	if (!passed)
		nfailed++;
}

int
tap_ok(int passed, const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print_result(passed, fmt, ap);
	va_end(ap);
	if (!passed)
		diag("at %s:%d", file, line);
	return passed;
}

int
tap_is_str(const char *got, const char *expected, const char *file, int line,
    const char *fmt, ...)
{
	int same =
	    got && expected ? strcmp(got, expected) == 0 : got == expected;
	va_list ap;

	va_start(ap, fmt);
	print_result(same, fmt, ap);
	va_end(ap);
	if (!same)
		diag("at %s:%d\n     got: %s\nexpected: %s", file, line,
		    got ? got : "(null)", expected ? expected : "(null)");
	return same;
}

int
tap_is_int(long long got, long long expected, const char *file, int line,
    const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print_result(got == expected, fmt, ap);
	va_end(ap);
	if (got != expected)
		diag("at %s:%d: got %lld, expected %lld", file, line, got,
		    expected);
	return got == expected;
}

void
diag(const char *fmt, ...)
{
	char text[4096], *line, *rest = text;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	while ((line = strsep(&rest, "\n")))
		printf("# %s\n", line);
}

void
skip(const char *reason)
{
	printf("ok %d # skip %s\n", ++ntests, reason);
}

int
done_testing(void)
{
	printf("1..%d\n", ntests);
	return fflush(stdout) != 0 || nfailed > 0;
}
