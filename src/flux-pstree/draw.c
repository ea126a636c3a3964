/* SPDX-License-Identifier: MIT */
/*
 * The tree as text: details, branches, labels. Equal leaves below one parent
 * become one line, at the place of the first.
 */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fluid.h"
#include "optparse.h"
#include "pstree.h"
#include "utf8.h"

/* What stands before a label, and before the lines below it. */
struct style {
	const char *branch, *last; /* this node has younger siblings, or not */
	const char *below_branch, *below_last;
};

static const struct style box = {
	.branch = "├── ",
	.last = "└── ",
	.below_branch = "│   ",
	.below_last = "    ",
};
static const struct style compact = {
	.branch = "├─",
	.last = "└─",
	.below_branch = "│ ",
	.below_last = "  ",
};
static const struct style ascii = {
	.branch = "|-- ",
	.last = "`-- ",
	.below_branch = "|   ",
	.below_last = "    ",
};

/* A line to be: one node, or several that look the same. */
struct line {
	const struct node *node;
	char *details; /* "" if there are none */
	char *label;
	size_t count;
};

static char *
row(const struct format *f, const struct jobinfo *j)
{
	struct errmsg em;
	char *s = format_row(f, j, &em);

	if (!s)
		tool_fail("%s", em.text);
	return s;
}

static char *
label(const struct tree *t, const struct node *node)
{
	char id[FLUID_STRMAX], *text, *both;

	if (node->is_parent)
		return row(t->formats->parent_label, node->job);
	text = row(t->formats->label, node->job);
	/* an instance that has ended, with its history */
	if (node->nchildren == 0 || !t->opts->parent_ids)
		return text;
	fluid_encode(id, sizeof(id), jobinfo_id(node->job), fluid_f58_form());
	if (asprintf(&both, "%s %s", id, text) < 0)
		err(1, NULL);
	free(text);
	return both;
}

static bool
looks_like(const struct line *a, const struct line *b)
{
	return a->node->nchildren == 0 && b->node->nchildren == 0 &&
	       strcmp(a->label, b->label) == 0 &&
	       strcmp(a->details, b->details) == 0;
}

static int
compare_lines(const void *a, const void *b)
{
	const struct line *x = *(struct line *const *)a;
	const struct line *y = *(struct line *const *)b;
	int order = (x->node->nchildren > 0) - (y->node->nchildren > 0);

	if (order == 0)
		order = strcmp(x->label, y->label);
	if (order == 0)
		order = strcmp(x->details, y->details);
	return order ? order : (x > y) - (x < y);
}

/* Count equal lines on the first of them; the others get a count of 0. */
static void
combine(struct line *lines, size_t n)
{
	struct line **sorted = calloc(n + 1, sizeof(*sorted)), *first = NULL;
	size_t i;

	if (!sorted)
		err(1, NULL);
	for (i = 0; i < n; i++)
		sorted[i] = &lines[i];
	qsort(sorted, n, sizeof(*sorted), compare_lines);
	for (i = 0; i < n; i++) {
		if (first && looks_like(first, sorted[i])) {
			first->count++;
			sorted[i]->count = 0;
		} else {
			first = sorted[i];
		}
	}
	free(sorted);
}

static struct line *
make_lines(const struct tree *t, const struct node *nodes, size_t n)
{
	struct line *lines = calloc(n + 1, sizeof(*lines));
	size_t i;

	if (!lines)
		err(1, NULL);
	for (i = 0; i < n; i++) {
		lines[i].node = &nodes[i];
		lines[i].count = 1;
		lines[i].label = label(t, &nodes[i]);
		lines[i].details = t->formats->details
				       ? row(t->formats->details, nodes[i].job)
				       : strdup("");
		if (!lines[i].details)
			err(1, NULL);
	}
	if (!t->opts->no_combine)
		combine(lines, n);
	return lines;
}

static void
free_lines(struct line *lines, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		free(lines[i].details);
		free(lines[i].label);
	}
	free(lines);
}

static void
put_line(const struct tree *t, const struct line *l, const char *indent,
    const char *branch)
{
	const char *gap = t->formats->details ? " " : "";
	char *text;
	int rc;

	if (l->count > 1)
		rc = asprintf(&text, "%s%s%s%s%zu*[%s]", l->details, gap,
		    indent, branch, l->count, l->label);
	else
		rc = asprintf(&text, "%s%s%s%s%s", l->details, gap, indent,
		    branch, l->label);
	if (rc < 0)
		err(1, NULL);
	if (t->opts->width > 0)
		utf8_cut(text, t->opts->width);
	if (puts(text) == EOF) {
		if (errno != EPIPE)
			warn("ERROR: stdout");
		exit(1);
	}
	free(text);
}

static const struct style *
style_of(const struct options *o)
{
	return o->compact ? &compact : o->ascii ? &ascii : &box;
}

static char *
concat(const char *a, const char *b)
{
	char *s;

	if (asprintf(&s, "%s%s", a, b) < 0)
		err(1, NULL);
	return s;
}

static void
draw_children(const struct tree *t, const struct node *node, const char *indent)
{
	const struct style *style = style_of(t->opts);
	struct line *lines = make_lines(t, node->children, node->nchildren);
	size_t i, last = 0;
	char *below;

	for (i = 0; i < node->nchildren; i++)
		if (lines[i].count > 0)
			last = i;
	for (i = 0; i < node->nchildren; i++) {
		if (lines[i].count == 0)
			continue;
		put_line(t, &lines[i], indent,
		    i == last ? style->last : style->branch);
		below = concat(indent,
		    i == last ? style->below_last : style->below_branch);
		draw_children(t, lines[i].node, below);
		free(below);
	}
	free_lines(lines, node->nchildren);
}

/* Nodes without a branch: the root, or its children instead. */
static void
draw_top(const struct tree *t, const struct node *nodes, size_t n)
{
	struct line *lines = make_lines(t, nodes, n);
	size_t i;

	for (i = 0; i < n; i++) {
		if (lines[i].count == 0)
			continue;
		put_line(t, &lines[i], "", "");
		draw_children(t, lines[i].node, "");
	}
	free_lines(lines, n);
}

static void
draw_header(const struct format *f)
{
	struct errmsg em;
	char *line = format_header(f, &em);

	if (!line)
		tool_fail("%s", em.text);
	puts(line);
	free(line);
}

void
tree_draw(const struct tree *t)
{
	if (t->formats->details && !t->opts->no_header)
		draw_header(t->formats->details);
	if (t->skips_root)
		draw_top(t, t->root.children, t->root.nchildren);
	else
		draw_top(t, &t->root, 1);
}
