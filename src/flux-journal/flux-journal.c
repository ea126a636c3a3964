/* SPDX-License-Identifier: MIT */
/*
 * flux journal: the events of all jobs of an instance, as they happen.
 */
#include <err.h>
#include <errno.h>
#include <limits.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "color.h"
#include "journal.h"
#include "optparse.h"

static const struct opt options[] = {
	{ "follow", 'f', NULL, "go on with what happens from now on", 0 },
	{ "new", 'n', NULL, "only what happens from now on", 0 },
	{ "recursive", 'R', NULL, "also in instances that are jobs", 0 },
	{ "filter", 'F', "EVENT,...", "only these events", 0 },
	{ "count", 'c', "N", "end after N records", 0 },
	{ "json", 'j', NULL, "one JSON object a line", 0 },
	{ "time-format", 'T', "FORMAT", "iso (default), raw, offset or human",
	    0 },
	{ "human", 'H', NULL, "same as --time-format=human", 0 },
	{ "color", 'L', "[WHEN]", "colour: always, never or auto (default)",
	    0 },
	{ 0 },
};

static void
add_filter(struct journal *j, const struct optparse *p)
{
	if (!j->filter && !(j->filter = json_object()))
		err(1, NULL);
	for (const char *s = p->value;; s++) {
		size_t n = strcspn(s, ",");
		char *name = strndup(s, n);

		if (!name)
			err(1, NULL);
		if (n == 0)
			optparse_fail(p,
			    "invalid value '%s' for --filter: an event has no "
			    "name",
			    p->value);
		if (json_object_set_new(j->filter, name, json_integer(1)) < 0)
			optparse_fail(
			    p, "invalid value for --filter: not UTF-8");
		free(name);
		s += n;
		if (!*s)
			return;
	}
}

static long
number(const struct optparse *p)
{
	const char *why;
	long n = strtonum(p->value, 1, LONG_MAX, &why);

	if (why)
		optparse_fail(p, "invalid value '%s' for --%s: %s", p->value,
		    p->opt->name, why);
	return n;
}

static void
set_look(struct journal *j, const struct optparse *p, int c)
{
	int rc = 0;

	if (c == 'H')
		j->fmt.time = EVENTFMT_HUMAN;
	else if (c == 'T')
		rc = eventfmt_set_time(&j->fmt, p->value);
	else if (c == 'L')
		rc = color_parse(p->value ? p->value : "", &j->fmt.color);
	if (rc < 0)
		optparse_fail(
		    p, "invalid value '%s' for --%s", p->value, p->opt->name);
}

static void
set_option(struct journal *j, const struct optparse *p, int c)
{
	switch (c) {
	case 'f':
		j->follow = true;
		break;
	case 'n':
		j->follow = j->only_new = true;
		break;
	case 'R':
		j->recursive = true;
		break;
	case 'F':
		add_filter(j, p);
		break;
	case 'c':
		j->count = number(p);
		break;
	case 'j':
		j->json = true;
		break;
	default:
		set_look(j, p, c);
	}
}

int
main(int argc, char **argv)
{
	struct optparse p = {
		.usage = "[OPTIONS]",
		.summary = "print the events of all jobs",
		.example = "flux journal -fR --filter=exception",
		.opts = options,
	};
	struct journal j = { .fmt.time = EVENTFMT_ISO };
	int c;

	setlocale(LC_CTYPE, "");
	setprogname("flux-journal");
	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGPIPE, SIG_IGN);
	color_parse(NULL, &j.fmt.color);
	optparse_init(&p, argc, argv);
	while ((c = optparse_next(&p)) != -1)
		set_option(&j, &p, c);
	if (p.noperands > 0)
		optparse_fail(&p, "unexpected argument '%s'", p.operands[0]);
	optparse_fini(&p);
	journal_run(&j);
	json_decref(j.filter);
	return tool_finish(0);
}
