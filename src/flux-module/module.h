/* SPDX-License-Identifier: MIT */
#ifndef MODULE_H
#define MODULE_H

#include <jansson.h>

#include "handle.h"
#include "optparse.h"

/* The subcommands of flux module; each returns the exit status. */
int cmd_list(int argc, char **argv);
int cmd_load(int argc, char **argv);
int cmd_remove(int argc, char **argv);
int cmd_reload(int argc, char **argv);
int cmd_stats(int argc, char **argv);

#endif
