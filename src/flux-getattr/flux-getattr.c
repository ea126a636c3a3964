/* SPDX-License-Identifier: MIT */
/* flux getattr, setattr, lsattr: told apart by the name we are called by. */
#include <err.h>
#include <errno.h>
#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "handle.h"
#include "optparse.h"

/* {"version":1,"attributes":{NAME:VALUE,...}}; takes attributes. */
static void
print_json(json_t *attributes_new)
{
	json_t *o =
	    json_pack("{s:i s:o}", "version", 1, "attributes", attributes_new);
	char *s = o ? json_dumps(o, JSON_COMPACT) : NULL;

	if (!s)
		err(1, NULL);
	puts(s);
	free(s);
	json_decref(o);
}

static const struct opt getattr_options[] = {
	{ "json", 'j', NULL, "print a JSON object", 0 },
	{ 0 },
};

static int
getattr_main(int argc, char **argv)
{
	struct optparse p = {
		.usage = "[OPTIONS] NAME",
		.summary = "print the value of a broker attribute",
		.example = "flux getattr size",
		.opts = getattr_options,
		.fail_status = 1,
	};
	struct handle *h;
	bool as_json = false;
	char *value;

	optparse_init(&p, argc, argv);
	while (optparse_next(&p) != -1)
		as_json = true;
	if (p.noperands != 1)
		optparse_fail(&p, "exactly one NAME is needed");
	h = tool_open_plain();
	if (!(value = handle_getattr(h, p.operands[0])))
		err(1, "%s", p.operands[0]);
	if (as_json)
		print_json(json_pack("{s:s}", p.operands[0], value));
	else
		puts(value);
	free(value);
	handle_close(h);
	optparse_fini(&p);
	return 0;
}

static const struct opt setattr_options[] = {
	{ "force", 'f', NULL, "also what is not meant to be changed", 0 },
	{ 0 },
};

static int
setattr_main(int argc, char **argv)
{
	struct optparse p = {
		.usage = "[OPTIONS] NAME VALUE",
		.summary = "set a broker attribute",
		.example = "flux setattr log-stderr-level 7",
		.opts = setattr_options,
		.fail_status = 1,
	};
	struct errmsg em;
	struct handle *h;
	json_t *o;
	bool force = false;

	optparse_init(&p, argc, argv);
	while (optparse_next(&p) != -1)
		force = true;
	if (p.noperands != 2)
		optparse_fail(&p, "NAME and VALUE are needed");
	h = tool_open_plain();
	o = json_pack(
	    "{s:s s:s}", "name", p.operands[0], "value", p.operands[1]);
	if (force)
		json_object_set_new(o, "force", json_true());
	if (handle_call_new(h, "attr.set", NODEID_ANY, o, NULL, &em) < 0)
		errx(1, "%s: %s", p.operands[0], em.text);
	handle_close(h);
	optparse_fini(&p);
	return 0;
}

static const struct opt lsattr_options[] = {
	{ "values", 'v', NULL, "print the values too", 0 },
	{ "json", 'j', NULL, "print a JSON object, with the values", 0 },
	{ 0 },
};

static int
compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Names in order (malloc'd). */
static const char **
sort_names(const json_t *names)
{
	size_t n = json_array_size(names);
	const char **sorted = calloc(n + 1, sizeof(*sorted));

	if (!sorted)
		err(1, NULL);
	for (size_t i = 0; i < n; i++)
		sorted[i] = json_string_value(json_array_get(names, i));
	qsort(sorted, n, sizeof(*sorted), compare);
	return sorted;
}

static void
print_attrs_json(struct handle *h, const json_t *names)
{
	const char **sorted = sort_names(names);
	json_t *o = json_object();

	for (size_t i = 0; sorted[i]; i++) {
		char *value = handle_getattr(h, sorted[i]);

		if (value)
			json_object_set_new(o, sorted[i], json_string(value));
		free(value);
	}
	print_json(o);
	free(sorted);
}

static void
print_attrs(struct handle *h, const json_t *names, bool with_values)
{
	const char **sorted = sort_names(names);

	for (size_t i = 0; sorted[i]; i++) {
		char *value;
		if (!with_values) {
			puts(sorted[i]);
			continue;
		}
		value = handle_getattr(h, sorted[i]);
		printf("%-40s%s\n", sorted[i], value ? value : "-");
		free(value);
	}
	free(sorted);
}

static int
lsattr_main(int argc, char **argv)
{
	struct optparse p = {
		.usage = "[OPTIONS]",
		.summary = "list the broker's attributes",
		.example = "flux lsattr -v | grep tbon",
		.opts = lsattr_options,
		.fail_status = 1,
	};
	struct errmsg em;
	struct handle *h;
	json_t *o = NULL;
	bool with_values = false, as_json = false;
	int c;

	optparse_init(&p, argc, argv);
	while ((c = optparse_next(&p)) != -1) {
		with_values |= c == 'v';
		as_json |= c == 'j';
	}
	if (p.noperands > 0)
		optparse_fail(&p, "no argument is taken");
	h = tool_open_plain();
	if (handle_call_new(h, "attr.list", NODEID_ANY, NULL, &o, &em) < 0)
		errx(1, "%s", em.text);
	if (as_json)
		print_attrs_json(h, json_object_get(o, "names"));
	else
		print_attrs(h, json_object_get(o, "names"), with_values);
	json_decref(o);
	handle_close(h);
	optparse_fini(&p);
	return 0;
}

static const struct {
	const char *name;
	int (*main)(int argc, char **argv);
} commands[] = {
	{ "getattr", getattr_main },
	{ "setattr", setattr_main },
	{ "lsattr", lsattr_main },
};

/* "…/flux-lsattr" or "lsattr" */
static const char *
command_name(const char *path)
{
	const char *base = strrchr(path, '/');

	base = base ? base + 1 : path;
	return strncmp(base, "flux-", 5) == 0 ? base + 5 : base;
}

int
main(int argc, char **argv)
{
	const char *name = command_name(argv[0]);
	char progname[32];
	int rc;

	setlocale(LC_CTYPE, "");
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		if (strcmp(commands[i].name, name) != 0)
			continue;
		snprintf(progname, sizeof(progname), "flux-%s", name);
		setprogname(progname);
		rc = commands[i].main(argc, argv);
		return tool_finish(rc);
	}
	errx(1, "unknown name '%s'", argv[0]);
}
