/* SPDX-License-Identifier: MIT */
/*
 * The rows of flux resource list. Each set is split by the properties that
 * its nodes have; rows that would look alike, because the format does not
 * show in what they differ, become one.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "idset.h"
#include "list.h"

static void
row_destroy(struct row *r)
{
	rset_destroy(r->res);
	free(r->queue);
	free(r->properties);
	free(r->propertiesx);
	free(r);
}

void
rows_fini(struct rows *rows)
{
	for (size_t i = 0; i < rows->n; i++)
		row_destroy(rows->v[i]);
	free(rows->v);
}

/* Append to a list with commas; s is freed and replaced. */
static void
append(char **s, const char *word)
{
	char *p;

	if (asprintf(&p, "%s%s%s", *s ? *s : "", *s ? "," : "", word) < 0)
		err(1, NULL);
	free(*s);
	*s = p;
}

/* ---- names ---- */

static bool
named(const struct view *v, const char *queue)
{
	for (size_t i = 0; i < v->queues->n; i++)
		if (strcmp(v->queues->v[i], queue) == 0)
			return true;
	return false;
}

/* Is the queue shown? Virtual ones only if they are asked for. */
static bool
shown(const struct view *v, const char *queue)
{
	if (v->queues->n > 0)
		return named(v, queue);
	return !queue_is_virtual(v->config, queue);
}

static bool
is_queue(const struct view *v, const char *name)
{
	return json_object_get(json_object_get(v->config, "queues"), name);
}

/* Queues and properties of the first node; all nodes of r are alike, or the
 * row shows neither. */
static void
set_names(struct row *r, const struct view *v)
{
	json_t *queues = json_object_get(v->config, "queues"), *table;
	const struct rset_node *n = &r->res->nodes[0];
	const char *name;

	json_object_foreach(queues, name, table)
		if (shown(v, name) &&
		    node_has_all(r->res, n, queue_requires(v->config, name)))
			append(&r->queue, name);
	for (size_t i = 0; i < r->res->nprops; i++) {
		const char *prop = r->res->props[i];

		if (!rset_has_property(r->res, n, prop))
			continue;
		append(&r->properties, prop);
		if (!is_queue(v, prop))
			append(&r->propertiesx, prop);
	}
}

/* ---- merging ---- */

/* What of a row the format shows, apart from the resources. */
struct look {
	bool set, queue, properties, propertiesx;
	bool total; /* a single field: one row with all names */
};

static struct look
look_of(const struct format *f)
{
	struct look l = {
		.set = format_has(f, "state"),
		.queue = format_has(f, "queue"),
		.properties = format_has(f, "properties"),
		.propertiesx = format_has(f, "propertiesx"),
	};

	if ((l.total = format_count(f) == 1))
		l.queue = l.properties = l.propertiesx = false;
	return l;
}

static bool
same(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "") == 0;
}

static bool
alike(const struct row *a, const struct row *b, struct look l)
{
	return (!l.set || a->set == b->set) &&
	       (!l.queue || same(a->queue, b->queue)) &&
	       (!l.properties || same(a->properties, b->properties)) &&
	       (!l.propertiesx || same(a->propertiesx, b->propertiesx));
}

static bool
has_word(const char *list, const char *word, size_t len)
{
	while (list && *list) {
		size_t n = strcspn(list, ",");

		if (n == len && strncmp(list, word, n) == 0)
			return true;
		list += n + (list[n] == ',');
	}
	return false;
}

/* Add the words of b that a lacks. */
static void
join_names(char **a, char *b)
{
	char *word;

	while ((word = strsep(&b, ",")))
		if (!has_word(*a, word, strlen(word)))
			append(a, word);
}

/* Takes row. */
static void
add(struct rows *rows, struct row *row, struct look l)
{
	struct row **p;

	for (size_t i = 0; i < rows->n; i++) {
		if (!alike(rows->v[i], row, l))
			continue;
		if (rset_add(rows->v[i]->res, row->res) < 0)
			err(1, NULL);
		if (l.total) {
			join_names(&rows->v[i]->queue, row->queue);
			join_names(&rows->v[i]->properties, row->properties);
			join_names(&rows->v[i]->propertiesx, row->propertiesx);
		}
		row_destroy(row);
		return;
	}
	if (!(p = reallocarray(rows->v, rows->n + 1, sizeof(*p))))
		err(1, NULL);
	rows->v = p;
	p[rows->n++] = row;
}

/* ---- building ---- */

static struct row *
new_row(int set, struct rset *res)
{
	struct row *r = calloc(1, sizeof(*r));

	if (!r || !res)
		err(1, NULL);
	r->set = set;
	r->res = res;
	return r;
}

static bool
same_properties(
    const struct rset *r, const struct rset_node *a, const struct rset_node *b)
{
	for (size_t i = 0; i < r->nprops; i++)
		if (rset_has_property(r, a, r->props[i]) !=
		    rset_has_property(r, b, r->props[i]))
			return false;
	return true;
}

/* The part of r with the properties of its first node; r keeps the rest. */
static struct rset *
split(struct rset *r)
{
	struct idset *ranks = idset_create();
	struct rset *part = rset_dup(r);

	if (!ranks || !part)
		err(1, NULL);
	for (size_t i = 0; i < r->nnodes; i++)
		if (same_properties(r, &r->nodes[0], &r->nodes[i]) &&
		    idset_set(ranks, r->nodes[i].rank) < 0)
			err(1, NULL);
	if (rset_keep_ranks(part, ranks) < 0 || rset_drop_ranks(r, ranks) < 0)
		err(1, NULL);
	idset_destroy(ranks);
	return part;
}

/* A set with nothing in it: one row for each queue, or one. */
static void
add_empty(struct rows *rows, const struct view *v, int set, struct look l)
{
	json_t *queues = json_object_get(v->config, "queues"), *table;
	const char *name;
	bool any = false;

	json_object_foreach(queues, name, table) {
		struct row *r;

		if (!shown(v, name))
			continue;
		r = new_row(set, rset_create());
		append(&r->queue, name);
		add(rows, r, l);
		any = true;
	}
	if (!any)
		add(rows, new_row(set, rset_create()), l);
}

void
rows_build(struct rows *rows, const struct view *v, const int *sets,
    size_t nsets, const struct format *f, bool skip_empty)
{
	struct look l = look_of(f);

	for (size_t i = 0; i < nsets; i++) {
		struct rset *res = view_select(v, sets[i]);

		if (res->nnodes == 0 && !skip_empty)
			add_empty(rows, v, sets[i], l);
		while (res->nnodes > 0) {
			struct row *r = new_row(sets[i], split(res));

			set_names(r, v);
			add(rows, r, l);
		}
		rset_destroy(res);
	}
}
