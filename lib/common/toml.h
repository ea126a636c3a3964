/* SPDX-License-Identifier: MIT */
#ifndef TOML_H
#define TOML_H

#include <jansson.h>

#include "errmsg.h"

/*
 * TOML 1.0 to JSON: tables become objects, arrays arrays, dates and times the
 * strings that they are written as; inf and nan, which JSON has not, become
 * the strings "inf", "-inf", "nan".
 */

/* New reference; NULL with em: "line 3: expected '='". */
json_t *toml_parse(const char *text, struct errmsg *em);

#endif
