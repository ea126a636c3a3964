/* SPDX-License-Identifier: MIT */
/*
 * The command line of flux pstree.
 */
#include <sys/ioctl.h>

#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fluid.h"
#include "jobstate.h"
#include "optparse.h"
#include "pstree.h"

enum { DEFAULT_WIDTH = 132, MAX_JOBS = 1000 };

enum {
	OPT_ASCII = 256,
	OPT_DETAIL_FORMAT,
	OPT_PARENT_LABEL,
	OPT_SKIP_ROOT,
};

static const struct opt table[] = {
	{ "all", 'a', NULL, "jobs in all states", 0 },
	{ "filter", 'f', "STATE|RESULT[,...]",
	    "jobs in these states or with these results (default running)", 0 },
	{ "count", 'c', "N", NULL, 0 },
	{ "extended", 'x', NULL, "details before the tree", 0 },
	{ "details", 'd', "NAME",
	    "these details: default, resources, progress, stats", 0 },
	{ "detail-format", 0, "FORMAT", "your own details", OPT_DETAIL_FORMAT },
	{ "no-header", 'n', NULL, "no header over details", 0 },
	{ "label", 'o', "FORMAT", "label of jobs", 0 },
	{ "parent-label", 0, "FORMAT", "label of instances", OPT_PARENT_LABEL },
	{ "parent-ids", 'p', NULL, "ids before instances", 0 },
	{ "no-combine", 'X', NULL, "do not merge equal jobs", 0 },
	{ "level", 'L', "N", "how deep to go, 0 = this instance only", 0 },
	{ "compact", 'C', NULL, "a narrow tree", 0 },
	{ "ascii", 0, NULL, "a tree of ASCII characters", OPT_ASCII },
	{ "long", 'l', NULL, "do not cut lines", 0 },
	{ "json", 'j', NULL, "print a JSON object", 0 },
	{ "skip-root", 0, "[yes|no]", "leave out this instance itself",
	    OPT_SKIP_ROOT },
	{ 0 },
};

static int
integer(struct optparse *p)
{
	const char *why;
	long long n = strtonum(p->value, -1000000000, 1000000000, &why);

	if (why)
		optparse_fail(p, "argument --%s: invalid int value: '%s'",
		    p->opt->name, p->value);
	return n;
}

/* A later -f replaces an earlier one. */
static void
set_filter(struct options *o, const char *list)
{
	struct errmsg em;

	o->has_filter = true;
	o->query.states = o->query.results = 0;
	if (jobquery_add_filter(&o->query, list, &em) < 0)
		tool_fail("%s", em.text);
}

static void
set_skip_root(struct options *o, struct optparse *p)
{
	const char *value = p->value;

	/* the value may also be the next word */
	if (!value && p->index < p->argc &&
	    (strcmp(p->argv[p->index], "yes") == 0 ||
		strcmp(p->argv[p->index], "no") == 0))
		value = p->argv[p->index++];
	if (!value || strcmp(value, "yes") == 0)
		o->skip_root = 1;
	else if (strcmp(value, "no") == 0)
		o->skip_root = 0;
	else
		tool_fail("--skip-root requires either 'yes' or 'no'");
}

static void
set_look(struct options *o, struct optparse *p, int id)
{
	switch (id) {
	case 'n':
		o->no_header = true;
		break;
	case 'p':
		o->parent_ids = true;
		break;
	case 'X':
		o->no_combine = true;
		break;
	case 'C':
		o->compact = true;
		break;
	case OPT_ASCII:
		o->ascii = true;
		break;
	case 'l':
		o->width = -1;
		break;
	case 'j':
		o->json = true;
		break;
	case OPT_SKIP_ROOT:
		set_skip_root(o, p);
		break;
	}
}

static void
set_option(struct options *o, struct optparse *p, int id)
{
	switch (id) {
	case 'a':
		o->all = true;
		break;
	case 'f':
		set_filter(o, p->value);
		break;
	case 'c':
		integer(p);
		o->has_count = true;
		break;
	case 'x':
		o->details = o->details ? o->details : "default";
		break;
	case 'd':
		o->details = p->value;
		break;
	case OPT_DETAIL_FORMAT:
		o->detail_format = p->value;
		break;
	case 'o':
		o->label = p->value;
		break;
	case OPT_PARENT_LABEL:
		o->parent_label = p->value;
		break;
	case 'L':
		o->level = integer(p);
		break;
	default:
		set_look(o, p, id);
	}
}

static int
screen_width(void)
{
	const char *columns = getenv("COLUMNS"), *why = "unset";
	struct winsize ws;
	int width = 0;

	if (columns)
		width = strtonum(columns, 1, 100000, &why);
	if (!why)
		return width;
	if (isatty(STDOUT_FILENO) &&
	    ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) == 0 && ws.ws_col > 0)
		return ws.ws_col;
	return DEFAULT_WIDTH;
}

static void
check_jobs(struct options *o, struct optparse *p)
{
	uint64_t id;
	int i;

	for (i = 0; i < p->noperands; i++)
		if (fluid_parse(p->operands[i], &id) < 0)
			optparse_fail(p,
			    "argument JOBID: invalid JobID value: '%s'",
			    p->operands[i]);
	o->jobs = calloc(p->noperands + 1, sizeof(*o->jobs));
	if (!o->jobs)
		err(1, NULL);
	for (i = 0; i < p->noperands; i++)
		o->jobs[i] = p->operands[i];
}

/* What options mean together. */
static void
settle(struct options *o)
{
	if (o->jobs[0] && (o->all || o->has_filter || o->has_count))
		warnx("WARNING: filtering options ignored with jobid list");
	if (o->ascii && o->compact) {
		warnx("CRITICAL: Choose only one of --ascii, --compact");
		o->ascii = false;
	}
	if (o->all) {
		o->query.states = JOBSTATE_ALL;
		o->query.results = 0;
		if (!o->parent_label)
			o->parent_label = o->label ? o->label : "{name}";
		if (!o->label)
			o->label = "{name}:{status_abbrev}";
	} else if (!o->has_filter) {
		o->query.states = JOBSTATE_RUNNING;
	}
	if (!o->label)
		o->label = "{name}";
	if (!o->parent_label)
		o->parent_label = o->label;
}

void
options_parse(struct options *o, int argc, char **argv)
{
	struct optparse p = {
		.usage = "[OPTIONS] [JOBID...]",
		.summary = "show the tree of instances and jobs",
		.example = "flux pstree -x -L1",
		.opts = table,
	};
	int id;

	memset(o, 0, sizeof(*o));
	jobquery_init(&o->query);
	o->query.max_entries = MAX_JOBS;
	o->width = screen_width();
	o->level = o->skip_root = -1;
	optparse_init(&p, argc, argv);
	while ((id = optparse_next(&p)) >= 0)
		set_option(o, &p, id);
	check_jobs(o, &p);
	optparse_fini(&p);
	settle(o);
}
