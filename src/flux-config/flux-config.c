/* SPDX-License-Identifier: MIT */
/*
 * flux config: look at the configuration of the broker, and change it.
 */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"

json_t *
config_get(struct handle *h)
{
	json_t *config = NULL;
	struct errmsg em;

	if (handle_call_new(h, "config.get", NODEID_ANY, NULL, &config, &em) <
	    0)
		errx(1, "config.get: %s", em.text);
	return config;
}

void
config_load_new(struct handle *h, json_t *config)
{
	struct errmsg em;

	if (handle_call_new(h, "config.load", NODEID_ANY, config, NULL, &em) <
	    0)
		errx(1, "%s", em.text);
}

void
config_operands(const struct optparse *p, int min, int max)
{
	if (p->noperands < min)
		optparse_fail(p, "missing argument");
	if (p->noperands > max)
		optparse_fail(p, "unexpected argument '%s'", p->operands[max]);
}

static const struct subcommand commands[] = {
	{ "get", cmd_get, "print the configuration, or a value of it" },
	{ "set", cmd_set, "change a value, until the next reload" },
	{ "unset", cmd_unset, "remove a value, until the next reload" },
	{ "load", cmd_load, "replace the configuration" },
	{ "reload", cmd_reload, "read the configuration files again" },
	{ "builtin", cmd_builtin, "print a value that was compiled in" },
};

int
main(int argc, char **argv)
{
	static const struct tool tool = {
		.name = "config",
		.commands = commands,
		.ncommands = sizeof(commands) / sizeof(*commands),
		.unknown = { "Unknown subcommand: ", "" },
		.missing = "missing subcommand",
		.usage_status = 1,
	};

	setprogname("flux-config");
	return tool_run(&tool, argc, argv);
}
