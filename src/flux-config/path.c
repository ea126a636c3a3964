/* SPDX-License-Identifier: MIT */
/*
 * Values in the tables of a configuration, by dotted names.
 */
#include <string.h>

#include "config.h"

/* The table that the last part of name is in, and that part; NULL = no such
 * table. With create, missing tables are made. */
static json_t *
find_table(json_t *config, const char *name, bool create, const char **last)
{
	const char *dot;

	while ((dot = strchr(name, '.'))) {
		json_t *next = json_object_getn(config, name, dot - name);

		if (!next && create) {
			next = json_object();
			if (json_object_setn_new(
				config, name, dot - name, next) < 0)
				return NULL;
		}
		if (!json_is_object(next))
			return NULL;
		config = next;
		name = dot + 1;
	}
	*last = name;
	return config;
}

json_t *
config_lookup(json_t *config, const char *name)
{
	const char *last;
	json_t *table = find_table(config, name, false, &last);

	return table ? json_object_get(table, last) : NULL;
}

int
config_set_new(json_t *config, const char *name, json_t *value)
{
	const char *last;
	json_t *table = find_table(config, name, true, &last);

	if (!table || !*last) {
		json_decref(value);
		return -1;
	}
	return json_object_set_new(table, last, value);
}

int
config_unset(json_t *config, const char *name)
{
	const char *last;
	json_t *table = find_table(config, name, false, &last);

	if (table)
		json_object_del(table, last);
	return 0;
}
