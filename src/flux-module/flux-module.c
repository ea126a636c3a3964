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
#include "uri.h"

struct handle *
module_open(void)
{
	struct errmsg em;
	struct handle *h = uri_open_default(&em);

	if (!h)
		errx(1, "%s", em.text);
	return h;
}

static const struct subcommand commands[] = {
	{ "list", cmd_list, "list modules" },
	{ "remove", cmd_remove, "unload a module" },
	{ "load", cmd_load, "load a module" },
	{ "reload", cmd_reload, "unload a module and load it again" },
	{ "stats", cmd_stats, "print statistics of a module" },
};
enum { NCOMMANDS = sizeof(commands) / sizeof(*commands) };

static void
usage(FILE *f)
{
	fputs("Usage: flux module COMMAND [OPTIONS]\n\nCommands:\n", f);
	for (int i = 0; i < NCOMMANDS; i++)
		fprintf(
		    f, "   %-10s %s\n", commands[i].name, commands[i].summary);
	fputs("\nTry 'flux module COMMAND --help'.\n", f);
}

int
main(int argc, char **argv)
{
	setlocale(LC_CTYPE, "");
	setprogname("flux-module");
	optparse_subcommands(commands, NCOMMANDS, argc, argv);
	if (argc > 1 &&
	    (strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "--help") == 0)) {
		usage(stdout);
		return tool_finish(0);
	}
	for (int i = 0; argc > 1 && i < NCOMMANDS; i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	if (argc > 1)
		warnx("Unknown subcommand: %s", argv[1]);
	else
		warnx("missing subcommand");
	usage(stderr);
	return 1;
}
