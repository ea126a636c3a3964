/* SPDX-License-Identifier: MIT */
/*
 * flux completion SHELL: print a script with which the shell completes flux
 * commands, their options and what these take.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "completion.h"
#include "optparse.h"

static const struct {
	const char *name;
	void (*print)(const json_t *table);
} shells[] = {
	{ "bash", bash_print },
	{ "zsh", zsh_print },
	{ "fish", fish_print },
};
enum { NSHELLS = sizeof(shells) / sizeof(*shells) };

void
put_quoted(const char *text)
{
	putchar('\'');
	for (; *text; text++)
		if (*text == '\'')
			fputs("'\\''", stdout);
		else
			putchar(*text);
	putchar('\'');
}

int
main(int argc, char **argv)
{
	static const struct opt opts[] = { { 0 } };
	struct optparse p = {
		.usage = "SHELL",
		.summary = "print a script that completes flux commands, for "
			   "bash, zsh or fish",
		.example = "eval \"$(flux completion bash)\"",
		.opts = opts,
	};
	json_t *table;
	int i = 0;

	setprogname("flux-completion");
	optparse_init(&p, argc, argv);
	while (optparse_next(&p) != -1)
		;
	if (p.noperands != 1)
		optparse_fail(&p, "name one shell: bash, zsh or fish");
	while (i < NSHELLS && strcmp(shells[i].name, p.operands[0]) != 0)
		i++;
	if (i == NSHELLS)
		optparse_fail(&p, "unknown shell '%s': must be bash, zsh, fish",
		    p.operands[0]);
	table = table_read();
	shells[i].print(table);
	json_decref(table);
	optparse_fini(&p);
	return tool_finish(0);
}
