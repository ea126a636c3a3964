/* SPDX-License-Identifier: MIT */
#include <sys/resource.h>

#include <err.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "number.h"
#include "rlimits.h"

static const struct {
	const char *name;
	int resource;
	bool is_default;
} limits[] = {
	{ "cpu", RLIMIT_CPU, true },
	{ "fsize", RLIMIT_FSIZE, true },
	{ "data", RLIMIT_DATA, true },
	{ "stack", RLIMIT_STACK, true },
	{ "core", RLIMIT_CORE, true },
	{ "nofile", RLIMIT_NOFILE, true },
	{ "ofile", RLIMIT_OFILE, false },
	{ "as", RLIMIT_AS, true },
	{ "rss", RLIMIT_RSS, true },
	{ "nproc", RLIMIT_NPROC, true },
	{ "memlock", RLIMIT_MEMLOCK, false },
	{ "msgqueue", RLIMIT_MSGQUEUE, false },
	{ "nice", RLIMIT_NICE, false },
	{ "rtprio", RLIMIT_RTPRIO, false },
	{ "rttime", RLIMIT_RTTIME, false },
	{ "sigpending", RLIMIT_SIGPENDING, false },
};

enum { NLIMITS = sizeof(limits) / sizeof(*limits) };

static void
add_current(json_t *o, int i)
{
	struct rlimit rl;

	if (getrlimit(limits[i].resource, &rl) < 0)
		return;
	json_object_set_new(o, limits[i].name,
	    json_integer(
		rl.rlim_cur == RLIM_INFINITY ? -1 : (json_int_t)rl.rlim_cur));
}

static bool
matches(const char *glob, const char *name)
{
	return fnmatch(glob, name, FNM_CASEFOLD) == 0;
}

static void
drop(json_t *o, const char *glob)
{
	for (int i = 0; i < NLIMITS; i++)
		if (matches(glob, limits[i].name))
			json_object_del(o, limits[i].name);
}

static void
add_matching(json_t *o, const char *glob)
{
	int n = 0;

	for (int i = 0; i < NLIMITS; i++)
		if (matches(glob, limits[i].name)) {
			add_current(o, i);
			n++;
		}
	if (n == 0)
		errx(1, "ERROR: No corresponding rlimit matching \"%s\"", glob);
}

static void
set(json_t *o, char *rule, char *eq)
{
	const char *value = eq + 1;
	long long n;

	*eq = '\0';
	for (int i = 0; i < NLIMITS; i++) {
		if (strcasecmp(limits[i].name, rule) != 0)
			continue;
		if (strcmp(value, "unlimited") == 0 ||
		    strcmp(value, "infinity") == 0 || strcmp(value, "inf") == 0)
			n = -1;
		else if (number_int(value, &n) < 0 || n < -1)
			errx(1, "ERROR: Invalid value in %s=%s", rule, value);
		json_object_set_new(o, limits[i].name, json_integer(n));
		return;
	}
	errx(1, "ERROR: Invalid rlimit \"%s\"", rule);
}

static void
apply(json_t *o, char *rule)
{
	char *eq = strchr(rule, '=');

	if (*rule == '-')
		drop(o, rule + 1);
	else if (eq)
		set(o, rule, eq);
	else
		add_matching(o, rule);
}

json_t *
rlimits_make(const struct args *a)
{
	json_t *o = json_object();

	for (int i = 0; i < NLIMITS; i++)
		if (limits[i].is_default)
			add_current(o, i);
	for (size_t i = 0; i < a->n; i++) {
		char *copy, *p, *rule;
		if (a->list[i].id != OPT_RLIMIT)
			continue;
		if (!(p = copy = strdup(a->list[i].value)))
			err(1, NULL);
		while ((rule = strsep(&p, ",")))
			apply(o, rule);
		free(copy);
	}
	return o;
}
