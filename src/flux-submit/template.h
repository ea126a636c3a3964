/* SPDX-License-Identifier: MIT */
#ifndef TEMPLATE_H
#define TEMPLATE_H

#include <stdbool.h>

/*
 * Replacement fields in options and command words: {cc}; and for bulksubmit {},
 * {0}, {1}, {seq}, {seq1} and methods of inputs {.%} {./} {./%} {.//} and of
 * --define. A spec may follow as in flux-format(7): {cc:03}, {0.%:>8}. Doubled
 * braces, as in the shell's tags {{id}}, are left alone.
 */
struct define;

struct fields {
	const char *cc;      /* NULL: {cc} is left as it is */
	char *const *inputs; /* of bulksubmit; NULL for submit */
	int ninputs;
	int seq;                      /* number of the job, from 0 */
	const struct define *defines; /* methods of --define; NULL = none */
};

/* malloc'd text; NULL if there is no field in it. Exits with a reason for a
 * field that is not known. arg is a struct fields. */
char *template_render(void *arg, const char *text);

#endif
