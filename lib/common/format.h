/* SPDX-License-Identifier: MIT */
#ifndef FORMAT_H
#define FORMAT_H

#include <stdbool.h>
#include <stddef.h>

#include "errmsg.h"
#include "value.h"

/*
 * The output-format language of the listing commands, flux-format(7):
 *     sort:-t_run {id.f58:>12} ?:{queue:<8.8} {runtime!F:>8h} {nodelist}
 *
 * A command describes its rows by a table of fields, and gets text back: this
 * module neither knows what a row is nor prints. The order of calls:
 *
 *     f = format_parse(text, table, &em);
 *     format_sort(f, rows, n, &em);                 where the user may sort
 *     for each row: format_measure(f, row, &em);    if format_needs_rows(f)
 *     format_adapt(f, with_header);                 (always, if it was called)
 *     line = format_header(f);                      unless -n
 *     for each row: line = format_row(f, row, &em);
 *
 * Numbers and dates are written as in the C locale: a program that uses this
 * sets LC_CTYPE only.
 */
struct format;

/*
 * One field. A name that ends in '.' stands for all names that begin with it
 * ("user."): get receives what follows; such fields cannot be sorted by.
 */
struct field {
	const char *name;   /* NULL ends the table */
	const char *header; /* NULL = the whole name in upper case; "*" = what
			       follows a name that ends in '.' */
	/* Set v from the row, or return -1 with em. rest = what follows a name
	 * that ends in '.', else "". v comes zeroed: 0 alone means unset. */
	int (*get)(const void *row, const struct field *f, const char *rest,
	    struct value *v, struct errmsg *em);
	int arg;           /* for get */
	const char *needs; /* for the program: what to ask a service for */
};

/*
 * NULL with em, worded for the user without prefix ("Unknown format field:
 * foo", "expected '}' before end of string", "Invalid sort key: foo"). The
 * table is borrowed. text is a format, not the name of one (formatname.h).
 */
struct format *format_parse(
    const char *text, const struct field *table, struct errmsg *em);
void format_destroy(struct format *f);

/* Replace the sort keys, "a,-b". -1 with em ("Invalid sort key: foo"). */
int format_set_sort(struct format *f, const char *keys, struct errmsg *em);

/* The fields used, in order, then those of the sort keys; NULL at the end.
 * Where a name stands for many, name (may be NULL) gets the whole name. */
const struct field *format_field(
    const struct format *f, size_t i, const char **name);
/* Does format_measure look at field i? */
bool format_is_measured(const struct format *f, size_t i);
/* Is the field of this (whole) name printed? */
bool format_has(const struct format *f, const char *name);
/* How many fields are printed. */
size_t format_count(const struct format *f);
bool format_is_sorted(const struct format *f);
/* Must all rows be seen before the first is printed? (sort keys, sentinels) */
bool format_needs_rows(const struct format *f);

/* Sort pointers to rows; stable. -1 with em: a getter failed. */
int format_sort(
    const struct format *f, void **rows, size_t n, struct errmsg *em);

/* Take a row into account for the columns with sentinels: ?: +: ?+: */
int format_measure(struct format *f, const void *row, struct errmsg *em);
/* Drop and widen columns by what was measured (nothing: drop all ?: ones).
 * To be called once. */
void format_adapt(struct format *f, bool with_header);
/* Drop the columns of a field, and the text before it. */
void format_drop(struct format *f, const char *name);

/* Lines without newline (malloc'd). NULL with em. A row that would be white
 * space only comes back as "": no line is to be printed for it. */
char *format_header(const struct format *f, struct errmsg *em);
char *format_row(const struct format *f, const void *row, struct errmsg *em);

#endif
