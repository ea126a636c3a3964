/* SPDX-License-Identifier: MIT */
/*
 * The command line of flux jobs.
 */
#include <sys/ioctl.h>

#include <err.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "color.h"
#include "datetime.h"
#include "eventlog.h"
#include "fluid.h"
#include "fsd.h"
#include "jobs.h"
#include "jobstate.h"
#include "optparse.h"

enum {
	OPT_SINCE = 256,
	OPT_NAME,
	OPT_SORT,
	OPT_JSON,
	OPT_COLOR,
	OPT_RECURSE_ALL,
	OPT_THREADS,
	OPT_STATS,
	OPT_STATS_ONLY,
	OPT_FROM_STDIN,
	OPT_WATCH,
};

static const struct opt table[] = {
	{ NULL, 'a', NULL, "jobs in all states", 'a' },
	{ NULL, 'A', NULL, "jobs of all users", 'A' },
	{ "count", 'c', "N", "at most N jobs (default 1000), 0 = all", 0 },
	{ "filter", 'f', "STATE|RESULT[,...]",
	    "jobs in these states or with these results", 0 },
	{ "include", 'i', "HOSTS|RANKS", "jobs that run on one of these", 0 },
	{ "since", 0, "WHEN", "also jobs that ended since then", OPT_SINCE },
	{ "name", 0, "NAME", "jobs of this name", OPT_NAME },
	{ "queue", 'q', "QUEUE[,...]", "jobs in these queues", 0 },
	{ "user", 'u', "NAME|UID|all", "jobs of this user", 0 },
	{ "no-header", 'n', NULL, "no header", 0 },
	{ "suppress-header", 0, NULL, NULL, 'n' },
	{ "format", 'o', "FORMAT|NAME|help",
	    "what to print, see flux-format(7)", 0 },
	{ "sort", 0, "KEY[,...]", "sort by fields, -KEY: largest first",
	    OPT_SORT },
	{ "width", 'w', "[N]", "cut lines at N columns", 0 },
	{ "json", 0, NULL, "print JSON", OPT_JSON },
	{ "color", 0, "[WHEN]", "always, never, auto", OPT_COLOR },
	{ "recursive", 'R', NULL, "then list the jobs of instances", 0 },
	{ "level", 'L', "N", "how deep -R goes", 0 },
	{ "recurse-all", 0, NULL, "-R into other users' instances, too",
	    OPT_RECURSE_ALL },
	{ "threads", 0, "N", NULL, OPT_THREADS },
	{ "stats", 0, NULL, "print totals first", OPT_STATS },
	{ "stats-only", 0, NULL, "print totals, fail if no job is active",
	    OPT_STATS_ONLY },
	{ "watch", 0, "[SECS]", "keep the list current, on a terminal",
	    OPT_WATCH },
	{ "from-stdin", 0, NULL, NULL, OPT_FROM_STDIN },
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

static void
add_filter(struct options *o, const char *list)
{
	struct errmsg em;

	o->has_filter = true;
	if (jobquery_add_filter(&o->query, list, &em) < 0)
		tool_fail("%s", em.text);
}

static void
add_queues(struct options *o, const char *list)
{
	struct errmsg em;

	if (jobquery_add_queues(&o->query, list, &em) < 0)
		tool_fail("%s", em.text);
}

static void
set_user(struct options *o, const char *user)
{
	struct errmsg em;

	if (jobquery_set_user(&o->query, user, &em) < 0)
		tool_fail("%s", em.text);
}

static void
set_targets(struct options *o, const char *targets)
{
	struct errmsg em;

	if (jobquery_set_targets(&o->query, targets, &em) < 0)
		tool_fail("-i/--include: %s", em.text);
}

/* The reference takes the value of -w and --color also from the next word. Do
 * so where that word can hardly be meant as a job id. */
static void
take_next_word(struct optparse *p, bool (*suits)(const char *word))
{
	if (!p->value && p->pos == 0 && p->index < p->argc &&
	    suits(p->argv[p->index]))
		p->value = p->argv[p->index++];
}

static bool
is_width(const char *word)
{
	word += *word == '-';
	return *word && strlen(word) <= 3 &&
	       strspn(word, "0123456789") == strlen(word);
}

static bool
is_when(const char *word)
{
	return strcmp(word, "always") == 0 || strcmp(word, "never") == 0 ||
	       strcmp(word, "auto") == 0;
}

static void
set_width(struct options *o, struct optparse *p)
{
	struct winsize ws;

	take_next_word(p, is_width);
	o->width = p->value && *p->value ? integer(p) : 0;
	if (o->width < 0)
		o->width = -1;
	if (o->width > 0)
		return;
	o->width = -1;
	if (isatty(STDOUT_FILENO) &&
	    ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) == 0 && ws.ws_col > 0)
		o->width = ws.ws_col;
}

static void
set_since(struct options *o, const char *when)
{
	double now = event_now();

	if (datetime_parse(when, now, &o->query.since) < 0)
		tool_fail("could not convert string to float: '%s'", when);
	if (o->query.since > now + 1)
		tool_fail("--since=%s appears to be in the future", when);
}

static void
set_color(struct options *o, struct optparse *p, const char *when)
{
	if (color_parse(when, &o->color) < 0)
		optparse_fail(
		    p, "Invalid argument to --color: '%s'", when ? when : "");
}

static void
set_watch(struct options *o, struct optparse *p)
{
	o->watch = 5;
	if (p->value && (fsd_parse(p->value, &o->watch) < 0 ||
			    !isfinite(o->watch) || o->watch <= 0))
		optparse_fail(p, "invalid value '%s' for --watch", p->value);
}

static void
set_listing(struct options *o, struct optparse *p, int id)
{
	switch (id) {
	case 'o':
		o->format = p->value;
		break;
	case OPT_SORT:
		o->sort = p->value;
		break;
	case 'n':
		o->no_header = true;
		break;
	case 'w':
		set_width(o, p);
		break;
	case OPT_JSON:
		o->json = true;
		break;
	case OPT_COLOR:
		take_next_word(p, is_when);
		set_color(o, p, p->value ? p->value : "");
		break;
	case 'R':
		o->recursive = true;
		break;
	case 'L':
		o->level = integer(p);
		break;
	case OPT_RECURSE_ALL:
		o->recursive = o->recurse_all = true;
		break;
	case OPT_THREADS: /* all connections are made at once anyway */
		integer(p);
		break;
	case OPT_STATS:
		o->stats = true;
		break;
	case OPT_STATS_ONLY:
		o->stats_only = true;
		break;
	case OPT_WATCH:
		set_watch(o, p);
		break;
	case OPT_FROM_STDIN:
		o->from_stdin = true;
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
	case 'A':
		o->query.anybody = true;
		break;
	case 'c':
		o->count = integer(p);
		o->has_count = true;
		break;
	case 'f':
		add_filter(o, p->value);
		break;
	case 'i':
		set_targets(o, p->value);
		break;
	case OPT_SINCE:
		set_since(o, p->value);
		break;
	case OPT_NAME:
		o->query.name = p->value;
		break;
	case 'q':
		add_queues(o, p->value);
		break;
	case 'u':
		set_user(o, p->value);
		break;
	default:
		set_listing(o, p, id);
	}
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

/* Does any option say which jobs to list? */
static bool
is_filtered(const struct options *o)
{
	const struct jobquery *q = &o->query;

	return o->all || o->has_filter || o->has_count || q->anybody ||
	       q->has_userid || q->targets || q->name || q->queues ||
	       q->since > 0;
}

/* What options mean together. */
static void
settle(struct options *o)
{
	struct jobquery *q = &o->query;

	if (o->json && (o->stats || o->stats_only))
		tool_fail("--json incompatible with --stats or --stats-only");
	if (o->watch > 0 && (o->json || o->from_stdin || o->stats_only))
		tool_fail("--watch is for lists, not for --json, --from-stdin "
			  "or --stats-only");
	if (o->watch > 0 && !isatty(STDOUT_FILENO))
		tool_fail("--watch is for terminals; for a pipe see flux "
			  "journal and flux watch");
	if (o->jobs[0] && is_filtered(o) && !o->recursive)
		warnx("WARNING: Filtering options ignored with jobid list");
	if (o->has_filter && o->all && !o->jobs[0])
		warnx("WARNING: Both -a and --filter specified, ignoring -a");
	if (!o->has_filter)
		q->states =
		    o->all || q->since > 0 ? JOBSTATE_ALL : JOBSTATE_ACTIVE;
	/* one more than wanted, to see if there are more */
	q->max_entries = o->count > 0 ? o->count + 1 : o->count;
}

void
options_parse(struct options *o, int argc, char **argv)
{
	struct optparse p = {
		.usage = "[OPTIONS] [JOBID...]",
		.summary = "list jobs: yours, and active ones, by default",
		.example =
		    "flux jobs -a -o '{id.f58:>12} {name:<20} {runtime!H}'",
		.opts = table,
	};
	int id;

	memset(o, 0, sizeof(*o));
	jobquery_init(&o->query);
	o->count = 1000;
	o->width = o->level = -1;
	optparse_init(&p, argc, argv);
	set_color(o, &p, NULL);
	while ((id = optparse_next(&p)) >= 0)
		set_option(o, &p, id);
	check_jobs(o, &p);
	optparse_fini(&p);
	settle(o);
}
