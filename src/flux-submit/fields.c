/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <err.h>
#include <math.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "constraint.h"
#include "datetime.h"
#include "fields.h"
#include "fsd.h"

static double
wall_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

json_t *
field_duration(const struct args *a)
{
	const char *text = args_get(a, 't');
	double t;
	char *end;

	if (!text)
		return NULL;
	t = strtod(text, &end);
	if (end != text && *end == '\0' && isfinite(t))
		t *= 60;
	else if (fsd_parse(text, &t) < 0)
		errx(1, "ERROR: invalid Flux standard duration");
	if (t < 0)
		errx(1, "ERROR: duration must not be negative");
	if (!isfinite(t))
		errx(1, "ERROR: duration must be a normal, finite value");
	return json_real(t);
}

/* "USR1", "SIGUSR1" or a number. */
static int
signal_number(const char *text)
{
	const char *name = strncasecmp(text, "SIG", 3) == 0 ? text + 3 : text;
	char *end;
	long n = strtol(text, &end, 10);

	if (end != text && *end == '\0') {
		if (n <= 0)
			errx(1, "ERROR: --signal=%s: signal must be > 0", text);
		return (int)n;
	}
	for (int i = 1; i < NSIG; i++)
		if (sigabbrev_np(i) && strcasecmp(sigabbrev_np(i), name) == 0)
			return i;
	errx(1, "ERROR: --signal=%s: signal '%s' is invalid", text, text);
}

json_t *
field_signal(const struct args *a)
{
	const char *text = args_get(a, OPT_SIGNAL), *at;
	int signum = SIGUSR1;
	double left;
	char *name;

	if (!text)
		return NULL;
	at = strchr(text, '@');
	name = at ? strndup(text, at - text) : strdup(text);
	if (!name)
		err(1, NULL);
	if (*name)
		signum = signal_number(name);
	free(name);
	if (!at)
		return json_pack("{s:i s:i}", "signum", signum, "timeleft", 60);
	if (fsd_parse(at + 1, &left) < 0)
		errx(1, "ERROR: --signal=%s: invalid Flux standard duration",
		    text);
	return json_pack("{s:i s:f}", "signum", signum, "timeleft", left);
}

json_t *
field_taskmap(const struct args *a)
{
	const char *text = args_get(a, OPT_TASKMAP);
	size_t n;

	if (!text)
		return NULL;
	n = strcspn(text, ":");
	if (n == 0)
		errx(1, "ERROR: Invalid taskmap URI \"%s%s\"", text,
		    text[n] ? "" : ":");
	return json_pack("{s:s% s:s}", "scheme", text, n, "value",
	    text[n] ? text + n + 1 : "");
}

/* ---- dependencies ---- */

static json_t *
query_value(const char *text)
{
	char *end;
	long long n = strtoll(text, &end, 10);

	if (end != text && *end == '\0')
		return json_integer(n);
	return json_string(text);
}

/* key=val&key=val: repeated keys become arrays. */
static void
add_query(json_t *dep, char *query)
{
	char *pair, *eq;
	json_t *old;

	while ((pair = strsep(&query, "&"))) {
		if (!(eq = strchr(pair, '=')))
			continue;
		*eq = '\0';
		old = json_object_get(dep, pair);
		if (!old)
			json_object_set_new(dep, pair, query_value(eq + 1));
		else if (json_is_array(old))
			json_array_append_new(old, query_value(eq + 1));
		else
			json_object_set_new(dep, pair,
			    json_pack("[O o]", old, query_value(eq + 1)));
	}
}

static json_t *
dependency(const char *text)
{
	char *copy = strdup(text), *value, *query;
	json_t *dep;

	if (!copy)
		err(1, NULL);
	if ((query = strchr(copy, '?')))
		*query++ = '\0';
	if ((value = strchr(copy, ':')))
		*value++ = '\0';
	if (!*copy || strpbrk(copy, " \t"))
		errx(1, "ERROR: Invalid dependency URI \"%s%s\"", text,
		    value ? "" : ":");
	if (strcmp(copy, "after") == 0)
		warnx("WARNING: dependency scheme 'after' is deprecated, use "
		      "'afterstart'");
	dep =
	    json_pack("{s:s s:s}", "scheme", copy, "value", value ? value : "");
	if (query)
		add_query(dep, query);
	free(copy);
	return dep;
}

static json_t *
begin_time(const char *text)
{
	char buf[64];
	double t;

	if (*text == '+') {
		if (fsd_parse(text + 1, &t) < 0)
			errx(1, "ERROR: invalid Flux standard duration");
		t += wall_now();
	} else if (datetime_parse(text, wall_now(), &t) < 0) {
		errx(1, "ERROR: Invalid datetime: \"%s\"", text);
	}
	/* whole seconds are written with one decimal */
	snprintf(buf, sizeof(buf), t == floor(t) ? "%.1f" : "%.6f", t);
	return json_pack("{s:s s:s}", "scheme", "begin-time", "value", buf);
}

json_t *
field_dependencies(const struct args *a)
{
	const char *when = args_get(a, OPT_BEGIN_TIME);
	json_t *list = json_array();

	for (size_t i = 0; i < a->n; i++)
		if (a->list[i].id == OPT_DEPENDENCY)
			json_array_append_new(
			    list, dependency(a->list[i].value));
	if (when)
		json_array_append_new(list, begin_time(when));
	if (json_array_size(list) > 0)
		return list;
	json_decref(list);
	return NULL;
}

/* Several --requires are joined by blanks, which means "and". */
json_t *
field_constraints(const struct args *a)
{
	char *all = NULL;
	size_t size = 0;
	FILE *f;
	struct errmsg em;
	json_t *o;

	if (!args_has(a, OPT_REQUIRES))
		return NULL;
	if (!(f = open_memstream(&all, &size)))
		err(1, NULL);
	for (size_t i = 0; i < a->n; i++)
		if (a->list[i].id == OPT_REQUIRES)
			fprintf(f, "%s%s", ftell(f) > 0 ? " " : "",
			    a->list[i].value);
	fclose(f);
	if (!(o = constraint_parse(all, &em)))
		errx(1, "ERROR: --requires='%s': %s", all, em.text);
	free(all);
	return o;
}

/* ---- of the request ---- */

int
field_urgency(const struct args *a)
{
	static const struct {
		const char *name;
		int value;
	} names[] = { { "hold", 0 }, { "default", 16 }, { "expedite", 31 } };
	const char *text = args_get(a, OPT_URGENCY);
	char *end;
	long n;

	if (!text)
		return 16;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strcmp(names[i].name, text) == 0)
			return names[i].value;
	n = strtol(text, &end, 10);
	if (end == text || *end)
		errx(1,
		    "ERROR: invalid urgency '%s': must be 0 to 31, hold, "
		    "default, expedite",
		    text);
	/* a number out of range is for the broker to refuse */
	return (int)n;
}

int
field_flags(const struct args *a)
{
	static const struct {
		const char *name;
		int value;
	} names[] = { { "debug", 2 }, { "waitable", 4 }, { "novalidate", 8 } };
	const char *text = args_get(a, OPT_FLAGS);
	char *copy, *p, *word;
	int flags = 0;
	size_t i;

	if (!text)
		return 0;
	if (!(p = copy = strdup(text)))
		err(1, NULL);
	while ((word = strsep(&p, ","))) {
		for (i = 0; i < sizeof(names) / sizeof(*names); i++)
			if (strcmp(names[i].name, word) == 0)
				break;
		if (i == sizeof(names) / sizeof(*names))
			errx(1, "ERROR: --flags: Unknown flag %s", word);
		flags |= names[i].value;
	}
	free(copy);
	return flags;
}
