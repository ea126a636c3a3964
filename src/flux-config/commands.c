/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"

/* ---- get ---- */

/* -c: a path, or the name of a well-known one. */
static json_t *
read_config(const char *path)
{
	struct errmsg em;
	json_t *config;

	if (strcmp(path, "system") == 0)
		path = "/etc/flux/system/conf.d";
	else if (strcmp(path, "security") == 0)
		path = "/etc/flux/security/conf.d";
	else if (strcmp(path, "imp") == 0)
		path = "/etc/flux/imp/conf.d";
	if (!(config = config_read_path(path, &em)))
		errx(1, "%s", em.text);
	return config;
}

struct get {
	const char *path;     /* -c; NULL = ask the broker */
	const char *fallback; /* -d; NULL = none */
	enum type type;
	bool quiet;
};

static int
print_value(const struct get *g, json_t *config, const char *name)
{
	const json_t *v = name ? config_lookup(config, name) : config;
	char *text;

	if (!v && g->fallback) {
		puts(g->fallback);
		return 0;
	}
	if (!v) {
		if (!g->quiet)
			warnx("%s is not set", name);
		return 1;
	}
	if (!(text = type_print(g->type, v)))
		errx(1, "%s does not have the requested type",
		    name ? name : "value");
	puts(text);
	free(text);
	return 0;
}

int
cmd_get(int argc, char **argv)
{
	static const struct opt opts[] = {
		{ "config-path", 'c', "PATH",
		    "of a file or directory, or of "
		    "system, security, imp",
		    0 },
		{ "type", 't', "TYPE",
		    "any, string, integer, real, boolean, object, array, fsd, "
		    "fsd-integer, fsd-real",
		    0 },
		{ "quiet", 'q', NULL, "no message if it is not set", 0 },
		{ "default", 'd', "VAL", "print this if it is not set", 0 },
		{ 0 },
	};
	struct optparse p = {
		.usage = "get [OPTIONS] [NAME]",
		.summary = "Print the configuration, or a value of it",
		.example = "flux config get -d 1 policy.limits.duration",
		.opts = opts,
		.fail_status = 1,
	};
	struct get g = { 0 };
	struct handle *h = NULL;
	json_t *config;
	int c, rc;

	optparse_init(&p, argc, argv);
	while ((c = optparse_next(&p)) != -1) {
		g.quiet |= c == 'q';
		if (c == 'c')
			g.path = p.value;
		else if (c == 't')
			g.type = type_parse(p.value);
		else if (c == 'd')
			g.fallback = p.value;
	}
	config_operands(&p, 0, 1);
	if (g.path)
		config = read_config(g.path);
	else
		config = config_get(h = tool_open_plain());
	rc = print_value(&g, config, p.noperands ? p.operands[0] : NULL);
	json_decref(config);
	handle_close(h);
	optparse_fini(&p);
	return fflush(stdout) == EOF ? 1 : rc;
}

/* ---- set, unset ---- */

/* The type asked for, or that of the value that is there. */
static enum type
choose_type(const char *name, const json_t *old)
{
	enum type type = name  ? type_parse(name)
			 : old ? type_of(old)
			       : TYPE_ANY;

	if (type == TYPE_ANY && !name)
		errx(1, "Type is unknown, please specify --type");
	if (type == TYPE_ANY || type > TYPE_FSD)
		errx(1, "type %s cannot be set", name);
	return type;
}

int
cmd_set(int argc, char **argv)
{
	static const struct opt opts[] = {
		{ "type", 't', "TYPE",
		    "string, integer, real, boolean, "
		    "object, array, fsd",
		    0 },
		{ 0 },
	};
	struct optparse p = {
		.usage = "set [OPTIONS] NAME VALUE",
		.summary = "Change a value, until the next reload",
		.example = "flux config set --type=fsd "
			   "policy.limits.duration 2h",
		.opts = opts,
		.fail_status = 1,
	};
	const char *type_arg = NULL;
	struct handle *h;
	json_t *config, *v;
	enum type type;

	optparse_init(&p, argc, argv);
	while (optparse_next(&p) != -1)
		type_arg = p.value;
	config_operands(&p, 2, 2);
	h = tool_open_plain();
	config = config_get(h);
	type = choose_type(type_arg, config_lookup(config, p.operands[0]));
	if (!(v = type_read(type, p.operands[1])))
		errx(1, "Error parsing %s value", type_name(type));
	if (config_set_new(config, p.operands[0], v) < 0)
		errx(1, "%s: invalid name", p.operands[0]);
	config_load_new(h, config);
	handle_close(h);
	optparse_fini(&p);
	return 0;
}

static const struct opt none[] = { { 0 } };

static void
no_options(struct optparse *p, int argc, char **argv)
{
	p->opts = none;
	p->fail_status = 1;
	optparse_init(p, argc, argv);
	while (optparse_next(p) != -1)
		;
}

int
cmd_unset(int argc, char **argv)
{
	struct optparse p = {
		.usage = "unset NAME",
		.summary = "Remove a value, until the next reload",
	};
	struct handle *h;
	json_t *config;

	no_options(&p, argc, argv);
	config_operands(&p, 1, 1);
	h = tool_open_plain();
	config = config_get(h);
	config_unset(config, p.operands[0]);
	config_load_new(h, config);
	handle_close(h);
	optparse_fini(&p);
	return 0;
}

/* ---- load, reload ---- */

static json_t *
read_stdin(struct errmsg *em)
{
	char *text = NULL;
	size_t size = 0;
	json_t *config;

	if (getdelim(&text, &size, '\0', stdin) < 0 && ferror(stdin))
		err(1, "stdin");
	config = config_read_text(text ? text : "", em);
	free(text);
	return config;
}

int
cmd_load(int argc, char **argv)
{
	struct optparse p = {
		.usage = "load [PATH]",
		.summary = "Replace the configuration by that of stdin, a "
			   "file or a directory",
	};
	struct errmsg em;
	struct handle *h;
	json_t *config;

	no_options(&p, argc, argv);
	config_operands(&p, 0, 1);
	if (p.noperands == 0) {
		if (!(config = read_stdin(&em)))
			errx(1, "%s", em.text);
	} else if (!(config = config_read_path(p.operands[0], &em))) {
		errx(1, "Error parsing config: %s", em.text);
	}
	h = tool_open_plain();
	config_load_new(h, config);
	handle_close(h);
	optparse_fini(&p);
	return 0;
}

int
cmd_reload(int argc, char **argv)
{
	static const struct opt opts[] = {
		{ "follower-noop", 0, NULL, "do nothing on ranks but 0", 'n' },
		{ 0 },
	};
	struct optparse p = {
		.usage = "reload [OPTIONS]",
		.summary = "Read the configuration files again",
		.opts = opts,
		.fail_status = 1,
	};
	struct errmsg em;
	struct handle *h;
	bool noop = false;
	char *rank;

	optparse_init(&p, argc, argv);
	while (optparse_next(&p) != -1)
		noop = true;
	config_operands(&p, 0, 0);
	h = tool_open_plain();
	rank = noop ? handle_getattr(h, "rank") : NULL;
	if ((!rank || strcmp(rank, "0") == 0) &&
	    handle_call_new(h, "config.reload", NODEID_ANY, NULL, NULL, &em) <
		0)
		errx(1, "%s", em.text);
	free(rank);
	handle_close(h);
	optparse_fini(&p);
	return 0;
}

/* ---- builtin ---- */

int
cmd_builtin(int argc, char **argv)
{
	struct optparse p = {
		.usage = "builtin NAME",
		.summary = "Print a value that was compiled in",
	};
	json_t *out = NULL;
	const char *value;
	struct errmsg em;
	struct handle *h;

	no_options(&p, argc, argv);
	config_operands(&p, 1, 1);
	h = tool_open_plain();
	if (handle_call_new(h, "broker.conf-builtin", NODEID_ANY,
		json_pack("{s:[s]}", "keys", p.operands[0]), &out, &em) < 0) {
		if (errno == EINVAL)
			errx(1, "%s is invalid", p.operands[0]);
		errx(1, "%s", em.text);
	}
	value = json_string_value(
	    json_object_get(json_object_get(out, "values"), p.operands[0]));
	if (!value)
		errx(1, "%s is invalid", p.operands[0]);
	puts(value);
	json_decref(out);
	handle_close(h);
	optparse_fini(&p);
	return fflush(stdout) == EOF;
}
