/* SPDX-License-Identifier: MIT */
/*
 * flux resource: what resources the instance has, which are free, and which
 * are out of service.
 */
#include <err.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "optparse.h"
#include "resource.h"

json_t *
resource_call(struct handle *h, const char *topic, json_t *in)
{
	json_t *out = NULL;
	struct errmsg em;

	if (handle_call_new(h, topic, 0, in, &out, &em) < 0)
		tool_fail("%s", em.text);
	return out;
}

void
words_add(struct words *w, char *list)
{
	char *word;

	while ((word = strsep(&list, ","))) {
		char **p = reallocarray(w->v, w->n + 1, sizeof(*p));

		if (!p)
			err(1, NULL);
		w->v = p;
		p[w->n++] = word;
	}
}

void
words_fini(struct words *w)
{
	free(w->v);
	*w = (struct words){ 0 };
}

static const struct subcommand commands[] = {
	{ "list", cmd_list, "list resources by state" },
	{ "info", cmd_info, "print how many nodes, cores and GPUs there are" },
	{ "R", cmd_R, "print resources as RFC 20 JSON" },
	{ "status", cmd_status, "list nodes as the administrator sees them" },
	{ "drain", cmd_drain, "take nodes out of service, or list those" },
	{ "undrain", cmd_undrain, "put nodes back in service" },
	{ "eventlog", cmd_eventlog, "print what happened to nodes" },
	{ "reload", cmd_reload, "replace the inventory (for tests)" },
	{ "acquire-mute", cmd_acquire_mute,
	    "tell the scheduler no more changes (for shutdown)" },
};

int
main(int argc, char **argv)
{
	static const struct tool tool = {
		.name = "resource",
		.commands = commands,
		.ncommands = sizeof(commands) / sizeof(*commands),
		.unknown = { "Unknown command '", "'" },
		.usage_status = 2,
	};

	setlocale(LC_CTYPE, "");
	setprogname("flux-resource");
	return tool_run(&tool, argc, argv);
}
