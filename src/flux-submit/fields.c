/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "constraint.h"
#include "fields.h"
#include "fluid.h"
#include "fsd.h"
#include "handle.h"
#include "jobname.h"
#include "joburi.h"
#include "number.h"
#include "uri.h"

/* More is a mistake, or belongs into a loop. */
enum { RETRY_MAX = 1000 };

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

	if (!text)
		return NULL;
	if (number_float(text, &t) == 0)
		t *= 60;
	else if (fsd_parse(text, &t) < 0)
		errx(1, "ERROR: invalid Flux standard duration");
	if (t < 0)
		errx(1, "ERROR: duration must not be negative");
	if (!isfinite(t))
		errx(1, "ERROR: duration must be a normal, finite value");
	return json_real(t);
}

/* What a parser made of an option, or the end with its reason. */
static json_t *
checked(json_t *o, const struct errmsg *em)
{
	if (!o)
		errx(1, "ERROR: %s", em->text);
	return o;
}

json_t *
field_signal(const struct args *a)
{
	const char *text = args_get(a, OPT_SIGNAL);
	struct errmsg em;

	return text ? checked(joburi_signal(text, &em), &em) : NULL;
}

json_t *
field_taskmap(const struct args *a)
{
	const char *text = args_get(a, OPT_TASKMAP);
	struct errmsg em;

	return text ? checked(joburi_parse(text, "taskmap", &em), &em) : NULL;
}

json_t *
field_retry(const struct args *a)
{
	const char *text = args_get(a, OPT_RETRY);
	long long n;

	if (!text)
		return NULL;
	if (number_int(text, &n) < 0 || n < 0 || n > RETRY_MAX)
		errx(1, "ERROR: --retry: invalid value '%s': must be 0 to %d",
		    text, RETRY_MAX);
	return n > 0 ? json_pack("{s:I}", "max", (json_int_t)n) : NULL;
}

/* The ids of the jobs of a name; exits if there are none. */
static json_t *
ids_of_name(const char *name)
{
	struct errmsg em;
	struct handle *h = uri_open_default(&em);
	json_t *ids = h ? jobname_find(h, name, &em) : NULL;

	if (!ids)
		errx(1, "ERROR: --dependency: %s", em.text);
	handle_close(h);
	return ids;
}

/* afterok:name=prep is one dependency for each job of that name. Takes o. */
static void
add_dependency_new(json_t *list, json_t *o)
{
	const char *scheme, *value;
	char f58[FLUID_STRMAX];
	json_t *ids, *id, *copy;
	size_t i;

	if (json_unpack(o, "{s:s s:s}", "scheme", &scheme, "value", &value) <
		0 ||
	    strncmp(scheme, "after", 5) != 0 ||
	    strncmp(value, "name=", 5) != 0) {
		json_array_append_new(list, o);
		return;
	}
	ids = ids_of_name(value + 5);
	json_array_foreach(ids, i, id) {
		copy = json_copy(o);
		fluid_encode(f58, sizeof(f58), (uint64_t)json_integer_value(id),
		    fluid_f58_form());
		json_object_set_new(copy, "value", json_string(f58));
		json_array_append_new(list, copy);
	}
	json_decref(ids);
	json_decref(o);
}

json_t *
field_dependencies(const struct args *a)
{
	json_t *list = json_array();
	struct errmsg em;

	for (size_t i = 0; i < a->n; i++) {
		const char *text = a->list[i].value;
		if (a->list[i].id == OPT_DEPENDENCY)
			add_dependency_new(
			    list, checked(joburi_parse(text, "dependency", &em),
				      &em));
		else if (a->list[i].id == OPT_BEGIN_TIME)
			json_array_append_new(list,
			    checked(
				joburi_begin_time(text, wall_now(), &em), &em));
	}
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
	long long n;

	if (!text)
		return 16;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strcmp(names[i].name, text) == 0)
			return names[i].value;
	if (number_int(text, &n) < 0 || n < INT_MIN || n > INT_MAX)
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
