/* SPDX-License-Identifier: MIT */
/* flux module load, remove, reload: for brokers that have loadable modules. */
#include <err.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "module.h"

enum { OPT_NAME = 256, OPT_EXEC, OPT_LOADER, OPT_CANCEL };

struct load {
	const char *name, *loader; /* NULL = not given */
	bool exec, force, cancel;
};

/* A file is found by its name's last part without ".so". */
static char *
module_name(const char *path)
{
	const char *base = strrchr(path, '/');
	char *name = strdup(base ? base + 1 : path), *dot;

	if (!name)
		err(1, NULL);
	dot = strrchr(name, '.');
	if (dot && (strcmp(dot, ".so") == 0 || strcmp(dot, ".py") == 0))
		*dot = '\0';
	return name;
}

static void
load(struct handle *h, const struct load *l, char **words, int n)
{
	json_t *args = json_array(), *o;
	struct errmsg em;

	for (int i = 1; i < n; i++)
		json_array_append_new(args, json_string(words[i]));
	o = json_pack("{s:s s:s* s:s* s:o}", "path", words[0], "name", l->name,
	    "loader", l->loader, "args", args);
	if (o && l->exec)
		json_object_set_new(o, "exec", json_true());
	if (!o)
		errx(1, "load %s: not UTF-8", words[0]);
	if (handle_call_new(h, "module.load", NODEID_ANY, o, NULL, &em) < 0)
		errx(1, "load %s: %s", words[0], em.text);
}

static void
unload(struct handle *h, const struct load *l, const char *name)
{
	json_t *o = json_pack("{s:s}", "name", name);
	struct errmsg em;

	if (o && l->cancel)
		json_object_set_new(o, "cancel", json_true());
	if (!o)
		errx(1, "remove %s: not UTF-8", name);
	if (handle_call_new(h, "module.remove", NODEID_ANY, o, NULL, &em) < 0 &&
	    !(l->force && errno == ENOENT))
		errx(1, "remove %s: %s", name, em.text);
}

static void
parse(struct load *l, struct optparse *p, int argc, char **argv)
{
	int c;

	optparse_init(p, argc, argv);
	while ((c = optparse_next(p)) != -1) {
		if (c == OPT_NAME)
			l->name = p->value;
		if (c == OPT_LOADER)
			l->loader = p->value;
		l->exec |= c == OPT_EXEC;
		l->force |= c == 'f';
		l->cancel |= c == OPT_CANCEL;
	}
	if (p->noperands == 0)
		optparse_fail(p, "a MODULE is needed");
}

static const struct opt load_opts[] = {
	{ "name", 0, "NAME", "call it so", OPT_NAME },
	{ "exec", 0, NULL, "in a process of its own", OPT_EXEC },
	{ "loader", 0, "PATH", "the program that loads it", OPT_LOADER },
	{ 0 },
};

static const struct opt remove_opts[] = {
	{ "force", 'f', NULL, "no failure if it is not loaded", 0 },
	{ "cancel", 0, NULL, "end its thread if it does not answer",
	    OPT_CANCEL },
	{ 0 },
};

int
cmd_load(int argc, char **argv)
{
	struct optparse p = {
		.usage = "load [OPTIONS] MODULE [ARGS...]",
		.summary = "Load a module into the broker",
		.opts = load_opts,
		.fail_status = 1,
		.stop_at_first = true,
	};
	struct load l = { 0 };
	struct handle *h;

	parse(&l, &p, argc, argv);
	h = tool_open_plain();
	load(h, &l, p.operands, p.noperands);
	handle_close(h);
	optparse_fini(&p);
	return 0;
}

int
cmd_remove(int argc, char **argv)
{
	struct optparse p = {
		.usage = "remove [OPTIONS] MODULE",
		.summary = "Unload a module of the broker",
		.opts = remove_opts,
		.fail_status = 1,
	};
	struct load l = { 0 };
	struct handle *h;

	parse(&l, &p, argc, argv);
	if (p.noperands > 1)
		optparse_fail(&p, "unexpected argument '%s'", p.operands[1]);
	h = tool_open_plain();
	unload(h, &l, p.operands[0]);
	handle_close(h);
	optparse_fini(&p);
	return 0;
}

int
cmd_reload(int argc, char **argv)
{
	struct optparse p = {
		.usage = "reload [OPTIONS] MODULE [ARGS...]",
		.summary = "Unload a module of the broker and load it again",
		.opts = load_opts,
		.more = remove_opts,
		.fail_status = 1,
		.stop_at_first = true,
	};
	struct load l = { 0 };
	struct handle *h;
	char *name;

	parse(&l, &p, argc, argv);
	h = tool_open_plain();
	name = module_name(p.operands[0]);
	unload(h, &l, l.name ? l.name : name);
	load(h, &l, p.operands, p.noperands);
	free(name);
	handle_close(h);
	optparse_fini(&p);
	return 0;
}
