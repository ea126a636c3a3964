/* SPDX-License-Identifier: MIT */
/*
 * flux module: list the services of the broker, and ask them for statistics.
 *
 * All services are built into our broker. What loads, unloads or traces
 * modules is asked of the broker all the same, and works with one that can.
 */
#include <err.h>
#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "module.h"

static const struct subcommand commands[] = {
	{ "list", cmd_list, "list modules" },
	{ "remove", cmd_remove, "unload a module" },
	{ "load", cmd_load, "load a module" },
	{ "reload", cmd_reload, "unload a module and load it again" },
	{ "stats", cmd_stats, "print statistics of a module" },
};

int
main(int argc, char **argv)
{
	static const struct tool tool = {
		.name = "module",
		.commands = commands,
		.ncommands = sizeof(commands) / sizeof(*commands),
		.unknown = { "Unknown subcommand: ", "" },
		.missing = "missing subcommand",
		.usage_status = 1,
	};

	setlocale(LC_CTYPE, "");
	setprogname("flux-module");
	return tool_run(&tool, argc, argv);
}
