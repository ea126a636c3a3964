/* SPDX-License-Identifier: MIT */
/* flux module list: a row for each module, with the services it has beside
 * the one of its own name. */
#include <err.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "module.h"

enum { SERVICES_WIDTH = 8, IDLE_MAX = 99 }; /* of the long form; seconds */

/* By the number that the broker gives. */
static char
state_letter(int status)
{
	static const char letters[] = "IRFX";

	return status >= 0 && status < 4 ? letters[status] : '?';
}

/* "feasibility,sched" (malloc'd) */
static char *
services_text(const json_t *services, const char *name)
{
	char *text = NULL;
	size_t len, i;
	FILE *f = open_memstream(&text, &len);
	const char *comma = "";
	json_t *o;

	if (!f)
		err(1, NULL);
	json_array_foreach((json_t *)services, i, o) {
		const char *s = json_string_value(o);

		if (!s || strcmp(s, name) == 0)
			continue;
		fprintf(f, "%s%s", comma, s);
		comma = ",";
	}
	if (fclose(f) == EOF)
		err(1, NULL);
	return text;
}

static void
print_services(char *text, const char *path)
{
	if (!path) {
		printf(" %s\n", text);
		return;
	}
	if (strlen(text) > SERVICES_WIDTH)
		strlcpy(text + SERVICES_WIDTH - 1, "+", 2);
	printf(" %-*s %s\n", SERVICES_WIDTH, text, path);
}

static void
print_module(const json_t *mod, bool is_long)
{
	const char *name, *path;
	int idle, status, sendq = 0, recvq = 0;
	json_t *services;
	char text[16], *list;

	if (json_unpack((json_t *)mod, "{s:s s:s s:i s:i s:o s?i s?i}", "name",
		&name, "path", &path, "idle", &idle, "status", &status,
		"services", &services, "sendqueue", &sendq, "recvqueue",
		&recvq) < 0)
		errx(1, "module.list: %s", strerror(EPROTO));
	if (idle > IDLE_MAX)
		strlcpy(text, "idle", sizeof(text));
	else
		snprintf(text, sizeof(text), "%d", idle);
	list = services_text(services, name);
	printf("%-24s %5s  %c %5d %5d", name, text, state_letter(status), sendq,
	    recvq);
	print_services(list, is_long ? path : NULL);
	free(list);
}

static void
print_json(const json_t *mods)
{
	json_t *o = json_pack("{s:i s:O}", "version", 1, "modules", mods);
	char *s = o ? json_dumps(o, JSON_COMPACT) : NULL;

	if (!s)
		err(1, NULL);
	puts(s);
	free(s);
	json_decref(o);
}

static void
print_all(const json_t *mods, bool is_long)
{
	json_t *mod;
	size_t i;

	printf("%-24s %5s  %s %5s %5s %s\n", "Module", "Idle", "S", "Sendq",
	    "Recvq", is_long ? "Service  Path" : "Service");
	json_array_foreach((json_t *)mods, i, mod)
		print_module(mod, is_long);
}

int
cmd_list(int argc, char **argv)
{
	static const struct opt opts[] = {
		{ "long", 'l', NULL, "with the path of each", 0 },
		{ "json", 'j', NULL, "print a JSON object", 0 },
		{ 0 },
	};
	struct optparse p = {
		.usage = "list [OPTIONS]",
		.summary = "List the modules of the broker",
		.example = "flux exec -r 1 flux module list",
		.opts = opts,
		.fail_status = 1,
	};
	bool is_long = false, as_json = false;
	json_t *out = NULL, *mods;
	struct handle *h;
	struct errmsg em;
	int c;

	optparse_init(&p, argc, argv);
	while ((c = optparse_next(&p)) != -1) {
		is_long |= c == 'l';
		as_json |= c == 'j';
	}
	if (p.noperands > 0)
		optparse_fail(&p, "no argument is taken");
	h = tool_open_plain();
	if (handle_call_new(h, "module.list", NODEID_ANY, NULL, &out, &em) < 0)
		errx(1, "list: %s", em.text);
	mods = json_object_get(out, "mods");
	if (as_json)
		print_json(mods);
	else
		print_all(mods, is_long);
	json_decref(out);
	handle_close(h);
	optparse_fini(&p);
	return tool_finish(0);
}
