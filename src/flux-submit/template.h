/* SPDX-License-Identifier: MIT */
#ifndef TEMPLATE_H
#define TEMPLATE_H

#include <stdbool.h>

/*
 * Replacement fields in options and command words: {cc}; and for bulksubmit {},
 * {0}, {1}, {seq}, {seq1} and methods of inputs {.%} {./} {./%} {.//}. Tags for
 * the shell, {{id}}, are left alone.
 */
struct fields {
	const char *cc;      /* NULL: {cc} is left as it is */
	char *const *inputs; /* of bulksubmit; NULL for submit */
	int ninputs;
	int seq; /* number of the job, from 0 */
};

/* malloc'd text; NULL if there is no field in it. Exits with a reason for a
 * field that is not known. arg is a struct fields. */
char *template_render(void *arg, const char *text);

#endif
