/* SPDX-License-Identifier: MIT */
#ifndef DIRECTIVES_H
#define DIRECTIVES_H

#include "args.h"

/*
 * RFC 36 directives of a batch script: comment lines such as
 *     # flux: -N2 --output='my {{id}}.out'
 * Appends their options to a, which has those of the command line appended
 * again afterwards by the caller. name: of the script, for errors. Exits with
 * a reason.
 */
void directives_parse(struct args *a, const char *script, const char *name);

#endif
