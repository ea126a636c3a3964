/* SPDX-License-Identifier: MIT */
/*
 * Conversions of output formats. What prints as nothing stays nothing under
 * all of them but s, r and a; what is no number is an error.
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "formatconv.h"
#include "utf8.h"

#define ISO_DATE "%Y-%m-%dT%H:%M:%S"

char *
format_duration(char *buf, size_t size, double x)
{
	if (isinf(x))
		snprintf(buf, size, x < 0 ? "-inf" : "inf");
	else if (x < 0.001)
		snprintf(buf, size, "0s");
	else if (x < 10)
		snprintf(buf, size, "%.3fs", x);
	else if (x < 60)
		snprintf(buf, size, "%.4gs", x);
	else if (x < 3600)
		snprintf(buf, size, "%.4gm", x / 60);
	else if (x < 86400)
		snprintf(buf, size, "%.4gh", x / 3600);
	else
		snprintf(buf, size, "%.4gd", x / 86400);
	return buf;
}

char *
format_memory(char *buf, size_t size, double kb)
{
	static const char units[] = "KMGTPE";
	const char *u = units;

	if (isinf(kb)) {
		snprintf(buf, size, kb < 0 ? "-inf" : "inf");
		return buf;
	}
	for (; fabs(kb) >= 1024 && u[1]; u++)
		kb /= 1024;
	snprintf(buf, size, "%.4g%c", kb, *u);
	return buf;
}

static char *
convert_M(double x)
{
	char buf[32];

	return strdup(format_memory(buf, sizeof(buf), x));
}

static char *
convert_F(double x)
{
	char buf[32];

	return strdup(format_duration(buf, sizeof(buf), x));
}

static char *
convert_H(double x)
{
	char buf[64];
	int64_t s, days;

	if (isinf(x))
		return strdup("inf");
	if (!(fabs(x) < 1e15))
		return strdup("?");
	/* nearbyint rounds half to even; what ran at all shows a second */
	s = x > 0 && x < 1 ? 1 : (int64_t)nearbyint(x);
	days = s / 86400 - (s % 86400 < 0);
	s -= days * 86400;
	buf[0] = '\0';
	if (days != 0)
		snprintf(buf, sizeof(buf), "%" PRId64 " day%s, ", days,
		    days == 1 || days == -1 ? "" : "s");
	snprintf(buf + strlen(buf), sizeof(buf) - strlen(buf), "%d:%02d:%02d",
	    (int)(s / 3600), (int)(s / 60 % 60), (int)(s % 60));
	return strdup(buf);
}

static char *
convert_P(double x)
{
	char buf[32];
	double v = x * 100;

	snprintf(buf, sizeof(buf), v > 0 && v < 1 ? "%.2f%%" : "%.3g%%", v);
	return strdup(buf);
}

/* strftime does not know %f; and a time in listings has no zone. */
static char *
expand_pattern(const char *pattern, long usec)
{
	char *out = NULL;
	size_t size;
	FILE *fp = open_memstream(&out, &size);

	if (!fp)
		return NULL;
	/* strftime returns 0 for an empty result as for one that is too
	 * long: a blank that is taken off again tells them apart */
	fputc(' ', fp);
	for (; *pattern; pattern++) {
		if (pattern[0] != '%' || pattern[1] == '\0') {
			fputc(*pattern, fp);
			continue;
		}
		pattern++;
		if (*pattern == 'f')
			fprintf(fp, "%06ld", usec);
		else if (*pattern != 'z' && *pattern != 'Z')
			fprintf(fp, "%%%c", *pattern);
	}
	if (fclose(fp) == EOF) {
		free(out);
		return NULL;
	}
	return out;
}

static char *
strftime_alloc(const char *pattern, const struct tm *tm)
{
	size_t size;
	char *out;

	for (size = 64; size <= 65536; size *= 4) {
		out = malloc(size);
		if (!out)
			return NULL;
		if (strftime(out, size, pattern, tm) > 0) {
			memmove(out, out + 1, strlen(out));
			return out;
		}
		free(out);
	}
	return NULL;
}

static char *
date_text(const char *pattern, double t, struct errmsg *em)
{
	double whole = floor(t);
	long usec = lrint((t - whole) * 1e6);
	time_t sec;
	struct tm tm;
	char *expanded, *out;

	if (!(fabs(t) < 1e12)) {
		errmsg_set(em, "time is out of range");
		return NULL;
	}
	sec = (time_t)whole;
	if (usec >= 1000000) {
		usec -= 1000000;
		sec++;
	}
	if (!localtime_r(&sec, &tm)) {
		errmsg_set(em, "time is out of range");
		return NULL;
	}
	expanded = expand_pattern(pattern, usec);
	out = expanded ? strftime_alloc(expanded, &tm) : NULL;
	free(expanded);
	if (!out)
		errmsg_set(em, "invalid date format '%s'", pattern);
	return out;
}

static int
number_of(const struct value *v, double *x)
{
	switch (v->kind) {
	case VALUE_INT:
		*x = (double)v->i;
		return 0;
	case VALUE_JOBID:
		*x = (double)v->id;
		return 0;
	case VALUE_FLOAT:
		*x = v->f;
		return 0;
	case VALUE_BOOL:
		*x = v->b;
		return 0;
	default:
		return -1;
	}
}

static bool
prints_nothing(const struct value *v)
{
	return v->kind == VALUE_UNSET || v->kind == VALUE_MISSING ||
	       (v->kind == VALUE_STR && *v->s == '\0');
}

char *
format_date(const char *pattern, const struct value *v, struct errmsg *em)
{
	double t = 0;

	if (prints_nothing(v))
		return strdup("");
	if (number_of(v, &t) < 0) {
		errmsg_set(
		    em, "'str' object cannot be interpreted as an integer");
		return NULL;
	}
	return t == 0 ? strdup("") : date_text(pattern, t, em);
}

static int
convert_number(
    uint32_t conv, const struct value *in, struct value *out, struct errmsg *em)
{
	double x;

	if (prints_nothing(in))
		return value_str(out, "");
	if (conv == 'd' || conv == 'D')
		return value_take(out, format_date(ISO_DATE, in, em));
	if (number_of(in, &x) < 0)
		return errmsg_set(em, "must be real number, not str");
	if (conv == 'F')
		return value_take(out, convert_F(x));
	if (conv == 'M')
		return value_take(out, convert_M(x));
	return value_take(out, conv == 'H' ? convert_H(x) : convert_P(x));
}

static void
put_quoted(FILE *fp, uint32_t c, char mark, bool is_ascii)
{
	const char *escapes = "\n\r\t", *e;

	if (c == '\\' || c == (unsigned char)mark)
		fprintf(fp, "\\%c", (int)c);
	else if (c < 0x80 && (e = strchr(escapes, (int)c)))
		fprintf(fp, "\\%c", "nrt"[e - escapes]);
	else if (c < 0x20 || c == 0x7f)
		fprintf(fp, "\\x%02x", (unsigned)c);
	else if (c < 0x80)
		fputc((int)c, fp);
	else if (is_ascii)
		fprintf(fp, c > 0xffff ? "\\U%08x" : "\\u%04x", (unsigned)c);
}

/* Quoted as Python does it, so that blanks and control bytes can be seen. */
static char *
quote(const char *s, bool is_ascii)
{
	char mark = strchr(s, '\'') && !strchr(s, '"') ? '"' : '\'';
	char *out = NULL;
	size_t size, len;
	FILE *fp = open_memstream(&out, &size);

	if (!fp)
		return NULL;
	fputc(mark, fp);
	for (; *s; s += len) {
		uint32_t c = utf8_decode(s, &len);

		put_quoted(fp, c, mark, is_ascii);
		if (c >= 0x80 && !is_ascii)
			fwrite(s, 1, len, fp);
	}
	fputc(mark, fp);
	if (fclose(fp) == EOF) {
		free(out);
		return NULL;
	}
	return out;
}

static int
convert_text(uint32_t conv, const struct value *in, struct value *out)
{
	char *text = value_text(in), *quoted;

	if (!text || conv == 's' || in->kind != VALUE_STR)
		return value_take(out, text);
	quoted = quote(text, conv == 'a');
	free(text);
	return value_take(out, quoted);
}

static int
unknown_conversion(uint32_t conv, struct errmsg *em)
{
	if (conv > 0x20 && conv < 0x7f)
		return errmsg_set(
		    em, "Unknown conversion specifier %c", (int)conv);
	return errmsg_set(
	    em, "Unknown conversion specifier U+%04X", (unsigned)conv);
}

int
format_convert(
    uint32_t conv, const struct value *in, struct value *out, struct errmsg *em)
{
	switch (conv) {
	case 's':
	case 'r':
	case 'a':
		return convert_text(conv, in, out);
	case 'd':
	case 'D':
	case 'F':
	case 'H':
	case 'M':
	case 'P':
		return convert_number(conv, in, out, em);
	}
	return unknown_conversion(conv, em);
}
