/* SPDX-License-Identifier: MIT */
#ifndef HELP_H
#define HELP_H

#include <stdio.h>

/* What the driver says of itself. None of these returns. */

/* Usage and the list of commands. */
void help_print(FILE *f, int status) __attribute__((noreturn));
void help_bad_option(const char *word) __attribute__((noreturn));
/* No such command; with those whose names are near. */
void help_unknown(const char *cmd) __attribute__((noreturn));
/* flux help [TOPIC] */
void help_main(char **argv) __attribute__((noreturn));

#endif
