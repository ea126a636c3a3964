/* SPDX-License-Identifier: MIT */
#ifndef FORMATSPEC_H
#define FORMATSPEC_H

#include <stdbool.h>

#include "errmsg.h"
#include "value.h"

/*
 * The SPEC of a field of an output format (part of format.h):
 *     [[FILL]ALIGN][SIGN][z][#][0][WIDTH][GROUP][.PREC][TYPE][h][+]
 *     STRFTIME[::SPEC]                              after the conversion d
 */
struct formatspec {
	char *text;    /* as it was written, without h and + */
	char *date;    /* strftime pattern; NULL = none, the ISO form */
	bool is_wrong; /* text is no spec: an error once it is used */
	bool is_big;   /* is_wrong, since a number is too large */
	bool dash;     /* h: '-' for what is empty */
	bool mark;     /* +: mark what was cut */
	char fill[5];  /* one code point; "" = what the kind wants */
	char align;    /* < > ^ =, or 0 = what the kind wants */
	char sign;     /* + - blank, or 0 */
	bool no_minus; /* z: no minus before what was rounded to zero */
	bool alt;      /* # */
	int width;     /* -1 = none */
	char group;    /* , _ or 0 */
	int prec;      /* -1 = none */
	char type;     /* 0 = none */
};

/* text has len bytes; is_date: it begins with a strftime pattern. -1 with
 * ENOMEM; a malformed spec is no error here. */
int formatspec_parse(
    struct formatspec *s, const char *text, size_t len, bool is_date);
void formatspec_fini(struct formatspec *s);

/*
 * The value as the spec wants it (malloc'd), h and + included. NULL with em:
 * the spec does not suit the kind of value. full = the text of the value
 * before anything was cut.
 */
char *formatspec_apply(const struct formatspec *s, const struct value *v,
    const char *full, struct errmsg *em);
/* A title, by align and width alone (malloc'd); NULL with ENOMEM. */
char *formatspec_title(const struct formatspec *s, const char *title);

/* The other half of formatspec_apply (formatnum.c): the digits of a number
 * (malloc'd), and in lead its sign and prefix ("-0x"). NULL with em. */
char *formatspec_number(const struct formatspec *s, const struct value *v,
    char lead[4], struct errmsg *em);

#endif
