/* SPDX-License-Identifier: MIT */
#ifndef EXPRESSION_H
#define EXPRESSION_H

#include "errmsg.h"
#include "value.h"

/* Expressions of --define (see define.h): v, which is empty, becomes the value
 * of code for a text x. -1 with em; v is to be freed also then. */
int expression_eval(
    const char *code, const char *x, struct value *v, struct errmsg *em);

/* The functions and methods (functions.c). v[0] is the object of a method or
 * the first argument; the result goes to out. 0, or -1 with em. */
enum { EXPRESSION_ARGS_MAX = 8 };
int expression_function(const char *name, struct value *v, int n,
    struct value *out, struct errmsg *em);
int expression_method(const char *name, struct value *v, int n,
    struct value *out, struct errmsg *em);

#endif
