/* SPDX-License-Identifier: MIT */
/*
 * flux jobs: list jobs.
 *
 * Rows are printed as they come from the broker, unless something needs all
 * of them first: sorting, columns that fit themselves, instances to be asked.
 */
#include <err.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "formatname.h"
#include "instanceinfo.h"
#include "jobformats.h"
#include "jobs.h"
#include "optparse.h"

static const struct format_builtin builtin[] = {
	{ "default", "Default flux-jobs format string", JOBFORMAT_DEFAULT },
	{ "cute", "Cute flux-jobs format string (default with emojis)",
	    JOBFORMAT_CUTE },
	{ "long", "Extended flux-jobs format string", JOBFORMAT_LONG },
	{ "deps", "Show job urgency, priority, and dependencies",
	    JOBFORMAT_DEPS },
	{ "endreason", "Show why each job ended",
	    JOBFORMAT_COLUMNS_TO_NAME
	    "{status_abbrev:>2.2} {t_inactive!d:%b%d %R::>12h} "
	    "{inactive_reason}" },
	{ NULL, NULL, NULL },
};

static const struct format_source source = {
	.title = "flux-jobs",
	.stem = "flux-jobs",
	.table = "formats",
	.default_env = "FLUX_JOBS_FORMAT_DEFAULT",
	.builtin = builtin,
};

/* NULL: -o asked for something that is printed now, and that is all. */
static struct format *
get_format(const struct options *o)
{
	bool is_answer;
	struct errmsg em;
	char *text = format_choose(&source, o->format, &is_answer, &em);
	struct format *f;

	if (!text)
		tool_fail("%s", em.text);
	if (is_answer) {
		fputs(text, stdout);
		free(text);
		return NULL;
	}
	f = format_parse(text, jobinfo_fields, &em);
	if (!f)
		tool_fail("Error in user format: %s", em.text);
	free(text);
	if (o->sort && format_set_sort(f, o->sort, &em) < 0)
		tool_fail("%s", em.text);
	return f;
}

/* "all" are those that others know, too. */
static json_t *
json_attrs(const struct format *f)
{
	static const char *const ours[] = { "maxrss", "cputime" };
	json_t *attrs = json_pack("[s]", "all");

	for (size_t i = 0; i < sizeof(ours) / sizeof(*ours); i++)
		if (format_has(f, ours[i]))
			json_array_append_new(attrs, json_string(ours[i]));
	return attrs;
}

static void
init_query(struct query *q, const struct options *o, struct format *f)
{
	q->opts = o;
	q->format = f;
	q->wants_instance = jobinfo_wants_instance(f);
	q->shared = jobinfo_shared_create();
	if (o->json)
		q->attrs = json_attrs(f);
	else if (o->recursive)
		q->attrs = jobinfo_attrs(f, "state userid result annotations");
	else
		q->attrs = jobinfo_attrs(
		    f, o->color ? "state result annotations" : "");
	if (!q->shared || !q->attrs)
		err(1, NULL);
	q->request = jobquery_request(&o->query, q->attrs);
	q->past = jobquery_past_request(&o->query, o->has_filter, q->attrs);
	if (!q->request || !q->past)
		err(1, NULL);
}

static void
fini_query(struct query *q)
{
	json_decref(q->request);
	json_decref(q->past);
	json_decref(q->attrs);
	jobinfo_shared_destroy(q->shared);
	format_destroy(q->format);
}

static void
print_at_once(struct listing *l, struct jobinfo *j)
{
	if (l->nseen == 1)
		show_header(l->query);
	show_job(l->query, j);
}

static void
measure(struct listing *l, struct jobinfo *j)
{
	struct errmsg em;

	if (format_measure(l->query->format, j, &em) < 0)
		tool_fail("%s", em.text);
}

static void
ask(struct listing *l, struct handle *h, each_f each)
{
	l->each = each;
	listing_request(l, h);
	handle_run(h);
	if (l->errnum)
		tool_fail("%s", l->why.text);
}

/* As many jobs are kept until all are seen. */
enum { KEPT = 5000 };

static bool
are_many(const struct options *o, struct handle *h)
{
	json_t *stats;
	int n;

	if (o->count > 0 && o->count <= KEPT)
		return false;
	stats = stats_get(o, h);
	n = jobstats_count(stats, "total");
	json_decref(stats);
	return n > KEPT;
}

/* Columns that fit themselves need all jobs before the first is printed. Where
 * there are very many, they are asked for twice rather than kept. */
static bool
fit_to_many(const struct query *q, struct handle *h)
{
	struct query measured = *q;
	struct listing l;

	if (format_is_sorted(q->format) || !are_many(q->opts, h))
		return false;
	measured.attrs = jobinfo_attrs_measured(q->format);
	measured.request = jobquery_request(&q->opts->query, measured.attrs);
	if (!measured.attrs || !measured.request)
		err(1, NULL);
	listing_init(&l, &measured);
	ask(&l, h, measure);
	listing_fini(&l);
	json_decref(measured.request);
	json_decref(measured.attrs);
	format_adapt(q->format, !q->opts->no_header);
	return true;
}

static void
print_json_at_once(struct listing *l, struct jobinfo *j)
{
	show_json_job(j, l->nseen == 1);
}

/* How to print jobs as they come; NULL: all must be there first. */
static each_f
printer(const struct query *q, struct handle *h)
{
	if (q->opts->recursive || q->wants_instance ||
	    format_is_sorted(q->format))
		return NULL;
	if (q->opts->json)
		return print_json_at_once;
	if (!format_needs_rows(q->format) || fit_to_many(q, h))
		return print_at_once;
	return NULL;
}

static void
list_all(struct listing *l, struct handle *h)
{
	ask(l, h, printer(l->query, h));
	if (l->query->opts->json && l->each)
		show_json_end(l->nseen);
	else if (l->query->opts->json)
		show_json(l);
	else if (!l->each)
		show_listing(l, "", 0);
	else if (l->nseen == 0)
		show_header(l->query);
	show_truncation(l);
}

static int
list_some(struct listing *l, struct handle *h)
{
	if (listing_ids(l, h, l->query->opts->jobs) == 0)
		return 1;
	if (l->query->opts->json)
		show_json(l);
	else
		show_listing(l, "", 0);
	return 0;
}

/* The totals; with --stats-only, the exit status. */
static int
totals(const struct options *o, struct handle *h)
{
	json_t *stats = stats_get(o, h);
	int status = jobstats_count(stats, "active") > 0 ? 0 : 1;

	stats_print(stats, true);
	json_decref(stats);
	return status;
}

static int
list(const struct query *q, struct handle *h)
{
	struct listing l;
	int status = 0;

	listing_init(&l, q);
	if (q->opts->stats)
		totals(q->opts, h);
	if (q->opts->jobs[0])
		status = list_some(&l, h);
	else
		list_all(&l, h);
	listing_fini(&l);
	return status;
}

static int
list_stdin(const struct query *q)
{
	struct listing l;

	listing_init(&l, q);
	listing_stdin(&l);
	if (q->opts->json)
		show_json(&l);
	else
		show_listing(&l, "", 0);
	listing_fini(&l);
	return 0;
}

static int
run(struct query *q, struct options *o)
{
	struct handle *h;
	int status;

	if (q->opts->from_stdin)
		return list_stdin(q);
	if (o->watch > 0)
		watch_jobs(q, o, list);
	h = tool_open();
	status = q->opts->stats_only ? totals(q->opts, h) : list(q, h);
	handle_close(h);
	return status;
}

int
main(int argc, char **argv)
{
	struct options opts;
	struct query query;
	struct format *f;
	int status = 0;

	/* numbers and dates stay as they are in the C locale */
	setlocale(LC_CTYPE, "");
	setprogname("flux-jobs");
	/* a listing is there at once, or is looked at line by line */
	setvbuf(stdout, NULL, isatty(STDOUT_FILENO) ? _IOLBF : _IOFBF, BUFSIZ);
	signal(SIGPIPE, SIG_IGN);
	options_parse(&opts, argc, argv);
	f = get_format(&opts);
	if (f) {
		init_query(&query, &opts, f);
		status = run(&query, &opts);
		fini_query(&query);
	}
	jobquery_fini(&opts.query);
	free(opts.jobs);
	return tool_finish(status);
}
