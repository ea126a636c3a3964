/* SPDX-License-Identifier: MIT */
/*
 * The script for fish: one line for each thing that can be completed.
 */
#include <stdio.h>
#include <string.h>

#include "completion.h"

static const char head[] =
    "# fish completion of flux, made by: flux completion fish\n"
    "\n"
    "# Do the words that are no options begin with these? Without arguments:\n"
    "# are there none?\n"
    "function __flux_at\n"
    "    set -l found\n"
    "    for word in (commandline -opc)[2..-1]\n"
    "        string match -q -- '-*' $word; or set -a found $word\n"
    "    end\n"
    "    test (count $argv) -gt 0; or begin\n"
    "        test (count $found) -eq 0\n"
    "        return\n"
    "    end\n"
    "    test (count $found) -ge (count $argv); or return 1\n"
    "    test \"$found[1..\"(count $argv)\"]\" = \"$argv\"\n"
    "end\n"
    "\n"
    "# The same, and there is no further one.\n"
    "function __flux_exactly\n"
    "    set -l found\n"
    "    for word in (commandline -opc)[2..-1]\n"
    "        string match -q -- '-*' $word; or set -a found $word\n"
    "    end\n"
    "    test \"$found\" = \"$argv\"\n"
    "end\n"
    "\n"
    "function __flux_jobs\n"
    "    flux jobs -no '{id.f58plain}\t{name}' 2>/dev/null\n"
    "end\n"
    "\n"
    "function __flux_queues\n"
    "    flux queue list -no '{queue}' 2>/dev/null\n"
    "end\n"
    "\n"
    "complete -c flux -f -n __flux_at\n";

/* 'TEXT' */
static void
put_fish(const char *text)
{
	putchar('\'');
	for (; *text; text++) {
		if (*text == '\'' || *text == '\\')
			putchar('\\');
		putchar(*text);
	}
	putchar('\'');
}

/* What to offer for a kind: options of complete. */
static const char *
words_of(const char *kind)
{
	static const struct {
		const char *kind, *words;
	} kinds[] = {
		{ "jobs", " -f -a '(__flux_jobs)'" },
		{ "queues", " -f -a '(__flux_queues)'" },
		{ "when", " -f -a 'always never auto'" },
		{ "shells", " -f -a 'bash zsh fish'" },
		{ "command", " -a '(__fish_complete_command)'" },
		{ "file", " -F" },
		{ "none", " -f" },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (strcmp(kinds[i].kind, kind) == 0)
			return kinds[i].words;
	return "";
}

static void
put_condition(const char *function, const char *path)
{
	printf(
	    "complete -c flux -n '%s%s%s'", function, *path ? " " : "", path);
}

static void
put_option(const char *path, const json_t *o)
{
	const char *value = text_of(o, "value");

	put_condition("__flux_at", path);
	if (*text_of(o, "name"))
		printf(" -l %s", text_of(o, "name"));
	if (*text_of(o, "letter"))
		printf(" -s %s", text_of(o, "letter"));
	if (*value && !json_is_true(json_object_get(o, "optional")))
		printf(" -r");
	if (*value)
		fputs(words_of(value), stdout);
	printf(" -d ");
	put_fish(text_of(o, "help"));
	putchar('\n');
}

static void
put_command(const json_t *command)
{
	const char *path = text_of(command, "path");
	json_t *o;
	size_t i;

	json_array_foreach(json_object_get(command, "options"), i, o)
		put_option(path, o);
	json_array_foreach(json_object_get(command, "commands"), i, o) {
		put_condition("__flux_exactly", path);
		printf(" -f -a %s -d ", text_of(o, "name"));
		put_fish(text_of(o, "summary"));
		putchar('\n');
	}
	if (json_array_size(json_object_get(command, "commands")) == 0) {
		put_condition("__flux_at", path);
		printf("%s\n", words_of(text_of(command, "operands")));
	}
}

void
fish_print(const json_t *table)
{
	json_t *o;
	size_t i;

	fputs(head, stdout);
	json_array_foreach(table, i, o)
		put_command(o);
}
