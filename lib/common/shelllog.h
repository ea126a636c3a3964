/* SPDX-License-Identifier: MIT */
#ifndef SHELLLOG_H
#define SHELLLOG_H

#include <jansson.h>
#include <stdbool.h>

/*
 * A message of a job's shell, event `log` of the output log:
 *     {"rank":0,"level":4,"message":"...","component":"output.kvs",
 *      "file":"output/kvs.c","line":302}
 * as a line of text, malloc'd, without newline:
 *     flux-shell[0]:  WARN: output.kvs: ...
 * where = put file and line before the message. NULL with ENOMEM.
 */
char *shelllog_text(const json_t *context, bool where);

#endif
