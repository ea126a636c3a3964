/* SPDX-License-Identifier: MIT */
#ifndef CONFIG_H
#define CONFIG_H

#include <jansson.h>

#include "errmsg.h"

struct broker;

/*
 * The configuration: one JSON object, from a directory of *.toml files, a TOML
 * file, a JSON file (by its name), and values of --conf merged into it:
 * {inline JSON}, inline TOML (with a newline), KEY.PATH=VALUE, or a file.
 */

/* New reference; NULL with em. */
json_t *config_read(const char *path, struct errmsg *em);
/* Merge one --conf value into o. */
int config_merge(json_t *o, const char *value, struct errmsg *em);
/* Merge all of an array of such values. */
int config_merge_all(json_t *o, const json_t *values, struct errmsg *em);
/* Topics config.get, .load, .reload. */
int config_register(struct broker *b);

#endif
