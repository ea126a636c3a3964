/* SPDX-License-Identifier: MIT */
/* flux module stats: what a service counts, and what its process uses. */
#include <err.h>
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "module.h"

struct stats {
	const char *parse; /* "cache.count"; NULL = all */
	const char *who;   /* of rusage; NULL = statistics */
	const char *clear; /* topic; NULL = do not */
	double scale;      /* 0 = as it is */
	bool as_int, as_double;
};

static void
dump(const json_t *o)
{
	char *s = json_dumps(o, JSON_INDENT(1) | JSON_ENCODE_ANY);

	if (!s)
		err(1, NULL);
	puts(s);
	free(s);
}

/* Borrowed. */
static const json_t *
find(const json_t *o, const char *path)
{
	char *copy = strdup(path), *rest = copy, *name;

	if (!copy)
		err(1, NULL);
	while (o && (name = strsep(&rest, ".")))
		o = json_object_get(o, name);
	free(copy);
	if (!o)
		errx(1, "`%s' not found in response", path);
	return o;
}

static void
print(const struct stats *s, const json_t *out)
{
	const json_t *o = s->parse ? find(out, s->parse) : out;
	double x = json_number_value(o) * (s->scale != 0 ? s->scale : 1);

	if (!json_is_number(o) && (s->as_int || s->as_double))
		errx(1, "%s: value is not a number",
		    s->parse ? s->parse : "stats");
	if (s->as_int || (json_is_integer(o) && s->scale != 0 && !s->as_double))
		printf("%.0f\n", trunc(x));
	else if (s->as_double || (json_is_real(o) && s->scale != 0))
		printf("%f\n", x);
	else
		dump(o);
}

static void
ask(const struct stats *s, const char *service)
{
	struct handle *h = tool_open_plain();
	json_t *in = NULL, *out = NULL;
	struct errmsg em;
	char *topic;

	if (s->who)
		in = json_pack("{s:s}", "who", s->who);
	if (asprintf(&topic, "%s.%s", service,
		s->clear ? s->clear : (s->who ? "rusage" : "stats-get")) < 0)
		err(1, NULL);
	if (handle_call_new(h, topic, NODEID_ANY, in, &out, &em) < 0)
		errx(1, "%s: %s", topic, em.text);
	if (!s->clear)
		print(s, out);
	json_decref(out);
	free(topic);
	handle_close(h);
}

static const struct opt opts[] = {
	{ "parse", 'p', "NAME", "only this value: NAME.NAME", 0 },
	{ "scale", 's', "N", "multiply the number by N", 0 },
	{ "type", 't', "int|double", "print the number as such", 0 },
	{ "rusage", 'R', "[WHO]",
	    "what the process uses: self (default), children, thread", 0 },
	{ "clear", 'c', NULL, "set the counters to zero", 0 },
	{ 0 },
};

static void
set_option(struct stats *s, const struct optparse *p, int c)
{
	char *end;

	switch (c) {
	case 'p':
		s->parse = p->value;
		break;
	case 'R':
		s->who = p->value ? p->value : "self";
		break;
	case 'c':
		s->clear = "stats-clear";
		break;
	case 's':
		s->scale = strtod(p->value, &end);
		if (end == p->value || *end || !isfinite(s->scale))
			optparse_fail(
			    p, "--scale: '%s' is not a number", p->value);
		break;
	case 't':
		s->as_int = strcmp(p->value, "int") == 0;
		s->as_double = strcmp(p->value, "double") == 0;
		if (!s->as_int && !s->as_double)
			optparse_fail(p,
			    "--type: '%s' is neither int nor double", p->value);
		break;
	}
}

int
cmd_stats(int argc, char **argv)
{
	struct optparse p = {
		.usage = "stats [OPTIONS] MODULE",
		.summary = "Print statistics of a module",
		.example = "flux module stats --parse=rx.request job-manager",
		.opts = opts,
		.fail_status = 1,
	};
	struct stats s = { 0 };
	int c;

	optparse_init(&p, argc, argv);
	while ((c = optparse_next(&p)) != -1)
		set_option(&s, &p, c);
	if (p.noperands != 1)
		optparse_fail(&p, "exactly one MODULE is needed");
	ask(&s, p.operands[0]);
	optparse_fini(&p);
	return tool_finish(0);
}
