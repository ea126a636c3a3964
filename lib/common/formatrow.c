/* SPDX-License-Identifier: MIT */
/*
 * Output formats at work: rows become lines, columns fit themselves to what
 * is in them, rows are sorted.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formatconv.h"
#include "formatimpl.h"
#include "textbuf.h"
#include "utf8.h"

/* What is wrong if nothing else was said: em->text was "" before. */
static int
no_memory(struct errmsg *em)
{
	return *em->text ? -1 : errmsg_set(em, "%s", strerror(ENOMEM));
}

/* A field of a row: as it is, after the conversion, and that as text. */
struct cell {
	struct value raw, v;
	char *text;
};

static void
cell_fini(struct cell *c)
{
	value_fini(&c->raw);
	value_fini(&c->v);
	free(c->text);
}

static int
cell_init(
    struct cell *c, const struct piece *p, const void *row, struct errmsg *em)
{
	int rc;

	memset(c, 0, sizeof(*c));
	em->text[0] = '\0';
	rc = p->field->get(row, p->field, p->rest, &c->raw, em);
	if (rc == 0 && p->conv) {
		rc = format_convert(p->conv, &c->raw, &c->v, em);
	} else if (rc == 0) {
		c->v = c->raw;
		c->raw.own = NULL;
	}
	if (rc == 0)
		c->text = value_text(&c->v);
	if (c->text)
		return 0;
	cell_fini(c);
	return no_memory(em);
}

/* What the cell shows (malloc'd). */
static char *
cell_show(const struct cell *c, const struct piece *p, struct errmsg *em)
{
	struct value date = { 0 };
	char *text, *out;

	if (p->conv != 'd' || !p->spec.date || !p->spec.date[0] || !*c->text)
		return formatspec_apply(&p->spec, &c->v, c->text, em);
	text = format_date(p->spec.date, &c->raw, em);
	if (!text)
		return NULL;
	value_str(&date, text);
	out = formatspec_apply(&p->spec, &date, c->text, em);
	free(text);
	return out;
}

int
format_measure(struct format *f, const void *row, struct errmsg *em)
{
	struct cell c;
	struct piece *p;
	size_t i, len;

	for (i = 0; i < f->npieces; i++) {
		p = &f->pieces[i];
		if (!p->hide && !p->widen)
			continue;
		if (cell_init(&c, p, row, em) < 0)
			return -1;
		len = utf8_count(c.text);
		if (len > p->longest)
			p->longest = len;
		if (!value_text_is_empty(c.text))
			p->has_content = true;
		cell_fini(&c);
	}
	return 0;
}

/* The text over a column (malloc'd), unpadded. */
static char *
piece_title(const struct piece *p)
{
	const char *header = p->field->header;
	char *title, *s;

	if (header && strcmp(header, "*") != 0)
		return strdup(header);
	title = strdup(header ? p->rest : p->name);
	for (s = title; s && *s; s++)
		*s = toupper((unsigned char)*s);
	return title;
}

static void
widen(struct piece *p, bool with_header)
{
	struct formatspec *s = &p->spec;
	size_t width = p->longest, len;
	char *title = piece_title(p);

	len = with_header && title ? utf8_count(title) : 0;
	free(title);
	if (width < len)
		width = len;
	if (s->width > 0 && width < (size_t)s->width)
		width = s->width;
	s->width = width;
	if (s->prec >= 0 && (size_t)s->prec < width &&
	    (!s->type || s->type == 's'))
		s->prec = width;
}

void
format_adapt(struct format *f, bool with_header)
{
	struct piece *p;
	size_t i;

	for (i = 0; i < f->npieces; i++) {
		p = &f->pieces[i];
		if (p->hide && !p->has_content)
			p->is_dropped = true;
		else if (p->widen)
			widen(p, with_header);
	}
}

char *
format_header(const struct format *f, struct errmsg *em)
{
	struct textbuf b = { 0 };
	char *line, *title, *shown;

	for (size_t i = 0; i < f->npieces; i++) {
		const struct piece *p = &f->pieces[i];

		if (p->is_dropped)
			continue;
		textbuf_add(&b, p->literal);
		if (!p->field)
			continue;
		title = piece_title(p);
		shown = title ? formatspec_title(&p->spec, title) : NULL;
		if (shown)
			textbuf_add(&b, shown);
		else
			b.has_failed = true;
		free(title);
		free(shown);
	}
	if (!(line = textbuf_take(&b)))
		errmsg_set(em, "%s", strerror(ENOMEM));
	return line;
}

static int
add_cell(struct textbuf *line, const struct piece *p, const void *row,
    struct errmsg *em)
{
	struct cell c;
	char *shown;
	int rc;

	if (cell_init(&c, p, row, em) < 0)
		return -1;
	shown = cell_show(&c, p, em);
	if (shown)
		textbuf_add(line, shown);
	rc = shown ? 0 : no_memory(em);
	free(shown);
	cell_fini(&c);
	return rc;
}

static bool
is_blank(const char *line)
{
	size_t len;
	uint32_t c;

	for (; *line; line += len) {
		c = utf8_decode(line, &len);
		if (c != 0x3000 && (c > 0x7f || !isspace((int)c)))
			return false;
	}
	return true;
}

char *
format_row(const struct format *f, const void *row, struct errmsg *em)
{
	struct textbuf b = { 0 };
	char *line;
	int rc = 0;

	for (size_t i = 0; i < f->npieces && rc == 0; i++) {
		const struct piece *p = &f->pieces[i];

		if (p->is_dropped)
			continue;
		textbuf_add(&b, p->literal);
		if (p->field)
			rc = add_cell(&b, p, row, em);
	}
	line = textbuf_take(&b);
	if (!line)
		errmsg_set(em, "%s", strerror(ENOMEM));
	if (!line || rc < 0) {
		free(line);
		return NULL;
	}
	if (is_blank(line))
		*line = '\0';
	return line;
}

/* A row on its way through qsort. */
struct sortrow {
	void *row;
	size_t index;
	struct value *values; /* one for each key */
};

static int
compare_rows(const void *a, const void *b, void *arg)
{
	const struct sortrow *x = a, *y = b;
	const struct format *f = arg;
	size_t i;
	int order;

	for (i = 0; i < f->nkeys; i++) {
		order = value_compare(&x->values[i], &y->values[i]);
		if (order != 0)
			return f->keys[i].is_reversed ? -order : order;
	}
	return (x->index > y->index) - (x->index < y->index);
}

static int
get_values(const struct format *f, const struct sortrow *r, struct errmsg *em)
{
	size_t i;

	for (i = 0; i < f->nkeys; i++) {
		const struct field *field = f->keys[i].field;

		if (field->get(r->row, field, "", &r->values[i], em) < 0)
			return -1;
	}
	return 0;
}

int
format_sort(const struct format *f, void **rows, size_t n, struct errmsg *em)
{
	struct sortrow *order = calloc(n + 1, sizeof(*order));
	struct value *values = calloc(n * f->nkeys + 1, sizeof(*values));
	size_t i;
	int rc = 0;

	em->text[0] = '\0';
	if (!order || !values)
		rc = no_memory(em);
	for (i = 0; i < n && rc == 0; i++) {
		order[i] = (struct sortrow){ .row = rows[i],
			.index = i,
			.values = values + i * f->nkeys };
		if (get_values(f, &order[i], em) < 0)
			rc = no_memory(em);
	}
	if (rc == 0) {
		qsort_r(order, n, sizeof(*order), compare_rows, (void *)f);
		for (i = 0; i < n; i++)
			rows[i] = order[i].row;
	}
	for (i = 0; values && i < n * f->nkeys; i++)
		value_fini(&values[i]);
	free(values);
	free(order);
	return rc;
}
