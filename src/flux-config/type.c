/* SPDX-License-Identifier: MIT */
/*
 * The types of configuration values, and how they are written.
 */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "fsd.h"

static const char *const names[] = {
	[TYPE_ANY] = "any",
	[TYPE_STRING] = "string",
	[TYPE_INTEGER] = "integer",
	[TYPE_REAL] = "real",
	[TYPE_BOOLEAN] = "boolean",
	[TYPE_OBJECT] = "object",
	[TYPE_ARRAY] = "array",
	[TYPE_FSD] = "fsd",
	[TYPE_FSD_INTEGER] = "fsd-integer",
	[TYPE_FSD_REAL] = "fsd-real",
};
enum { NTYPES = sizeof(names) / sizeof(*names) };

const char *
type_name(enum type type)
{
	return names[type];
}

enum type
type_parse(const char *name)
{
	for (int i = 0; i < NTYPES; i++)
		if (strcmp(name, names[i]) == 0)
			return i;
	errx(1, "Unknown type: %s", name);
}

enum type
type_of(const json_t *v)
{
	switch (json_typeof(v)) {
	case JSON_STRING:
		return TYPE_STRING;
	case JSON_INTEGER:
		return TYPE_INTEGER;
	case JSON_REAL:
		return TYPE_REAL;
	case JSON_TRUE:
	case JSON_FALSE:
		return TYPE_BOOLEAN;
	case JSON_OBJECT:
		return TYPE_OBJECT;
	case JSON_ARRAY:
		return TYPE_ARRAY;
	default:
		return TYPE_ANY;
	}
}

static char *
print_fsd(enum type type, const json_t *v)
{
	const char *s = json_string_value(v);
	double t;
	char *text;
	int n;

	if (!s || fsd_parse(s, &t) < 0)
		return NULL;
	if (type == TYPE_FSD)
		return strdup(s);
	n = type == TYPE_FSD_INTEGER ? asprintf(&text, "%.0f", t)
				     : asprintf(&text, "%f", t);
	return n < 0 ? NULL : text;
}

char *
type_print(enum type type, const json_t *v)
{
	if (type >= TYPE_FSD)
		return print_fsd(type, v);
	/* an integer is a real number, too */
	if (type != TYPE_ANY && type != type_of(v) &&
	    !(type == TYPE_REAL && json_is_integer(v)))
		return NULL;
	if (json_is_string(v))
		return strdup(json_string_value(v));
	return json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY);
}

static json_t *
read_number(enum type type, const char *text)
{
	const char *why;
	long long n;
	double x;
	char *end;

	if (type == TYPE_INTEGER) {
		n = strtonum(text, INT64_MIN, INT64_MAX, &why);
		return why ? NULL : json_integer(n);
	}
	x = strtod(text, &end);
	return end == text || *end ? NULL : json_real(x);
}

static json_t *
read_json(enum type type, const char *text)
{
	json_t *v = json_loads(text, JSON_DECODE_ANY, NULL);

	if (v && type != TYPE_ANY && type_of(v) != type) {
		json_decref(v);
		v = NULL;
	}
	return v;
}

json_t *
type_read(enum type type, const char *text)
{
	double t;

	switch (type) {
	case TYPE_STRING:
		return json_string(text);
	case TYPE_INTEGER:
	case TYPE_REAL:
		return read_number(type, text);
	case TYPE_FSD:
		return fsd_parse(text, &t) < 0 ? NULL : json_string(text);
	case TYPE_FSD_INTEGER:
	case TYPE_FSD_REAL:
		return NULL;
	default:
		return read_json(type, text);
	}
}
