/* SPDX-License-Identifier: MIT */
#ifndef SHELLWORD_H
#define SHELLWORD_H

#include <stdio.h>

#include "errmsg.h"

/*
 * Words of shell syntax: blanks part them, '…' and "…" keep blanks, \ takes
 * the meaning from a character (in "…" from " and \ only), # begins a comment,
 * also within a word.
 */

/* The next word from *p, which is moved behind it, malloc'd. 1; 0 = no more;
 * -1 = EINVAL with em: No closing quotation · No escaped character. */
int shellword_next(const char **p, char **word, struct errmsg *em);

/* Write the word so that a shell reads it: quoted if it has to be. */
void shellword_put(FILE *f, const char *word);

#endif
