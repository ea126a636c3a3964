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
	errx(1, "%s: not supported: the KVS is not kept on the disk", argv[0]);
}

int
run_nested(const struct subcommand *table, int n, const char *usage, int argc,
    char **argv)
{
	optparse_subcommands(table, n, argc, argv);
	for (int i = 0; argc > 1 && i < n; i++)
		if (strcmp(argv[1], table[i].name) == 0)
			return table[i].run(argc - 1, argv + 1);
	if (argc > 1 && strcmp(argv[1], "--help") == 0) {
		printf("Usage: flux kvs %s\n", usage);
		return tool_finish(0);
	}
	if (argc > 1)
		warnx("%s: Unknown subcommand: %s", argv[0], argv[1]);
	else
		warnx("%s: missing subcommand", argv[0]);
	return 1;
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
	{ "wait", cmd_wait, "wait for a version of the KVS" },
	{ "sync", cmd_absent, NULL },
};

int
main(int argc, char **argv)
{
	static const struct tool tool = {
		.name = "kvs",
		.commands = commands,
		.ncommands = sizeof(commands) / sizeof(*commands),
		.unknown = { "Unknown subcommand: ", "" },
		.missing = "missing subcommand",
		.usage_status = 1,
	};

	setlocale(LC_CTYPE, "");
	setprogname("flux-kvs");
	return tool_run(&tool, argc, argv);
}
