/* SPDX-License-Identifier: MIT */
/*
 * A program of subcommands: which one to run, and what there are.
 */
#include <err.h>
#include <stdio.h>
#include <string.h>

#include "optparse.h"

enum { NAME_WIDTH = 10 }; /* of the list of commands, at least */

static int
name_width(const struct tool *t)
{
	int width = NAME_WIDTH;

	for (int i = 0; i < t->ncommands; i++)
		if (t->commands[i].summary &&
		    (int)strlen(t->commands[i].name) >= width)
			width = (int)strlen(t->commands[i].name) + 1;
	return width;
}

static void
print_commands(const struct tool *t, FILE *f)
{
	int width = name_width(t);

	fprintf(f, "Usage: flux %s COMMAND [OPTIONS]\n\nCommands:\n", t->name);
	for (int i = 0; i < t->ncommands; i++)
		if (t->commands[i].summary)
			fprintf(f, "   %-*s %s\n", width, t->commands[i].name,
			    t->commands[i].summary);
	fprintf(f, "\nTry 'flux %s COMMAND --help'.\n", t->name);
}

int
tool_run(const struct tool *t, int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : NULL;

	optparse_subcommands(t->commands, t->ncommands, argc, argv);
	if (word && (strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0)) {
		print_commands(t, stdout);
		return tool_finish(0);
	}
	for (int i = 0; word && i < t->ncommands; i++)
		if (strcmp(word, t->commands[i].name) == 0)
			return t->commands[i].run(argc - 1, argv + 1);
	if (word)
		warnx("%s%s%s", t->unknown[0], word, t->unknown[1]);
	else if (t->missing)
		warnx("%s", t->missing);
	print_commands(t, stderr);
	return t->usage_status;
}
