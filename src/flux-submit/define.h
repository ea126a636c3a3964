/* SPDX-License-Identifier: MIT */
#ifndef DEFINE_H
#define DEFINE_H

#include <stdbool.h>

#include "args.h"
#include "value.h"

/*
 * --define=NAME=CODE of bulksubmit: a method {.NAME} of inputs. CODE is an
 * expression of the input x, in the words of Python:
 *     x.upper()   2**int(x)   x.replace("a", "b")   x[:3] + "-" + str(len(x))
 * Texts and numbers; + - * / // % **, parentheses, indices and slices; int,
 * float, str, len, abs, min, max, round; upper, lower, capitalize, title,
 * strip, lstrip, rstrip, replace, zfill, removeprefix, removesuffix.
 */
struct define;

/* All of them, in a list; NULL if there are none. Exits with a reason. */
struct define *defines_create(const struct args *a);
void defines_destroy(struct define *d);
bool define_has(const struct define *d, const char *name);
/* The value for the input x, into v. Exits with a reason. */
void define_apply(
    const struct define *d, const char *name, const char *x, struct value *v);

#endif
