/* SPDX-License-Identifier: MIT */
#ifndef FORMATNAME_H
#define FORMATNAME_H

#include <jansson.h>
#include <stdbool.h>

#include "errmsg.h"

/*
 * Named output formats: the built-in ones of a command, those of the user's
 * and the site's configuration, and what -o NAME, -o help and
 * -o get-config=NAME mean. This module reads the environment (the directories
 * of the configuration, and default_env) and files.
 *
 * Files: $XDG_CONFIG_DIRS/flux/STEM.{json,toml,yaml}, then those in
 * $XDG_CONFIG_HOME/flux; later ones win. See flux-format(7).
 */
struct format_builtin {
	const char *name; /* NULL ends the table; the first is "default" */
	const char *description; /* NULL = none */
	const char *text;
};

struct format_source {
	const char *title; /* "flux-jobs": who has these formats, in help */
	const char *stem;  /* "flux-jobs": of the names of the files */
	const char *table; /* "formats", "list.formats" in the files */
	const char *default_env; /* a name or a format for "default"; NULL */
	const struct format_builtin *builtin;
};

/*
 * The format that -o ARG (NULL = no -o) stands for (malloc'd). If *is_answer
 * is set, it is instead text to be printed as it is (help, get-config), after
 * which the program is done. NULL with em, worded without prefix:
 *     --format: No such format foo (Did you mean '{foo}'?)
 *     /etc/xdg/flux/flux-jobs.toml: formats.x: required key 'format' missing
 */
char *format_choose(const struct format_source *src, const char *arg,
    bool *is_answer, struct errmsg *em);

/* What the files say, merged: {"list":{"formats":{...},...}} (new reference,
 * {} if there are none). NULL with em. */
json_t *format_config(const struct format_source *src, struct errmsg *em);

#endif
