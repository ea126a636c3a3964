/* SPDX-License-Identifier: MIT */
/*
 * The configuration of the listing commands: which files there are, and what
 * must be in them. All of it is read at every start, so that a mistake in a
 * file is seen at once and not when its format is first used.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "formatname.h"
#include "toml.h"
#include "yamljson.h"

static bool
is_builtin(const struct format_source *src, const char *name)
{
	const struct format_builtin *b;

	for (b = src->builtin; b->name; b++)
		if (strcmp(b->name, name) == 0)
			return true;
	return false;
}

/* The errors of these are told with the path before them by check_file. */
static int
check_format(const struct format_source *src, const char *name, const json_t *o,
    struct errmsg *em)
{
	const json_t *format = json_object_get(o, "format");

	if (is_builtin(src, name))
		return errmsg_set(
		    em, "override of builtin format '%s' not permitted", name);
	if (!json_is_object(o))
		return errmsg_set(
		    em, "'%s.%s' must be a mapping", src->table, name);
	if (!format)
		return errmsg_set(em, "%s.%s: required key 'format' missing",
		    src->table, name);
	if (!json_is_string(format))
		return errmsg_set(em, "%s.%s: 'format' key must be a string",
		    src->table, name);
	return 0;
}

static int
check_formats(
    const struct format_source *src, const json_t *formats, struct errmsg *em)
{
	const char *name;
	json_t *o;

	if (!formats)
		return 0;
	if (!json_is_object(formats))
		return errmsg_set(
		    em, "the '%s' key must be a mapping", src->table);
	json_object_foreach((json_t *)formats, name, o)
		if (check_format(src, name, o, em) < 0)
			return -1;
	return 0;
}

/* At the top are the formats, or a table for each subcommand. */
static int
check_config(
    const struct format_source *src, const json_t *config, struct errmsg *em)
{
	const char *dot = strchr(src->table, '.'), *key;
	size_t len = dot ? (size_t)(dot - src->table) : strlen(src->table);
	const json_t *own = json_object_getn(config, src->table, len);
	json_t *o;

	json_object_foreach((json_t *)config, key, o)
		if (o != own && (!dot || !json_is_object(o)))
			return errmsg_set(em, "invalid key %s", key);
	if (dot && own && !json_is_object(own))
		return errmsg_set(em, "the '%.*s' key must be a mapping",
		    (int)len, src->table);
	return check_formats(
	    src, dot ? json_object_get(own, dot + 1) : own, em);
}

static json_t *
load_json(const char *path, struct errmsg *em)
{
	json_error_t error;
	json_t *o = json_load_file(path, JSON_REJECT_DUPLICATES, &error);

	if (!o)
		errmsg_set(em, "%s (at line %d, column %d)", error.text,
		    error.line, error.column);
	return o;
}

static json_t *
load_toml(const char *path, struct errmsg *em)
{
	FILE *fp = fopen(path, "re");
	char *text = NULL;
	size_t size = 0;
	ssize_t len = -1;
	json_t *o = NULL;

	/* the whole file, since a NUL byte is not TOML */
	if (fp)
		len = getdelim(&text, &size, '\0', fp);
	if (!fp || ferror(fp))
		errmsg_set(em, "%s", strerror(errno));
	else if (!feof(fp))
		errmsg_set(em, "not a text file");
	else
		o = toml_parse(len > 0 ? text : "", em);
	free(text);
	if (fp)
		fclose(fp);
	return o;
}

/* In the order in which they are merged. */
static const struct {
	const char *suffix;
	json_t *(*load)(const char *path, struct errmsg *em);
} kinds[] = {
	{ "json", load_json },
	{ "toml", load_toml },
	{ "yaml", yamljson_load },
};

static int
merge_file(const struct format_source *src, const char *path, json_t *o,
    json_t *config, struct errmsg *em)
{
	struct errmsg why;

	if (!json_is_object(o))
		return errmsg_set(em, "%s: must be a mapping", path);
	if (check_config(src, o, &why) < 0)
		return errmsg_set(em, "%s: %s", path, why.text);
	if (json_object_update_recursive(config, o) < 0)
		return errmsg_set(em, "%s", strerror(ENOMEM));
	return 0;
}

/* The files of one directory; len = how much of dir belongs to its name. */
static int
merge_dir(const struct format_source *src, const char *dir, int len,
    json_t *config, struct errmsg *em)
{
	char path[4096];
	struct errmsg why;
	json_t *o;
	size_t i;
	int rc = 0;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && rc == 0; i++) {
		snprintf(path, sizeof(path), "%.*s/flux/%s.%s", len, dir,
		    src->stem, kinds[i].suffix);
		if (access(path, F_OK) < 0)
			continue;
		o = kinds[i].load(path, &why);
		if (!o)
			return errmsg_set(em, "%s: %s", path, why.text);
		rc = merge_file(src, path, o, config, em);
		json_decref(o);
	}
	return rc;
}

/* The first directory of a search path counts most, so it comes last. */
static int
merge_dirs(const struct format_source *src, const char *dirs, json_t *config,
    struct errmsg *em)
{
	size_t len = strcspn(dirs, ":");

	if (dirs[len] && merge_dirs(src, dirs + len + 1, config, em) < 0)
		return -1;
	return len ? merge_dir(src, dirs, len, config, em) : 0;
}

static int
merge_home(const struct format_source *src, json_t *config, struct errmsg *em)
{
	const char *dir = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	char path[4096];

	if (!dir || !*dir) {
		if (!home)
			return 0;
		snprintf(path, sizeof(path), "%s/.config", home);
		dir = path;
	}
	return merge_dir(src, dir, strlen(dir), config, em);
}

json_t *
format_config(const struct format_source *src, struct errmsg *em)
{
	const char *dirs = getenv("XDG_CONFIG_DIRS");
	json_t *config = json_object();

	if (!dirs || !*dirs)
		dirs = "/etc/xdg";
	if (!config) {
		errmsg_set(em, "%s", strerror(ENOMEM));
	} else if (merge_dirs(src, dirs, config, em) < 0 ||
		   merge_home(src, config, em) < 0) {
		json_decref(config);
		config = NULL;
	}
	return config;
}
