/* SPDX-License-Identifier: MIT */
#ifndef CONFIG_H
#define CONFIG_H

#include <jansson.h>

#include "errmsg.h"
#include "handle.h"
#include "optparse.h"

/* What the subcommands of flux config share. */
int cmd_get(int argc, char **argv);
int cmd_set(int argc, char **argv);
int cmd_unset(int argc, char **argv);
int cmd_load(int argc, char **argv);
int cmd_reload(int argc, char **argv);
int cmd_builtin(int argc, char **argv);

/* The live configuration (new reference). */
json_t *config_get(struct handle *h);
/* Replace it. Takes the reference. */
void config_load_new(struct handle *h, json_t *config);
/* Options, then min..max operands. */
void config_operands(const struct optparse *p, int min, int max);

/* file.c: configuration from a file (JSON if it ends in .json, else TOML), a
 * directory of *.toml, or a text (JSON or TOML). New reference, or NULL with
 * em. */
json_t *config_read_path(const char *path, struct errmsg *em);
json_t *config_read_text(const char *text, struct errmsg *em);

/* path.c: the value at "a.b.c". Borrowed, NULL = unset. */
json_t *config_lookup(json_t *config, const char *name);
/* Set it (takes the reference), or remove it. -1: a part of the way is no
 * table. */
int config_set_new(json_t *config, const char *name, json_t *value);
int config_unset(json_t *config, const char *name);

/* type.c: any, string, integer, real, boolean, object, array, fsd,
 * fsd-integer, fsd-real. */
enum type {
	TYPE_ANY,
	TYPE_STRING,
	TYPE_INTEGER,
	TYPE_REAL,
	TYPE_BOOLEAN,
	TYPE_OBJECT,
	TYPE_ARRAY,
	TYPE_FSD,
	TYPE_FSD_INTEGER,
	TYPE_FSD_REAL,
};

/* Ends the program for an unknown one. */
enum type type_parse(const char *name);
enum type type_of(const json_t *v);
/* Text of a value of that type (malloc'd); NULL: it is of another type. */
char *type_print(enum type type, const json_t *v);
/* A value of that type from text (new); NULL: not one. */
json_t *type_read(enum type type, const char *text);
const char *type_name(enum type type);

#endif
