/* SPDX-License-Identifier: MIT */
/*
 * The rows of flux resource status. Rows that print alike apart from which
 * nodes they are become one.
 */
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "optparse.h"
#include "status.h"

/* ---- one row ---- */

static void
row_destroy(struct status_row *r)
{
	idset_destroy(r->ranks);
	free(r);
}

void
status_rows_fini(struct status_rows *rows)
{
	for (size_t i = 0; i < rows->n; i++)
		row_destroy(rows->v[i]);
	free(rows->v);
}

/* What the row prints if it had no nodes (malloc'd). */
static char *
blank_line(const struct status_row *r, const struct format *f)
{
	struct idset *none = idset_create();
	struct status_row blank = *r;
	struct errmsg em;
	char *line;

	if (!none)
		err(1, NULL);
	blank.ranks = none;
	if (!(line = format_row(f, &blank, &em)))
		tool_fail("%s", em.text);
	idset_destroy(none);
	return line;
}

static bool
alike(const struct status_row *a, const struct status_row *b,
    const struct format *f)
{
	char *x, *y;
	bool same;

	/* a column may cut reasons that differ at the end */
	if (format_has(f, "reason") &&
	    strcmp(a->reason ? a->reason : "", b->reason ? b->reason : "") != 0)
		return false;
	x = blank_line(a, f);
	y = blank_line(b, f);
	same = strcmp(x, y) == 0;
	free(x);
	free(y);
	return same;
}

/* Takes r. */
static void
add(struct status_rows *rows, struct status_row *r, const struct format *f)
{
	struct status_row **p;

	for (size_t i = 0; i < rows->n; i++) {
		if (!alike(rows->v[i], r, f))
			continue;
		if (idset_add(rows->v[i]->ranks, r->ranks) < 0)
			err(1, NULL);
		row_destroy(r);
		return;
	}
	if (!(p = reallocarray(rows->v, rows->n + 1, sizeof(*p))))
		err(1, NULL);
	rows->v = p;
	p[rows->n++] = r;
}

/* ---- which rows ---- */

struct build {
	struct status_rows *rows;
	const struct nodes *nd;
	const struct status_query *q;
	const struct format *f;
	struct idset *selected;
};

static bool
wanted(const struct build *b, enum node_state state, bool online)
{
	return (b->q->states & 1u << state) &&
	       (online ? b->q->online : b->q->offline);
}

/* A row for those of ranks that are selected and connected like this. Takes
 * no reference. */
static struct status_row *
new_row(const struct build *b, enum node_state state, bool online,
    const struct idset *ranks)
{
	struct status_row *r = calloc(1, sizeof(*r));

	if (!r || !(r->ranks = idset_dup(ranks)) ||
	    idset_intersect(r->ranks, b->selected) < 0 ||
	    idset_intersect(r->ranks, online ? b->nd->online : b->nd->offline) <
		0)
		err(1, NULL);
	r->state = state;
	r->online = online;
	r->color = b->q->color;
	r->all = b->nd->all;
	return r;
}

static bool
show_empty(const struct build *b, bool online)
{
	return b->q->show_empty && (online || b->q->empty_offline);
}

static void
add_state(struct build *b, enum node_state state, bool online)
{
	struct status_row *r;

	if (!wanted(b, state, online))
		return;
	r = new_row(b, state, online, b->nd->ranks[state]);
	if (idset_count(r->ranks) > 0 || show_empty(b, online))
		add(b->rows, r, b->f);
	else
		row_destroy(r);
}

/* The part of a drain entry that is in use (draining), or not (drained). */
static bool
add_drain(
    struct build *b, const struct drain *d, enum node_state state, bool online)
{
	struct status_row *r = new_row(b, state, online, d->ranks);
	int rc = state == DRAINING ? idset_intersect(r->ranks, b->nd->in_use)
				   : idset_subtract(r->ranks, b->nd->in_use);

	if (rc < 0)
		err(1, NULL);
	if (idset_count(r->ranks) == 0) {
		row_destroy(r);
		return false;
	}
	r->reason = d->reason ? d->reason : "";
	r->timestamp = d->timestamp;
	add(b->rows, r, b->f);
	return true;
}

static int
by_first_rank(const void *a, const void *b)
{
	const struct drain *x = *(void *const *)a, *y = *(void *const *)b;
	unsigned i = idset_first(x->ranks), j = idset_first(y->ranks);

	return i < j ? -1 : i > j;
}

static void
add_drains(struct build *b, enum node_state state)
{
	const struct nodes *nd = b->nd;
	const struct drain **order = calloc(nd->ndrains + 1, sizeof(*order));
	struct idset *none = idset_create();
	bool any = false;

	if (!order || !none)
		err(1, NULL);
	for (size_t i = 0; i < nd->ndrains; i++)
		order[i] = &nd->drains[i];
	qsort(order, nd->ndrains, sizeof(*order), by_first_rank);
	for (size_t i = 0; i < nd->ndrains; i++) {
		if (wanted(b, state, true))
			any |= add_drain(b, order[i], state, true);
		if (wanted(b, state, false))
			any |= add_drain(b, order[i], state, false);
	}
	if (!any && wanted(b, state, true) && show_empty(b, true))
		add(b->rows, new_row(b, state, true, none), b->f);
	idset_destroy(none);
	free(order);
}

void
status_rows_build(struct status_rows *rows, const struct nodes *nd,
    const struct status_query *q, const struct format *f)
{
	struct build b = { rows, nd, q, f,
		selection_ranks(&q->sel, nd->all, nd->config) };

	for (int state = AVAIL; state <= HOUSEKEEPING; state++) {
		add_state(&b, state, true);
		add_state(&b, state, false);
	}
	add_drains(&b, DRAINING);
	add_drains(&b, DRAINED);
	idset_destroy(b.selected);
}
