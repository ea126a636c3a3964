/* SPDX-License-Identifier: MIT */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "optparse.h"

struct broker;

/* For the optparse that options_read gets. */
extern const struct opt broker_options[];

/* Does an attribute of this name take a new value from clients, also where it
 * has none yet? */
bool options_settable(const char *name);
/* Set the attributes that need no bootstrap, then read the command line: -S
 * attributes, configuration. What cannot be used ends the program. */
void options_read(struct broker *b, struct optparse *p, int argc, char **argv);

/* What keeps the broker from running: say it, remove rundir, exit 1. */
void options_fatal(struct broker *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3), noreturn));

#endif
