/* SPDX-License-Identifier: MIT */
/*
 * The submission commands, told apart by the name they are called by: submit,
 * run, bulksubmit, alloc, batch.
 */
#include <err.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"

static const struct {
	const char *name;
	enum kind kind;
	int (*run)(struct args *a);
} commands[] = {
	{ "submit", SUBMIT, submit_command },
	{ "run", RUN, run_command },
	{ "bulksubmit", BULKSUBMIT, bulksubmit_command },
	{ "alloc", ALLOC, alloc_command },
	{ "batch", BATCH, batch_command },
};

int
main(int argc, char **argv)
{
	const char *name = strrchr(argv[0], '/');
	char progname[32];
	struct args a;
	int status;

	name = name ? name + 1 : argv[0];
	if (strncmp(name, "flux-", 5) == 0)
		name += 5;
	setlocale(LC_CTYPE, "");
	setlinebuf(stdout);
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		if (strcmp(commands[i].name, name) != 0)
			continue;
		snprintf(progname, sizeof(progname), "flux-%s", name);
		setprogname(progname);
		args_parse(&a, commands[i].kind, argc, argv);
		status = commands[i].run(&a);
		args_free(&a);
		if (fflush(stdout) != 0 || ferror(stdout))
			return 1;
		return status;
	}
	errx(1, "ERROR: unknown name '%s'", argv[0]);
}
