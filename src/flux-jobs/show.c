/* SPDX-License-Identifier: MIT */
/*
 * Listings as text and as JSON.
 */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fluid.h"
#include "jobs.h"
#include "jsontext.h"
#include "optparse.h"
#include "utf8.h"

static void
put_line(const char *line, const char *before, const char *after)
{
	if (printf("%s%s\n%s", before, line, after) < 0) {
		if (errno != EPIPE)
			warn("ERROR: stdout");
		exit(1);
	}
}

void
show_header(const struct query *q)
{
	struct errmsg em;
	char *line;

	if (q->opts->no_header)
		return;
	line = format_header(q->format, &em);
	if (!line)
		tool_fail("%s", em.text);
	if (q->opts->width > 0)
		utf8_cut(line, q->opts->width);
	put_line(line, "", "");
	free(line);
}

/* The colour of a row; NULL = none. */
static const char *
row_color(const struct jobinfo *j)
{
	switch (jobinfo_result(j)) {
	case JOB_COMPLETED:
		return "\033[01;32m";
	case JOB_FAILED:
	case JOB_TIMEOUT:
		return "\033[01;31m";
	case JOB_CANCELED:
		return "\033[37m";
	}
	return jobinfo_uri(j) ? "\033[01;34m" : NULL;
}

void
show_job(const struct query *q, const struct jobinfo *j)
{
	const char *color = q->opts->color ? row_color(j) : NULL;
	struct errmsg em;
	char *line = format_row(q->format, j, &em);

	if (!line)
		tool_fail("%s", em.text);
	if (q->opts->width > 0)
		utf8_cut(line, q->opts->width);
	if (*line)
		put_line(line, color ? color : "", color ? "\033[0;0m" : "");
	free(line);
}

void
show_truncation(const struct listing *l)
{
	if (!l->is_truncated || l->query->opts->watch > 0 ||
	    l->query->opts->no_header)
		return;
	fprintf(stderr,
	    "warning: output truncated at %d jobs.\n"
	    "Use --count to increase returned results or use filters to alter "
	    "results.\n",
	    l->query->opts->count);
}

static void
sort(struct listing *l)
{
	struct errmsg em;

	if (!format_is_sorted(l->query->format))
		return;
	if (format_sort(l->query->format, (void **)l->jobs, l->njobs, &em) < 0)
		tool_fail("%s", em.text);
}

/* Columns fit themselves to the rows at the top alone. */
static void
fit_columns(struct listing *l)
{
	struct format *f = l->query->format;
	struct errmsg em;
	size_t i;

	if (!format_needs_rows(f))
		return;
	for (i = 0; i < l->njobs; i++)
		if (format_measure(f, l->jobs[i], &em) < 0)
			tool_fail("%s", em.text);
	format_adapt(f, !l->query->opts->no_header);
}

/* PATH/ID (malloc'd) */
static char *
child_path(const char *path, const struct jobinfo *j)
{
	char id[FLUID_STRMAX], *out;

	fluid_encode(id, sizeof(id), jobinfo_id(j), fluid_f58_form());
	if (asprintf(&out, "%s%s%s", path, *path ? "/" : "", id) < 0)
		err(1, NULL);
	return out;
}

static void
show_child(struct child *c, const char *path, int depth)
{
	char *below = child_path(path, c->job);

	if (c->is_past)
		past_note(c, below);
	if ((!c->is_past || c->listing.errnum == 0) &&
	    printf("\n%s:\n", below) < 0)
		put_line("", "", "");
	if (c->stats)
		stats_print(c->stats, false);
	if (c->is_reached && c->listing.errnum == 0)
		show_listing(&c->listing, below, depth + 1);
	free(below);
}

void
show_listing(struct listing *l, const char *path, int depth)
{
	struct child *children;
	size_t n, i;

	sort(l);
	children = children_ask(l, depth, &n);
	if (depth == 0) {
		fit_columns(l);
		show_header(l->query);
	}
	for (i = 0; i < l->njobs; i++)
		show_job(l->query, l->jobs[i]);
	for (i = 0; i < n; i++)
		if (children[i].recurse)
			show_child(&children[i], path, depth);
	children_free(children, n);
}

/* An array of jobs, with the jobs of their instances (new reference). */
static json_t *
jobs_array(struct listing *l, int depth)
{
	json_t *array = json_array(), *o;
	struct child *children, *c;
	size_t n, i;

	sort(l);
	c = children = children_ask(l, depth, &n);
	for (i = 0; i < l->njobs; i++) {
		o = jobinfo_json(l->jobs[i]);
		if (c < children + n && c->job == l->jobs[i]) {
			if (c->recurse && c->is_reached &&
			    c->listing.errnum == 0)
				json_object_set_new(o, "jobs",
				    jobs_array(&c->listing, depth + 1));
			if (c->listing.cut > 0)
				json_object_set_new(o, "jobs_not_kept",
				    json_integer(c->listing.cut));
			c++;
		}
		if (!o || json_array_append_new(array, o) < 0)
			err(1, NULL);
	}
	children_free(children, n);
	return array;
}

void
show_json_job(const struct jobinfo *j, bool is_first)
{
	json_t *o = jobinfo_json(j);
	char *text = o ? json_text(o, JSONTEXT_ASCII) : NULL;

	if (!text)
		err(1, NULL);
	if (printf("%s%s", is_first ? "{\"jobs\": [" : ", ", text) < 0)
		put_line("", "", "");
	free(text);
	json_decref(o);
}

void
show_json_end(size_t n)
{
	put_line(n > 0 ? "]}" : "{\"jobs\": []}", "", "");
}

void
show_json(struct listing *l)
{
	char **ids = l->query->opts->jobs;
	json_t *array = jobs_array(l, 0), *o;
	char *text;

	if (ids[0] && !ids[1])
		o = json_incref(json_array_get(array, 0));
	else
		o = json_pack("{s:O}", "jobs", array);
	text = o ? json_text(o, JSONTEXT_ASCII) : NULL;
	if (!text)
		err(1, NULL);
	put_line(text, "", "");
	free(text);
	json_decref(o);
	json_decref(array);
}
