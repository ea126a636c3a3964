/* SPDX-License-Identifier: MIT */
/*
 * Eventlog entries as people read them.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "eventfmt.h"

static const char *const reset = "\033[0m";
static const char *const green = "\033[32m", *const yellow = "\033[33m",
			 *const blue = "\033[34m", *const magenta = "\033[35m",
			 *const white = "\033[37m",
			 *const bold_red = "\033[1m\033[31m",
			 *const bold_green = "\033[1m\033[32m";

int
eventfmt_set_format(struct eventfmt *f, const char *name)
{
	if (strcmp(name, "text") != 0 && strcmp(name, "json") != 0) {
		errno = EINVAL;
		return -1;
	}
	f->json = strcmp(name, "json") == 0;
	return 0;
}

int
eventfmt_set_time(struct eventfmt *f, const char *name)
{
	static const struct {
		const char *name;
		enum eventfmt_time time;
	} names[] = {
		{ "raw", EVENTFMT_RAW },
		{ "iso", EVENTFMT_ISO },
		{ "offset", EVENTFMT_OFFSET },
		{ "human", EVENTFMT_HUMAN },
		{ "reltime", EVENTFMT_HUMAN },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (strcmp(name, names[i].name) == 0) {
			f->time = names[i].time;
			return 0;
		}
	}
	errno = EINVAL;
	return -1;
}

/* ---- time ---- */

/* The zone of a local time: Z, or +01:00. */
static void
zone(char *buf, size_t size, const struct tm *tm)
{
	char z[8] = "";

	strftime(z, sizeof(z), "%z", tm);
	if (tm->tm_gmtoff == 0)
		snprintf(buf, size, "Z");
	else
		snprintf(buf, size, "%.3s:%.2s", z, z + 3);
}

static void
put_iso(char *buf, size_t size, double t)
{
	time_t sec = floor(t);
	int usec = (t - floor(t)) * 1e6;
	char date[32], tz[16];
	struct tm tm;

	localtime_r(&sec, &tm);
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm);
	zone(tz, sizeof(tz), &tm);
	snprintf(buf, size, "%s.%06d%s", date, usec, tz);
}

/* Returns true for a line with the date. */
static bool
put_human(struct eventfmt *f, char *buf, size_t size, double t)
{
	time_t sec = floor(t);
	struct tm tm;

	if (f->minute != 0 && floor(t / 60) == floor(f->minute / 60)) {
		snprintf(buf, size, "[%+11.6f]", t - f->minute);
		return false;
	}
	f->minute = t;
	localtime_r(&sec, &tm);
	strftime(buf, size, "[%b%d %H:%M]", &tm);
	return true;
}

static const char *
put_time(struct eventfmt *f, char *buf, size_t size, double t)
{
	if (f->first == 0)
		f->first = t;
	switch (f->time) {
	case EVENTFMT_RAW:
		snprintf(buf, size, "%.6f", t);
		break;
	case EVENTFMT_ISO:
		put_iso(buf, size, t);
		break;
	case EVENTFMT_OFFSET:
		snprintf(buf, size, "%*.6f", f->offset_width, t - f->first);
		break;
	case EVENTFMT_HUMAN:
		if (put_human(f, buf, size, t))
			return bold_green;
		break;
	}
	return green;
}

void
eventfmt_skip(struct eventfmt *f, const struct event *e)
{
	if (f->first == 0)
		f->first = e->timestamp;
}

/* ---- the line ---- */

static void
put(const struct eventfmt *f, FILE *out, const char *color, const char *s)
{
	if (f->color)
		fprintf(out, "%s%s%s", color, s, reset);
	else
		fputs(s, out);
}

static void
put_context(const struct eventfmt *f, FILE *out, json_t *context)
{
	const char *key;
	json_t *value;

	json_object_foreach(context, key, value) {
		char *s = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);

		fputc(' ', out);
		put(f, out, blue, key);
		fputc('=', out);
		put(f, out, json_is_number(value) ? white : magenta,
		    s ? s : "");
		free(s);
	}
}

char *
eventfmt_line(struct eventfmt *f, const struct event *e)
{
	bool exception = strcmp(e->name, "exception") == 0;
	const char *color;
	char *line = NULL, when[80];
	size_t size;
	FILE *out;

	if (f->json)
		return json_dumps(e->json, JSON_COMPACT);
	if (!(out = open_memstream(&line, &size)))
		return NULL;
	color = put_time(f, when, sizeof(when), e->timestamp);
	put(f, out, color, when);
	fputc(' ', out);
	put(f, out, exception ? bold_red : yellow, e->name);
	put_context(f, out, e->context);
	if (fclose(out) == EOF) {
		free(line);
		return NULL;
	}
	return line;
}
