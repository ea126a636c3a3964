/* SPDX-License-Identifier: MIT */
#ifndef SETTERS_H
#define SETTERS_H

#include <jansson.h>

/*
 * KEY=VAL options (-o, -S). KEY alone means 1; VAL is JSON if it can be read
 * so, else a string; dots nest; ^KEY=FILE takes JSON from a file.
 */

/* Set a dotted path, making objects on the way. Takes value_new. -1: something
 * on the way is there and no object. */
int set_path(json_t *o, const char *path, json_t *value_new);
/* The same for a path that a user gave; exits with a reason. */
void set_path_or_fail(json_t *o, const char *path, json_t *value_new);
/* One -o option, into shell options; one -S, into a jobspec. Exit with a
 * reason that begins with the option's name. */
void set_option(json_t *options, const char *text);
void set_attribute(json_t *jobspec, const char *text);

#endif
