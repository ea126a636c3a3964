/* SPDX-License-Identifier: MIT */
/*
 * Configuration in files, as the broker reads them.
 */
#include <sys/stat.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "toml.h"
#include "tomldir.h"

static json_t *
read_json(const char *text, struct errmsg *em)
{
	json_error_t error;
	json_t *o = json_loads(text, 0, &error);

	if (o && json_is_object(o))
		return o;
	errmsg_set(
	    em, "JSON parse error: %s", o ? "not an object" : error.text);
	json_decref(o);
	return NULL;
}

static json_t *
read_toml(const char *text, struct errmsg *em)
{
	struct errmsg why;
	json_t *o = toml_parse(text, &why);

	if (!o)
		errmsg_set(em, "TOML parse error: %s", why.text);
	return o;
}

json_t *
config_read_text(const char *text, struct errmsg *em)
{
	if (text[strspn(text, " \t\r\n")] == '{')
		return read_json(text, em);
	return read_toml(text, em);
}

static json_t *
read_file(const char *path, struct errmsg *em)
{
	FILE *f = fopen(path, "r");
	char *text = NULL;
	size_t size = 0, n = strlen(path);
	json_t *o;

	if (!f || (getdelim(&text, &size, '\0', f) < 0 && ferror(f))) {
		errmsg_set(em, "%s: %s", path, strerror(errno));
		if (f)
			fclose(f);
		return NULL;
	}
	fclose(f);
	if (n > 5 && strcmp(path + n - 5, ".json") == 0)
		o = read_json(text && *text ? text : "{}", em);
	else
		o = read_toml(text ? text : "", em);
	free(text);
	return o;
}

json_t *
config_read_path(const char *path, struct errmsg *em)
{
	struct stat st;

	if (stat(path, &st) < 0) {
		errmsg_set(em, "stat: %s: %s", path, strerror(errno));
		return NULL;
	}
	return S_ISDIR(st.st_mode) ? tomldir_read(path, read_file, em)
				   : read_file(path, em);
}
