/* SPDX-License-Identifier: MIT */
#ifndef FORMATIMPL_H
#define FORMATIMPL_H

#include "format.h"
#include "formatspec.h"

/* What format.c (parsing) and formatrow.c (rows) know of each other. */

/* A field and the text before it; the last one has no field. */
struct piece {
	char *literal;
	const struct field *field; /* NULL = text only */
	char *name;                /* the whole name */
	const char *rest;          /* what follows a name that ends in '.' */
	uint32_t conv;             /* 0 = none */
	struct formatspec spec;
	bool hide;  /* ?: drop it where it is empty in all rows */
	bool widen; /* +: make room for the longest value */
	bool is_dropped;
	bool has_content; /* in some row that was measured */
	size_t longest;   /* code points, of the rows that were measured */
};

struct sortkey {
	const struct field *field;
	bool is_reversed;
};

struct format {
	const struct field *table;
	struct piece *pieces;
	size_t npieces;
	struct sortkey *keys;
	size_t nkeys;
};

#endif
