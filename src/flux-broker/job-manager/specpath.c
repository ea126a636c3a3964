/* SPDX-License-Identifier: MIT */
/*
 * Dotted paths into a jobspec, as in the context of event jobspec-update:
 * {"attributes.system.duration":300.0}.
 */
#include <errno.h>
#include <string.h>

#include "fold.h"

/* The object at key of o, made if it is not there. NULL: it is no object. */
static json_t *
step_into(json_t *o, const char *key, size_t len)
{
	char name[256];
	json_t *next;

	if (len == 0 || len >= sizeof(name))
		return NULL;
	memcpy(name, key, len);
	name[len] = '\0';
	next = json_object_get(o, name);
	if (!next) {
		next = json_object();
		if (json_object_set_new(o, name, next) < 0)
			return NULL;
	}
	return json_is_object(next) ? next : NULL;
}

int
spec_path_set(json_t *spec, const char *path, json_t *value)
{
	json_t *o = spec;
	const char *dot;

	while (o && (dot = strchr(path, '.'))) {
		o = step_into(o, path, dot - path);
		path = dot + 1;
	}
	if (!o || !*path || json_object_set(o, path, value) < 0) {
		errno = EINVAL;
		return -1;
	}
	return 0;
}

int
spec_path_update(json_t *spec, const json_t *updates)
{
	const char *path;
	json_t *value;
	int r = 0;

	json_object_foreach((json_t *)updates, path, value)
		if (spec_path_set(spec, path, value) < 0)
			r = -1;
	return r;
}
