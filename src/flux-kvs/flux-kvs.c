/* SPDX-License-Identifier: MIT */
/*
 * flux kvs: look at the key-value store of the instance, and change it.
 */
#include <err.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kvs.h"

int
cmd_absent(int argc, char **argv)
{
	(void)argc;
	errx(1, "%s: not supported: versions are not kept", argv[0]);
}

static const struct subcommand commands[] = {
	{ "namespace", cmd_namespace, "list namespaces" },
	{ "get", cmd_get, "print the values of keys" },
	{ "put", cmd_put, "store values" },
	{ "dir", cmd_dir, "print keys of a directory with their values" },
	{ "ls", cmd_ls, "list directories" },
	{ "unlink", cmd_unlink, "remove keys" },
	{ "link", cmd_link, "make a link to a key" },
	{ "readlink", cmd_readlink, "print what links name" },
	{ "mkdir", cmd_mkdir, "make directories" },
	{ "copy", cmd_copy, "copy a key" },
	{ "move", cmd_move, "rename a key" },
	{ "version", cmd_version, "print the version of the KVS" },
	{ "getroot", cmd_getroot, "print the tree object of the root" },
	{ "eventlog", cmd_eventlog, "append to eventlogs, and print them" },
	{ "wait", cmd_absent, NULL },
	{ "sync", cmd_absent, NULL },
};
enum { NCOMMANDS = sizeof(commands) / sizeof(*commands) };

static void
usage(FILE *f)
{
	fputs("Usage: flux kvs COMMAND [OPTIONS]\n\nCommands:\n", f);
	for (int i = 0; i < NCOMMANDS; i++)
		if (commands[i].summary)
			fprintf(f, "   %-10s %s\n", commands[i].name,
			    commands[i].summary);
	fputs("\nTry 'flux kvs COMMAND --help'.\n", f);
}

int
main(int argc, char **argv)
{
	setlocale(LC_CTYPE, "");
	setprogname("flux-kvs");
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
