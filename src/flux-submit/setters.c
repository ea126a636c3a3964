/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "setters.h"

int
set_path(json_t *o, const char *path, json_t *value_new)
{
	char *copy = strdup(path), *p = copy, *key;
	json_t *next;

	if (!copy)
		err(1, NULL);
	while ((key = strsep(&p, ".")) && p && json_is_object(o)) {
		next = json_object_get(o, key);
		if (!next) {
			json_object_set_new(o, key, json_object());
			next = json_object_get(o, key);
		}
		o = next;
	}
	if (json_is_object(o))
		json_object_set_new(o, key, value_new);
	else
		json_decref(value_new);
	free(copy);
	return json_is_object(o) ? 0 : -1;
}

void
set_path_or_fail(json_t *o, const char *path, json_t *value_new)
{
	if (set_path(o, path, value_new) < 0)
		errx(1, "ERROR: failed to set %s: what it is in is no object",
		    path);
}

static json_t *
from_file(const char *option, const char *file)
{
	json_error_t error;
	json_t *v = json_load_file(file, JSON_DECODE_ANY, &error);

	if (!v)
		errx(1, "ERROR: --%s: %s: %s", option, file, error.text);
	return v;
}

static json_t *
from_text(const char *option, const char *text)
{
	json_t *v = json_loads(text, JSON_DECODE_ANY, NULL);

	if (!v && !(v = json_string(text)))
		errx(1, "ERROR: --%s: value is not UTF-8", option);
	return v;
}

/* KEY (malloc'd) and its value. */
static char *
split(const char *option, const char *text, json_t **value)
{
	size_t n = strcspn(text, "=");
	bool is_file = *text == '^';
	char *key = strndup(text + is_file, n - is_file);

	if (!key)
		err(1, NULL);
	if (!*key)
		errx(1, "ERROR: --%s: no key in '%s'", option, text);
	if (text[n] != '=' && is_file)
		errx(1, "ERROR: --%s: no file in '%s'", option, text);
	if (text[n] != '=')
		*value = json_integer(1);
	else if (is_file)
		*value = from_file(option, text + n + 1);
	else
		*value = from_text(option, text + n + 1);
	return key;
}

void
set_option(json_t *options, const char *text)
{
	json_t *value;
	char *key = split("setopt", text, &value);

	set_path_or_fail(options, key, value);
	free(key);
}

static bool
begins(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

void
set_attribute(json_t *jobspec, const char *text)
{
	json_t *value;
	char *key = split("setattr", text, &value), *path;
	const char *prefix = "attributes.system.";

	if (begins(key, "attributes."))
		prefix = "";
	else if (begins(key, "system.") || begins(key, "user."))
		prefix = "attributes.";
	else if (*key == '.')
		prefix = "attributes";
	if (asprintf(&path, "%s%s", prefix, key) < 0)
		err(1, NULL);
	set_path_or_fail(jobspec, path, value);
	free(path);
	free(key);
}
