/* SPDX-License-Identifier: MIT */
/*
 * Formats by name: what -o NAME means.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formatname.h"

/* The table of formats of the configuration, or NULL. */
static json_t *
config_formats(const struct format_source *src, const json_t *config)
{
	const char *dot = strchr(src->table, '.');
	const json_t *o = config;

	if (!dot)
		return json_object_get(o, src->table);
	o = json_object_getn(o, src->table, dot - src->table);
	return json_object_get(o, dot + 1);
}

/* A format of that name: its text, borrowed; NULL if there is none. */
static const char *
find_format(const struct format_source *src, const json_t *config,
    const char *name, const char **description)
{
	const struct format_builtin *b;
	const json_t *o;

	*description = NULL;
	for (b = src->builtin; b->name; b++) {
		if (strcmp(b->name, name) == 0) {
			*description = b->description;
			return b->text;
		}
	}
	o = json_object_get(config_formats(src, config), name);
	*description = json_string_value(json_object_get(o, "description"));
	return json_string_value(json_object_get(o, "format"));
}

/* A stream to memory; NULL with em. */
static FILE *
open_text(char **text, size_t *size, struct errmsg *em)
{
	FILE *fp = open_memstream(text, size);

	if (!fp)
		errmsg_set(em, "%s", strerror(errno));
	return fp;
}

static char *
close_text(FILE *fp, char **text, struct errmsg *em)
{
	if (fclose(fp) != EOF)
		return *text;
	free(*text);
	errmsg_set(em, "%s", strerror(ENOMEM));
	return NULL;
}

static char *
help_text(
    const struct format_source *src, const json_t *config, struct errmsg *em)
{
	const struct format_builtin *b;
	const char *name, *description;
	char *text;
	size_t size;
	json_t *o;
	FILE *fp = open_text(&text, &size, em);

	if (!fp)
		return NULL;
	fprintf(fp, "\nConfigured %s output formats:\n\n", src->title);
	for (b = src->builtin; b->name; b++)
		fprintf(fp, "  %-12s %s\n", b->name,
		    b->description ? b->description : "");
	json_object_foreach(config_formats(src, config), name, o) {
		description =
		    json_string_value(json_object_get(o, "description"));
		fprintf(
		    fp, "  %-12s %s\n", name, description ? description : "");
	}
	return close_text(fp, &text, em);
}

static void
write_toml_string(FILE *fp, const char *key, const char *s)
{
	fprintf(fp, "%s = \"", key);
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			fprintf(fp, "\\%c", *s);
		else if ((unsigned char)*s < 0x20 || *s == 0x7f)
			fprintf(fp, "\\u%04x", (unsigned char)*s);
		else
			fputc(*s, fp);
	}
	fputs("\"\n", fp);
}

static char *
toml_text(const struct format_source *src, const json_t *config,
    const char *name, struct errmsg *em)
{
	const char *description;
	const char *format = find_format(src, config, name, &description);
	char *text;
	size_t size;
	FILE *fp;

	if (!format) {
		errmsg_set(em, "--format: No such format %s", name);
		return NULL;
	}
	fp = open_text(&text, &size, em);
	if (!fp)
		return NULL;
	fprintf(fp, "[%s.%s]\n", src->table, name);
	if (description)
		write_toml_string(fp, "description", description);
	write_toml_string(fp, "format", format);
	return close_text(fp, &text, em);
}

static bool
is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_' || (c & 0x80);
}

/* People forget the braces: "id name" should have been "{id} {name}". */
static void
no_such_format(const char *arg, struct errmsg *em)
{
	char hint[160];
	size_t n = 0;
	const char *s;

	for (s = arg; *s && n + 4 < sizeof(hint); s++) {
		if (is_word(*s) && (s == arg || !is_word(s[-1])))
			hint[n++] = '{';
		hint[n++] = *s;
		if (is_word(*s) && !is_word(s[1]))
			hint[n++] = '}';
	}
	hint[n] = '\0';
	errmsg_set(
	    em, "--format: No such format %s (Did you mean '%s'?)", arg, hint);
}

static char *
choose(const struct format_source *src, const char *arg, const json_t *config,
    bool *is_answer, struct errmsg *em)
{
	const char *get_config = "get-config=", *text, *description;
	const char *by_env = src->default_env ? getenv(src->default_env) : NULL;

	if (strcmp(arg, "help") == 0) {
		*is_answer = true;
		return help_text(src, config, em);
	}
	if (strncmp(arg, get_config, strlen(get_config)) == 0) {
		*is_answer = true;
		return toml_text(src, config, arg + strlen(get_config), em);
	}
	if (strcmp(arg, "default") == 0 && by_env && *by_env)
		arg = by_env;
	text = strchr(arg, '{') ? arg
				: find_format(src, config, arg, &description);
	if (text)
		return strdup(text);
	no_such_format(arg, em);
	return NULL;
}

char *
format_choose(const struct format_source *src, const char *arg, bool *is_answer,
    struct errmsg *em)
{
	json_t *config = format_config(src, em);
	char *text;

	*is_answer = false;
	if (!config)
		return NULL;
	text = choose(src, arg ? arg : "default", config, is_answer, em);
	json_decref(config);
	return text;
}
