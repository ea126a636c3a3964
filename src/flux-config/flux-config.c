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
#include "uri.h"

struct handle *
config_open(void)
{
	struct errmsg em;
	struct handle *h = uri_open_default(&em);

	if (!h)
		errx(1, "%s", em.text);
	return h;
}

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
enum { NCOMMANDS = sizeof(commands) / sizeof(*commands) };

static void
usage(FILE *f)
{
	fputs("Usage: flux config COMMAND [OPTIONS]\n\nCommands:\n", f);
	for (int i = 0; i < NCOMMANDS; i++)
		fprintf(
		    f, "   %-10s %s\n", commands[i].name, commands[i].summary);
	fputs("\nTry 'flux config COMMAND --help'.\n", f);
}

int
main(int argc, char **argv)
{
	setprogname("flux-config");
	optparse_subcommands(commands, NCOMMANDS, argc, argv);
	if (argc > 1 &&
	    (strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "--help") == 0)) {
		usage(stdout);
		return fflush(stdout) == EOF;
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
