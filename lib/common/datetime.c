/* SPDX-License-Identifier: MIT */
/*
 * Dates as people write them. The words are taken one by one; each sets the
 * day, the time of day or moves the moment. What is left over is an error.
 */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "datetime.h"
#include "fsd.h"

enum { WORDS_MAX = 8, WORD_SIZE = 32 };

struct parser {
	char word[WORDS_MAX][WORD_SIZE]; /* lower case */
	int n, i;
	time_t now;
	struct tm tm;
	bool have_time;
	double shift; /* seconds to be added at the end */
};

static int
split(struct parser *p, const char *s)
{
	while (*(s += strspn(s, " \t,"))) {
		size_t n = strcspn(s, " \t,");

		if (p->n == WORDS_MAX || n >= WORD_SIZE)
			return -1;
		for (size_t k = 0; k < n; k++)
			p->word[p->n][k] = tolower((unsigned char)s[k]);
		p->word[p->n++][n] = '\0';
		s += n;
	}
	return p->n > 0 ? 0 : -1;
}

static const char *
peek(const struct parser *p, int ahead)
{
	return p->i + ahead < p->n ? p->word[p->i + ahead] : "";
}

static void
set_time(struct parser *p, int hour, int min, int sec)
{
	p->tm.tm_hour = hour;
	p->tm.tm_min = min;
	p->tm.tm_sec = sec;
	p->have_time = true;
}

/* A word for a day: its first second, unless a time of day comes, too. */
static void
set_day(struct parser *p, int days)
{
	p->tm.tm_mday += days;
	if (!p->have_time)
		p->tm.tm_hour = p->tm.tm_min = p->tm.tm_sec = 0;
}

/* ---- kinds of words; each returns how many it took, 0 = not one of its ----
 */

static int
day_word(struct parser *p)
{
	static const struct {
		const char *name;
		int days;
	} names[] = { { "today", 0 }, { "yesterday", -1 }, { "tomorrow", 1 } };

	for (int k = 0; k < 3; k++) {
		if (strcmp(peek(p, 0), names[k].name) == 0) {
			set_day(p, names[k].days);
			return 1;
		}
	}
	return 0;
}

/* monday or mon: 1; -1 = none. */
static int
weekday(const char *word)
{
	static const char *const names[] = { "sunday", "monday", "tuesday",
		"wednesday", "thursday", "friday", "saturday" };

	for (int k = 0; k < 7 && strlen(word) >= 3; k++)
		if (strncmp(names[k], word, strlen(word)) == 0)
			return k;
	return -1;
}

/* [last|next] monday */
static int
weekday_words(struct parser *p)
{
	bool last = strcmp(peek(p, 0), "last") == 0;
	bool next = strcmp(peek(p, 0), "next") == 0;
	int day = weekday(peek(p, last || next)), delta;

	if (day < 0)
		return 0;
	delta = (day - p->tm.tm_wday + 7) % 7;
	if (last)
		delta -= 7;
	else if (delta == 0 && next)
		delta = 7;
	set_day(p, delta);
	return 1 + (last || next);
}

/* Seconds in a unit, singular or plural; 0 = no unit. */
static double
unit(const char *word)
{
	static const struct {
		const char *name;
		double seconds;
	} units[] = { { "second", 1 }, { "sec", 1 }, { "minute", 60 },
		{ "min", 60 }, { "hour", 3600 }, { "hr", 3600 },
		{ "day", 86400 }, { "week", 7 * 86400 } };

	for (size_t k = 0; k < sizeof(units) / sizeof(*units); k++) {
		size_t n = strlen(units[k].name);

		if (strncmp(word, units[k].name, n) == 0 &&
		    (word[n] == '\0' || strcmp(word + n, "s") == 0))
			return units[k].seconds;
	}
	return 0;
}

/* 3 hours ago · in 3 hours · 3 hours from now */
static int
span_words(struct parser *p)
{
	int k = strcmp(peek(p, 0), "in") == 0;
	double seconds = unit(peek(p, k + 1));
	char *end;
	double n = strtod(peek(p, k), &end);

	if (seconds == 0 || end == peek(p, k) || *end || !isfinite(n))
		return 0;
	if (k == 1) {
		p->shift += n * seconds;
		return 3;
	}
	if (strcmp(peek(p, 2), "ago") == 0) {
		p->shift -= n * seconds;
		return 3;
	}
	if (strcmp(peek(p, 2), "from") == 0 && strcmp(peek(p, 3), "now") == 0) {
		p->shift += n * seconds;
		return 4;
	}
	return 0;
}

/* 2021-06-21 · 6/21/2021; an ISO time may follow a T. */
static int
date_word(struct parser *p)
{
	int y, m, d, hour, min, sec = 0, n = 0;
	const char *w = peek(p, 0);

	if (sscanf(w, "%4d-%2d-%2d%n", &y, &m, &d, &n) != 3 || n == 0)
		if (sscanf(w, "%2d/%2d/%4d%n", &m, &d, &y, &n) != 3)
			return 0;
	if (m < 1 || m > 12 || d < 1 || d > 31)
		return 0;
	p->tm.tm_year = y - 1900;
	p->tm.tm_mon = m - 1;
	p->tm.tm_mday = d;
	if (w[n] == '\0')
		return 1;
	if (sscanf(w + n, "t%2d:%2d:%2d", &hour, &min, &sec) < 2)
		return 0;
	set_time(p, hour, min, sec);
	return 1;
}

/* 8am · 8 pm · 9:15 · 06:30:10 · noon · midnight */
static int
time_word(struct parser *p)
{
	const char *w = peek(p, 0), *half;
	int hour, min = 0, sec = 0, n = 0, took = 1;

	if (strcmp(w, "noon") == 0 || strcmp(w, "midnight") == 0) {
		set_time(p, *w == 'n' ? 12 : 0, 0, 0);
		return 1;
	}
	if (sscanf(w, "%2d:%2d:%2d%n", &hour, &min, &sec, &n) != 3 &&
	    sscanf(w, "%2d:%2d%n", &hour, &min, &n) != 2 &&
	    sscanf(w, "%2d%n", &hour, &n) != 1)
		return 0;
	half = w + n;
	if (!*half &&
	    (strcmp(peek(p, 1), "am") == 0 || strcmp(peek(p, 1), "pm") == 0)) {
		half = peek(p, 1);
		took = 2;
	}
	if (strcmp(half, "am") == 0 || strcmp(half, "pm") == 0) {
		if (hour < 1 || hour > 12)
			return 0;
		hour = hour % 12 + (*half == 'p' ? 12 : 0);
	} else if (*half || !strchr(w, ':')) {
		return 0;
	}
	if (hour > 23 || min > 59 || sec > 60 || hour < 0 || min < 0)
		return 0;
	set_time(p, hour, min, sec);
	return took;
}

static int (*const kinds[])(struct parser *p) = {
	day_word,
	weekday_words,
	span_words,
	date_word,
	time_word,
};

static int
parse_words(struct parser *p)
{
	while (p->i < p->n) {
		int took = 0;

		for (size_t k = 0; !took && k < sizeof(kinds) / sizeof(*kinds);
		     k++)
			took = kinds[k](p);
		if (!took)
			return -1;
		p->i += took;
	}
	return 0;
}

/* now, -FSD, +FSD, seconds since the epoch */
static int
parse_exact(const char *s, double now, double *t)
{
	double delta;
	char *end;

	if (strcmp(s, "now") == 0) {
		*t = now;
		return 0;
	}
	if (*s == '-' || *s == '+') {
		if (fsd_parse(s + 1, &delta) < 0 || !isfinite(delta))
			return -1;
		*t = *s == '-' ? now - delta : now + delta;
		return 0;
	}
	delta = strtod(s, &end);
	if (end == s || *end || !isfinite(delta))
		return -1;
	*t = delta;
	return 0;
}

int
datetime_parse(const char *s, double now, double *t)
{
	struct parser p = { .now = now };
	time_t when;

	if (parse_exact(s, now, t) == 0)
		return 0;
	localtime_r(&p.now, &p.tm);
	p.tm.tm_isdst = -1;
	if (split(&p, s) < 0 || parse_words(&p) < 0 ||
	    (when = mktime(&p.tm)) == (time_t)-1) {
		errno = EINVAL;
		return -1;
	}
	*t = when + p.shift;
	return 0;
}
