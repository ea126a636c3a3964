/* SPDX-License-Identifier: MIT */
#ifndef FILES_H
#define FILES_H

#include <jansson.h>

/* Files that travel in the jobspec (RFC 37) and are unpacked into the job's
 * temporary directory. */

/* One --add-file=[NAME[:PERMS]=]ARG into the object of files. Exits with a
 * reason. */
void file_add(json_t *files, const char *text);
/* A text file of our own: script, conf.json. */
void file_add_text(json_t *files, const char *name, int mode, const char *text);

#endif
