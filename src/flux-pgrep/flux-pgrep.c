/* SPDX-License-Identifier: MIT */
/*
 * flux pgrep, flux pkill: find jobs by name or id, and print or cancel them.
 */
#include <err.h>
#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formatname.h"
#include "jobformats.h"
#include "jobquery.h"
#include "jobstate.h"
#include "optparse.h"
#include "pgrep.h"

#define DEFAULT_FORMAT "{id.f58}"

static const struct format_builtin builtin[] = {
	{ "default", "Default flux-pgrep format string", DEFAULT_FORMAT },
	{ "full", "full flux-pgrep format string", JOBFORMAT_DEFAULT },
	{ "long", "Extended flux-pgrep format string", JOBFORMAT_LONG },
	{ "deps", "Show job urgency, priority, and dependencies",
	    JOBFORMAT_DEPS },
	{ NULL, NULL, NULL },
};

static const struct format_source source = {
	.title = "flux-jobs",
	.stem = "flux-jobs",
	.table = "formats",
	.default_env = "FLUX_PGREP_FORMAT_DEFAULT",
	.builtin = builtin,
};

struct options {
	struct jobquery query;
	bool kills, all, has_filter, no_header, wait;
	int count; /* 0 = all */
	const char *format;
	char **exprs;
	int nexprs;
};

struct found {
	const struct options *opts;
	struct match match;
	struct jobinfo_shared *shared;
	struct jobinfo **jobs;
	size_t n;
	int errnum;
	struct errmsg why;
};

enum { OPT_MAX_ENTRIES = 256, OPT_WAIT };

#define COMMON_OPTIONS                                                  \
	{ NULL, 'A', NULL, "jobs of all users", 'A' },                  \
	    { "user", 'u', "NAME|UID|all", "jobs of this user", 0 },    \
	    { "filter", 'f', "STATE|RESULT[,...]",                      \
		    "jobs in these states or with these results", 0 },  \
	    { "queue", 'q', "QUEUE[,...]", "jobs in these queues", 0 }, \
	    { "count", 'c', "N", "at most N matches", 0 },              \
	{                                                               \
		"max-entries", 0, "N",                                  \
		    "search at most N jobs (default 1000), 0 = all",    \
		    OPT_MAX_ENTRIES                                     \
	}

static const struct opt pgrep_opts[] = {
	{ NULL, 'a', NULL, "jobs in all states", 'a' },
	COMMON_OPTIONS,
	{ "no-header", 'n', NULL, "no header", 0 },
	{ "format", 'o', "FORMAT|NAME|help",
	    "what to print, see flux-format(7)", 0 },
	{ 0 },
};

static const struct opt pkill_opts[] = {
	{ NULL, 'a', NULL, NULL, 'a' },
	COMMON_OPTIONS,
	{ "wait", 0, NULL, "wait until the jobs are inactive", OPT_WAIT },
	{ 0 },
};

static int
integer(struct optparse *p)
{
	const char *why;
	long long n = strtonum(p->value, 0, 1000000000, &why);

	if (why)
		optparse_fail(p, "argument --%s: invalid int value: '%s'",
		    p->opt->name, p->value);
	return n;
}

static void
set_option(struct options *o, struct optparse *p, int id)
{
	struct errmsg em;
	int rc = 0;

	switch (id) {
	case 'a':
		o->all = true;
		break;
	case 'A':
		o->query.anybody = true;
		break;
	case 'u':
		rc = jobquery_set_user(&o->query, p->value, &em);
		break;
	case 'f':
		o->has_filter = true;
		rc = jobquery_add_filter(&o->query, p->value, &em);
		break;
	case 'q':
		rc = jobquery_add_queues(&o->query, p->value, &em);
		break;
	case 'c':
		o->count = integer(p);
		break;
	case OPT_MAX_ENTRIES:
		o->query.max_entries = integer(p);
		break;
	case 'n':
		o->no_header = true;
		break;
	case 'o':
		o->format = p->value;
		break;
	case OPT_WAIT:
		o->wait = true;
		break;
	}
	if (rc < 0)
		tool_fail("%s", em.text);
}

static void
parse_options(struct options *o, struct optparse *p, int argc, char **argv)
{
	int id;

	memset(p, 0, sizeof(*p));
	p->usage = "[OPTIONS] EXPR...";
	p->summary = o->kills ? "cancel jobs found by name or id"
			      : "find jobs by name or id";
	p->example = o->kills ? "flux pkill '^sleep'"
			      : "flux pgrep -a -o full 'step[0-9]+'";
	p->opts = o->kills ? pkill_opts : pgrep_opts;
	jobquery_init(&o->query);
	o->query.max_entries = 1000;
	optparse_init(p, argc, argv);
	while ((id = optparse_next(p)) >= 0)
		set_option(o, p, id);
	o->exprs = p->operands;
	o->nexprs = p->noperands;
	/* -a is every job, whatever is asked for beside it */
	if (o->all)
		o->query.states = JOBSTATE_ALL;
	else if (!o->has_filter)
		o->query.states = JOBSTATE_ACTIVE;
}

static void
take(struct found *f, json_t *job)
{
	struct jobinfo *j;

	if (f->opts->count > 0 && f->n == (size_t)f->opts->count)
		return;
	j = jobinfo_create(f->shared, job);
	if (!j || !match_test(&f->match, j)) {
		jobinfo_destroy(j);
		return;
	}
	f->jobs = reallocarray(f->jobs, f->n + 1, sizeof(*f->jobs));
	if (!f->jobs)
		err(1, NULL);
	f->jobs[f->n++] = j;
}

static void
list_reply(struct handle *h, const struct reply *r, void *arg)
{
	struct found *f = arg;
	json_t *job;
	size_t i;

	(void)h;
	if (r->errnum) {
		f->errnum = r->errnum == ENODATA ? 0 : r->errnum;
		errmsg_set(&f->why, "%s", r->text ? r->text : "");
		return;
	}
	json_array_foreach(json_object_get(r->json, "jobs"), i, job)
		take(f, job);
}

static void
search(struct found *f, struct handle *h)
{
	if (handle_rpc_new(h, "job-list.list", NODEID_ANY, MSG_STREAMING,
		jobquery_request(&f->opts->query, NULL), list_reply, f) < 0)
		tool_fail("%s", strerror(errno));
	handle_run(h);
	if (f->errnum)
		tool_fail("%s", f->why.text);
}

static void
put_line(char *line, struct errmsg *em)
{
	if (!line)
		tool_fail("%s", em->text);
	if (*line)
		puts(line);
	free(line);
}

static void
print(struct found *f, struct format *format, bool with_header)
{
	struct errmsg em;
	size_t i;

	if (format_sort(format, (void **)f->jobs, f->n, &em) < 0)
		tool_fail("%s", em.text);
	for (i = 0; i < f->n; i++)
		if (format_measure(format, f->jobs[i], &em) < 0)
			tool_fail("%s", em.text);
	format_adapt(format, with_header);
	if (with_header)
		put_line(format_header(format, &em), &em);
	for (i = 0; i < f->n; i++)
		put_line(format_row(format, f->jobs[i], &em), &em);
}

/* Sets *text; NULL: -o asked for something that is printed now. */
static struct format *
get_format(const struct options *o, char **text)
{
	bool is_answer;
	struct errmsg em;
	struct format *f;

	*text = format_choose(&source, o->format, &is_answer, &em);
	if (!*text)
		tool_fail("%s", em.text);
	if (is_answer) {
		fputs(*text, stdout);
		return NULL;
	}
	f = format_parse(*text, jobinfo_fields, &em);
	if (!f)
		tool_fail("Error in user format: %s", em.text);
	return f;
}

/* Is it the format of -o default, which has no header? */
static bool
is_bare(const struct options *o, const char *text)
{
	return (!o->format || strcmp(o->format, "default") == 0) &&
	       strcmp(text, DEFAULT_FORMAT) == 0;
}

static void
open_search(struct found *f, struct optparse *p)
{
	struct errmsg em;

	if (f->opts->nexprs == 0)
		optparse_fail(
		    p, "the following arguments are required: EXPRESSION");
	if (match_init(&f->match, f->opts->exprs, f->opts->nexprs, &em) < 0)
		errx(2, "ERROR: expression error: %s", em.text);
	f->shared = jobinfo_shared_create();
	if (!f->shared)
		err(1, NULL);
}

static void
close_search(struct found *f)
{
	size_t i;

	for (i = 0; i < f->n; i++)
		jobinfo_destroy(f->jobs[i]);
	free(f->jobs);
	jobinfo_shared_destroy(f->shared);
	match_fini(&f->match);
}

static int
run(const struct options *o, struct optparse *p, struct format *format,
    bool with_header)
{
	struct found found = { .opts = o };
	struct handle *h;
	int status = 0;

	open_search(&found, p);
	h = tool_open();
	search(&found, h);
	if (found.n == 0)
		status = 1;
	else if (o->kills)
		status = kill_jobs(h, found.jobs, found.n, o->wait);
	else
		print(&found, format, with_header);
	handle_close(h);
	close_search(&found);
	return status;
}

/* The name is a path, "flux-pkill", or what follows "flux ". */
static bool
is_pkill(const char *name)
{
	const char *slash = strrchr(name, '/');

	name = slash ? slash + 1 : name;
	return strcmp(name, "flux-pkill") == 0 || strcmp(name, "pkill") == 0;
}

int
main(int argc, char **argv)
{
	struct options o = { 0 };
	struct optparse p;
	struct format *format;
	char *text;
	int status = 0;

	setlocale(LC_CTYPE, "");
	o.kills = is_pkill(argv[0]);
	setprogname(o.kills ? "flux-pkill" : "flux-pgrep");
	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGPIPE, SIG_IGN);
	parse_options(&o, &p, argc, argv);
	format = get_format(&o, &text);
	if (format)
		status =
		    run(&o, &p, format, !o.no_header && !is_bare(&o, text));
	format_destroy(format);
	free(text);
	jobquery_fini(&o.query);
	optparse_fini(&p);
	return tool_finish(status);
}
