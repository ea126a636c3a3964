/* SPDX-License-Identifier: MIT */
#ifndef IDSET_H
#define IDSET_H

#include <stdbool.h>
#include <stddef.h>

/*
 * RFC 22 idsets: "0-3,7", with brackets "[0-3,7]", the empty set "".
 * A set of unsigned ids up to IDSET_MAX, kept as bits.
 */
struct idset;

#define IDSET_MAX     4294967293u
#define IDSET_INVALID 4294967295u

enum { IDSET_BRACKETS = 1 }; /* brackets if the set has more than one id */

/* All creators: NULL with ENOMEM. */
struct idset *idset_create(void);
struct idset *idset_dup(const struct idset *s);
void idset_destroy(struct idset *s);
/* NULL with EINVAL: malformed (also decreasing or repeated ids). Ids above
 * 1 << 24 are refused with ERANGE: no instance is that large. */
struct idset *idset_decode(const char *text);
/* malloc'd text. */
char *idset_encode(const struct idset *s, int flags);

/* 0, or -1 with ENOMEM. idset_clear of an absent id does nothing. */
int idset_set(struct idset *s, unsigned id);
int idset_set_range(struct idset *s, unsigned lo, unsigned hi);
void idset_clear(struct idset *s, unsigned id);
bool idset_test(const struct idset *s, unsigned id);
size_t idset_count(const struct idset *s);
/* The same number for equal sets. */
size_t idset_hash(const struct idset *s);
bool idset_equal(const struct idset *a, const struct idset *b);
bool idset_intersects(const struct idset *a, const struct idset *b);
/* In place: a |= b, a -= b, a &= b. 0, or -1 with ENOMEM. */
int idset_add(struct idset *a, const struct idset *b);
int idset_subtract(struct idset *a, const struct idset *b);
int idset_intersect(struct idset *a, const struct idset *b);

/* Iterate: for (id = idset_first(s); id != IDSET_INVALID;
 *               id = idset_next(s, id)). */
unsigned idset_first(const struct idset *s);
unsigned idset_next(const struct idset *s, unsigned id);
unsigned idset_last(const struct idset *s);

#endif
