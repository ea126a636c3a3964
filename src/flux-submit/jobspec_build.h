/* SPDX-License-Identifier: MIT */
#ifndef JOBSPEC_BUILD_H
#define JOBSPEC_BUILD_H

#include <jansson.h>

#include "args.h"

/* The jobspec (RFC 25) of a command line: command words, files (borrowed
 * object, may be NULL), and a default name. New object; exits with a reason. */
struct payload {
	json_t *command;       /* array of words; borrowed */
	const json_t *files;   /* NULL = none */
	const char *name;      /* default of --job-name; NULL = none */
	const char *output;    /* default of --output; NULL = none */
	const json_t *options; /* shell options to begin with; NULL = none */
	int total;             /* tasks; 0 = as the options say */
};
json_t *jobspec_build(const struct args *a, const struct payload *p);

#endif
