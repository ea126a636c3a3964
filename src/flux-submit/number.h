/* SPDX-License-Identifier: MIT */
#ifndef NUMBER_H
#define NUMBER_H

/*
 * Numbers of options, in the forms that scripts hand to the reference: blanks
 * around them, a sign, and underscores between digits (" +1_000 "). No octal,
 * no hexadecimal; a point is a point in each locale.
 */

/* 0, or -1: s is no number, or too large. */
int number_int(const char *s, long long *n);
/* Also with a fraction or an exponent; inf and nan are numbers. */
int number_float(const char *s, double *x);

#endif
