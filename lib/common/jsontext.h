/* SPDX-License-Identifier: MIT */
#ifndef JSONTEXT_H
#define JSONTEXT_H

#include <jansson.h>

/*
 * JSON as listings show it: ", " and ": " between the parts, and numbers in
 * the shortest form that reads back as the same one (jansson writes 0.1 as
 * 0.10000000000000001). Keys keep their order.
 */
enum { JSONTEXT_ASCII = 1 }; /* escape what is not ASCII: \u0192 */

/* malloc'd; NULL with ENOMEM. */
char *json_text(const json_t *o, int flags);

#endif
