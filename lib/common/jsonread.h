/* SPDX-License-Identifier: MIT */
#ifndef JSONREAD_H
#define JSONREAD_H

#include <jansson.h>
#include <stddef.h>

/*
 * json_loadb, in a third of the time for what messages are made of: plain
 * strings, short numbers, little depth. All else, and whatever is wrong, is
 * left to jansson, which gets the flags: JSON_ALLOW_NUL, or 0. NULL: it is no
 * JSON object or array, or ENOMEM.
 */
json_t *json_read(const char *text, size_t len, size_t flags);

#endif
