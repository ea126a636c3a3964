/* SPDX-License-Identifier: MIT */
#ifndef TOMLDIR_H
#define TOMLDIR_H

#include <jansson.h>

#include "errmsg.h"

/* A configuration in a directory: all its *.toml files by their names, a later
 * one goes before an earlier one, table by table. read_one gives the object of
 * a file, or NULL with em. A new reference; NULL with em. */
json_t *tomldir_read(const char *dir,
    json_t *(*read_one)(const char *path, struct errmsg *em),
    struct errmsg *em);

#endif
