/* SPDX-License-Identifier: MIT */
#ifndef VALUE_H
#define VALUE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * The value of one field of one row of a listing (flux-format(7)).
 * Start from all zero; a setter is called once; value_fini when done.
 */
enum value_kind {
	VALUE_UNSET,   /* prints as nothing, takes the specs of a string */
	VALUE_MISSING, /* the same, but takes the specs of any kind */
	VALUE_STR,
	VALUE_INT,
	VALUE_JOBID, /* prints as F58; a spec formats the decimal number */
	VALUE_FLOAT, /* also times (seconds since the epoch) and durations (s)
		      */
	VALUE_BOOL,  /* prints True, False; a spec formats 1, 0 */
};

struct value {
	enum value_kind kind;
	union {
		int64_t i;
		uint64_t id;
		double f;
		bool b;
	};
	const char *s; /* VALUE_STR */
	char *own;     /* what value_fini frees; NULL = s is borrowed */
};

void value_fini(struct value *v);

/* All of them return 0, so that a getter can end in `return value_int(…)`.
 * value_str borrows s until value_fini; NULL means unset. */
int value_str(struct value *v, const char *s);
int value_int(struct value *v, int64_t i);
int value_float(struct value *v, double f);
int value_bool(struct value *v, bool b);
int value_jobid(struct value *v, uint64_t id);
int value_missing(struct value *v);
/* Takes s (free'd later); NULL is -1 with ENOMEM. */
int value_take(struct value *v, char *s);
/* By JSON type; objects and arrays as text ("{}" as nothing), null as "None",
 * NULL as unset. Borrows from o. -1 with ENOMEM. */
int value_json(struct value *v, const json_t *o);

/* The text that the empty spec prints (malloc'd); NULL with ENOMEM. */
char *value_text(const struct value *v);
/* Is this text what a column with no content shows? ("", "0s", "0.0",
 * "0:00:00", the epoch) */
bool value_text_is_empty(const char *text);
/* Order of listings: unset < numbers (and texts that are numbers) < texts. */
int value_compare(const struct value *a, const struct value *b);

/* The shortest text that reads back as the same number, always with '.' or an
 * exponent: "3600.0", "1e+16", "inf". Returns buf (32 bytes are enough). */
char *value_float_text(char *buf, size_t size, double x);

#endif
