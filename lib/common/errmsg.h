/* SPDX-License-Identifier: MIT */
#ifndef ERRMSG_H
#define ERRMSG_H

/*
 * A sentence that says what went wrong, for functions whose errno cannot.
 * Text without newline, lower case, the offending input quoted:
 *     invalid urgency '40': must be 0 to 31, hold, expedite, default
 */
struct errmsg {
	char text[200];
};

/*
 * Fill em (which may be NULL) and return -1, so that callers can write
 * `return errmsg_set(em, "...")`. errno is kept. Longer text is truncated.
 */
int errmsg_set(struct errmsg *em, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
