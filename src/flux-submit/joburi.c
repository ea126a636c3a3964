/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <limits.h>
#include <math.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "datetime.h"
#include "fsd.h"
#include "joburi.h"
#include "number.h"
#include "value.h"

/* ---- URIs ---- */

static bool
is_scheme(const char *s, size_t len)
{
	if (len == 0 || !isalpha((unsigned char)*s))
		return false;
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)s[i]) && !strchr("+-.", s[i]))
			return false;
	return true;
}

static int
hex(char c)
{
	if (isdigit((unsigned char)c))
		return c - '0';
	return tolower((unsigned char)c) - 'a' + 10;
}

/* %41 and + of a query, in place. */
static void
decode_query(char *s)
{
	char *out = s;

	while (*s) {
		if (*s == '%' && isxdigit((unsigned char)s[1]) &&
		    isxdigit((unsigned char)s[2])) {
			*out++ = hex(s[1]) * 16 + hex(s[2]);
			s += 3;
		} else {
			*out++ = *s == '+' ? ' ' : *s;
			s++;
		}
	}
	*out = '\0';
}

/* A number if it is one that JSON can say. */
static json_t *
query_value(const char *s)
{
	long long n;
	double x;

	if (number_int(s, &n) == 0)
		return json_integer(n);
	if (number_float(s, &x) == 0 && isfinite(x))
		return json_real(x);
	return json_string(s);
}

/* A key that comes again makes an array. */
static void
add_value(json_t *o, const char *key, json_t *value)
{
	json_t *old = json_object_get(o, key);

	if (json_is_array(old))
		json_array_append_new(old, value);
	else if (old && strcmp(key, "scheme") != 0 && strcmp(key, "value") != 0)
		json_object_set_new(o, key, json_pack("[O o]", old, value));
	else
		json_object_set_new(o, key, value);
}

static void
add_query(json_t *o, char *query)
{
	char *pair, *value;

	while ((pair = strsep(&query, "&"))) {
		value = strchr(pair, '=');
		if (!value || !value[1])
			continue;
		*value++ = '\0';
		decode_query(pair);
		decode_query(value);
		add_value(o, pair, query_value(value));
	}
}

/* What no URI has: blanks before it, tabs and newlines (malloc'd). */
static char *
without_blanks(const char *text)
{
	char *copy = strdup(text + strspn(text, " \t\r\n")), *out = copy;

	if (!copy)
		return NULL;
	for (const char *s = copy; *s; s++)
		if (!strchr("\t\r\n", *s))
			*out++ = *s;
	*out = '\0';
	return copy;
}

json_t *
joburi_parse(const char *text, const char *what, struct errmsg *em)
{
	char *copy = without_blanks(text), *value, *query;
	size_t len;
	json_t *o = NULL;

	if (!copy) {
		errmsg_set(em, "out of memory");
		return NULL;
	}
	len = strcspn(copy, ":");
	if (!is_scheme(copy, len)) {
		errmsg_set(em, "Invalid %s URI \"%s%s\"", what, text,
		    copy[len] ? "" : ":");
		goto out;
	}
	value = copy + len + (copy[len] == ':');
	copy[len] = '\0';
	for (char *c = copy; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	value[strcspn(value, "#")] = '\0';
	if ((query = strchr(value, '?')))
		*query++ = '\0';
	if (!(o = json_pack("{s:s s:s}", "scheme", copy, "value", value)))
		errmsg_set(em, "Invalid %s URI \"%s\"", what, text);
	else
		add_query(o, query);
out:
	free(copy);
	return o;
}

/* ---- times ---- */

json_t *
joburi_begin_time(const char *text, double now, struct errmsg *em)
{
	char buf[32];
	double t;

	if (*text == '+') {
		if (fsd_parse(text + 1, &t) < 0) {
			errmsg_set(em, "invalid Flux standard duration");
			return NULL;
		}
		t += now;
	} else if (datetime_parse(text, now, &t) < 0) {
		errmsg_set(em, "Invalid datetime: \"%s\"", text);
		return NULL;
	}
	return json_pack("{s:s s:s}", "scheme", "begin-time", "value",
	    value_float_text(buf, sizeof(buf), t));
}

/* ---- signals ---- */

/* Seconds, unless the option says. */
enum { TIMELEFT = 60 };

static const struct {
	const char *name;
	int signum;
} signal_aliases[] = { { "CLD", SIGCHLD }, { "IOT", SIGABRT },
	{ "POLL", SIGPOLL }, { "STKFLT", SIGSTKFLT } };

/* Of a name without SIG, which is in capitals; -1: there is none. */
static int
signal_named(const char *s)
{
	if (strcmp(s, "RTMIN") == 0)
		return SIGRTMIN;
	if (strcmp(s, "RTMAX") == 0)
		return SIGRTMAX;
	for (size_t i = 0; i < sizeof(signal_aliases) / sizeof(*signal_aliases);
	     i++)
		if (strcmp(signal_aliases[i].name, s) == 0)
			return signal_aliases[i].signum;
	for (int i = 1; i < SIGRTMIN; i++) {
		const char *name = sigabbrev_np(i);
		if (name && strcmp(name, s) == 0)
			return i;
	}
	return -1;
}

static int
parse_signal(const char *text, char *name, int *signum, double *timeleft,
    struct errmsg *em)
{
	char *at = strchr(name, '@');
	long long n;

	if (at)
		*at++ = '\0';
	if (*name && number_int(name, &n) == 0) {
		if (n <= 0)
			return errmsg_set(
			    em, "--signal=%s: signal must be > 0", text);
		*signum = n > INT_MAX ? -1 : (int)n;
	} else if (*name) {
		*signum =
		    signal_named(strncmp(name, "SIG", 3) ? name : name + 3);
	}
	if (*signum < 0)
		return errmsg_set(
		    em, "--signal=%s: signal '%s' is invalid", text, name);
	if (at && *at && (fsd_parse(at, timeleft) < 0 || !isfinite(*timeleft)))
		return errmsg_set(
		    em, "--signal=%s: invalid Flux standard duration", text);
	return 0;
}

json_t *
joburi_signal(const char *text, struct errmsg *em)
{
	char *name = strdup(text);
	int signum = SIGUSR1;
	double timeleft = -1;
	json_t *o = NULL;

	if (!name)
		errmsg_set(em, "out of memory");
	else if (parse_signal(text, name, &signum, &timeleft, em) == 0)
		o = json_pack("{s:i s:o}", "signum", signum, "timeleft",
		    timeleft < 0 ? json_integer(TIMELEFT)
				 : json_real(timeleft));
	free(name);
	return o;
}
