/* SPDX-License-Identifier: MIT */
/*
 * flux queue: look at the queues, open and close them for submission and for
 * scheduling, and wait until they are empty.
 */
#include <err.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "optparse.h"
#include "queue.h"

void
queue_print_json(json_t *o_new)
{
	char *s = o_new ? json_dumps(o_new, JSON_COMPACT) : NULL;

	if (!s)
		err(1, NULL);
	puts(s);
	free(s);
	json_decref(o_new);
}

const char *
queue_choose(const struct queue_choice *c)
{
	if (c->option && c->operand)
		tool_fail("Conflicting queues specified as --queue=%s and %s",
		    c->option, c->operand);
	return c->option ? c->option : c->operand;
}

static const struct subcommand commands[] = {
	{ "list", cmd_list, "list queues with their limits and resources" },
	{ "status", cmd_status, "tell whether queues are open and running" },
	{ "enable", cmd_enable, "let jobs be submitted" },
	{ "disable", cmd_disable, "refuse new jobs" },
	{ "start", cmd_start, "let jobs be scheduled" },
	{ "stop", cmd_stop, "hold jobs back" },
	{ "drain", cmd_drain, "wait until no job is active" },
	{ "idle", cmd_idle, "wait until no job runs or can run" },
};

int
main(int argc, char **argv)
{
	static const struct tool tool = {
		.name = "queue",
		.commands = commands,
		.ncommands = sizeof(commands) / sizeof(*commands),
		.unknown = { "Unknown command '", "'" },
		.usage_status = 2,
	};

	setlocale(LC_CTYPE, "");
	setprogname("flux-queue");
	return tool_run(&tool, argc, argv);
}
