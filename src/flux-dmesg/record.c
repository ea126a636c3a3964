/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "record.h"

static const char *const severities[] = { "emerg", "alert", "crit", "err",
	"warning", "notice", "info", "debug" };

const char *
record_severity(const struct record *r)
{
	return severities[r->severity];
}

/* 2026-11-23T08:22:53.032381Z */
static int
parse_time(const char *s, double *t)
{
	struct tm tm = { 0 };
	double fraction = 0;
	const char *p = strptime(s, "%Y-%m-%dT%H:%M:%S", &tm);
	char *end;

	if (!p)
		return -1;
	if (*p == '.') {
		fraction = strtod(p, &end);
		p = end;
	}
	if (strcmp(p, "Z") != 0)
		return -1;
	*t = timegm(&tm) + fraction;
	return 0;
}

int
record_decode(struct record *r, const char *line)
{
	char when[40];
	int pri, n = 0;

	if (sscanf(line, "<%d>1 %39s %d %63s %*s %*s %*s%n", &pri, when,
		&r->rank, r->name, &n) != 4 ||
	    n == 0 || pri < 0 || parse_time(when, &r->time) < 0) {
		errno = EINVAL;
		return -1;
	}
	r->severity = (pri >> 3) & 7;
	r->text = line + n + (line[n] == ' ');
	return 0;
}
