/* SPDX-License-Identifier: MIT */
#ifndef SHAPETEXT_H
#define SHAPETEXT_H

#include <jansson.h>

#include "errmsg.h"

/*
 * RFC 46: the resources section of a jobspec in short.
 *     slot=2/[core=4;gpu]     node=2{x}/slot/core=4
 * New reference to the array of vertices; NULL with em.
 */
json_t *shapetext_parse(const char *text, struct errmsg *em);

#endif
