/* SPDX-License-Identifier: MIT */
/*
 * RFC 22 idsets as bits in words of 64. A set has the words between its least
 * and its greatest id: the cores of a node, or one high rank, are one word,
 * which needs no memory of its own. Ids are refused beyond ID_LIMIT, so that no
 * text makes a set large: those of this program are ranks, cores, tasks.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "idset.h"
#include "textbuf.h"

#define ID_LIMIT (1u << 24)
#define WORDBITS 64

struct idset {
	uint64_t *words; /* &one, or malloc'd */
	size_t base;     /* words[0] is of the ids from base * WORDBITS on */
	size_t nwords;
	uint64_t one;
};

struct idset *
idset_create(void)
{
	struct idset *s = calloc(1, sizeof(*s));

	if (s)
		s->words = &s->one;
	return s;
}

void
idset_destroy(struct idset *s)
{
	int saved = errno;

	if (s) {
		if (s->words != &s->one)
			free(s->words);
		free(s);
	}
	errno = saved;
}

/* Have the words from first to last as well. */
static int
grow(struct idset *s, size_t first, size_t last)
{
	size_t end = s->base + s->nwords, base = s->base, n;
	uint64_t *words;

	if (s->nwords == 0) {
		base = first;
		end = first;
	}
	if (first < base)
		base = first;
	n = (last < end ? end : last + 1) - base;
	/* double when a set grows again: ids are mostly added in order */
	if (last >= end && n > 1 && n < 2 * s->nwords)
		n = 2 * s->nwords;
	if (n > 1 && n != s->nwords) {
		if (!(words = calloc(n, sizeof(*words))))
			return -1;
		if (s->nwords > 0)
			memcpy(words + (s->base - base), s->words,
			    s->nwords * sizeof(*words));
		if (s->words != &s->one)
			free(s->words);
		s->words = words;
	}
	s->base = base;
	s->nwords = n;
	return 0;
}

struct idset *
idset_dup(const struct idset *s)
{
	struct idset *d = idset_create();

	if (d && idset_add(d, s) < 0) {
		idset_destroy(d);
		return NULL;
	}
	return d;
}

int
idset_set_range(struct idset *s, unsigned lo, unsigned hi)
{
	size_t i, first = lo / WORDBITS, last = hi / WORDBITS;
	uint64_t mask;

	if (lo > hi || hi > ID_LIMIT) {
		errno = ERANGE;
		return -1;
	}
	if (grow(s, first, last) < 0)
		return -1;
	for (i = first; i <= last; i++) {
		mask = UINT64_MAX;
		if (i == first)
			mask &= UINT64_MAX << lo % WORDBITS;
		if (i == last)
			mask &= UINT64_MAX >> (WORDBITS - 1 - hi % WORDBITS);
		s->words[i - s->base] |= mask;
	}
	return 0;
}

int
idset_set(struct idset *s, unsigned id)
{
	return idset_set_range(s, id, id);
}

/* The i-th word of all; those outside are empty. */
static uint64_t
word(const struct idset *s, size_t i)
{
	return i - s->base < s->nwords ? s->words[i - s->base] : 0;
}

void
idset_clear(struct idset *s, unsigned id)
{
	size_t i = id / WORDBITS;

	if (i - s->base < s->nwords)
		s->words[i - s->base] &= ~(UINT64_C(1) << id % WORDBITS);
}

bool
idset_test(const struct idset *s, unsigned id)
{
	return word(s, id / WORDBITS) >> id % WORDBITS & 1;
}

size_t
idset_count(const struct idset *s)
{
	size_t i, n = 0;

	for (i = 0; i < s->nwords; i++)
		n += (size_t)__builtin_popcountll(s->words[i]);
	return n;
}

size_t
idset_hash(const struct idset *s)
{
	size_t i, hash = 0;

	for (i = 0; i < s->nwords; i++)
		hash += (s->words[i] * UINT64_C(0x9e3779b97f4a7c15) >> 20) *
			(s->base + i + 1);
	return hash;
}

/* Is all of a in b? */
static bool
is_within(const struct idset *a, const struct idset *b)
{
	size_t i;

	for (i = 0; i < a->nwords; i++)
		if (a->words[i] & ~word(b, a->base + i))
			return false;
	return true;
}

bool
idset_equal(const struct idset *a, const struct idset *b)
{
	return is_within(a, b) && is_within(b, a);
}

bool
idset_intersects(const struct idset *a, const struct idset *b)
{
	size_t i;

	for (i = 0; i < a->nwords; i++)
		if (a->words[i] & word(b, a->base + i))
			return true;
	return false;
}

int
idset_add(struct idset *a, const struct idset *b)
{
	size_t i, first = 0, n = b->nwords;

	while (n > 0 && b->words[n - 1] == 0)
		n--;
	while (first < n && b->words[first] == 0)
		first++;
	if (n == 0)
		return 0;
	if (grow(a, b->base + first, b->base + n - 1) < 0)
		return -1;
	for (i = first; i < n; i++)
		a->words[b->base + i - a->base] |= b->words[i];
	return 0;
}

int
idset_subtract(struct idset *a, const struct idset *b)
{
	size_t i;

	for (i = 0; i < a->nwords; i++)
		a->words[i] &= ~word(b, a->base + i);
	return 0;
}

int
idset_intersect(struct idset *a, const struct idset *b)
{
	size_t i;

	for (i = 0; i < a->nwords; i++)
		a->words[i] &= word(b, a->base + i);
	return 0;
}

/* The first id >= from. */
static unsigned
seek(const struct idset *s, size_t from)
{
	size_t i = from / WORDBITS, end = s->base + s->nwords;
	uint64_t w = word(s, i) & UINT64_MAX << from % WORDBITS;

	if (w == 0 && i < s->base)
		i = s->base - 1;
	while (w == 0) {
		if (++i >= end)
			return IDSET_INVALID;
		w = s->words[i - s->base];
	}
	return (unsigned)(i * WORDBITS + (size_t)__builtin_ctzll(w));
}

unsigned
idset_first(const struct idset *s)
{
	return seek(s, 0);
}

unsigned
idset_next(const struct idset *s, unsigned id)
{
	return seek(s, (size_t)id + 1);
}

unsigned
idset_last(const struct idset *s)
{
	size_t i;

	for (i = s->nwords; i > 0; i--)
		if (s->words[i - 1])
			return (
			    unsigned)((s->base + i) * WORDBITS - 1 -
				      (size_t)__builtin_clzll(s->words[i - 1]));
	return IDSET_INVALID;
}

/* An id without leading zeros; *s is moved behind it. */
static int
id_parse(const char **s, unsigned *id)
{
	const char *p = *s;
	uint64_t n = 0;

	if (*p < '0' || *p > '9' || (*p == '0' && p[1] >= '0' && p[1] <= '9'))
		return -1;
	for (; *p >= '0' && *p <= '9'; p++) {
		n = n * 10 + (uint64_t)(*p - '0');
		if (n > IDSET_MAX)
			return -1;
	}
	*s = p;
	*id = (unsigned)n;
	return 0;
}

/* "a" or "a-b", above all ids so far (next is the least that may come). */
static int
range_parse(struct idset *s, const char **text, size_t *next)
{
	unsigned lo, hi;

	if (id_parse(text, &lo) < 0)
		goto error;
	hi = lo;
	if (**text == '-') {
		(*text)++;
		if (id_parse(text, &hi) < 0 || hi <= lo)
			goto error;
	}
	if (lo < *next)
		goto error;
	*next = (size_t)hi + 1;
	return idset_set_range(s, lo, hi);
error:
	errno = EINVAL;
	return -1;
}

struct idset *
idset_decode(const char *text)
{
	struct idset *s = idset_create();
	const char *end = *text == '[' ? "]" : "";
	size_t next = 0;

	if (!s)
		return NULL;
	if (*text == '[')
		text++;
	/* empty items are let pass, as other implementations do */
	while (*text && *text != ']') {
		if (*text != ',' && range_parse(s, &text, &next) < 0)
			goto error;
		if (*text == ',')
			text++;
		else if (*text && *text != ']')
			goto invalid;
	}
	if (strcmp(text, end) == 0)
		return s;
invalid:
	errno = EINVAL;
error:
	idset_destroy(s);
	return NULL;
}

/* The last id of the range that begins with lo. */
static unsigned
range_end(const struct idset *s, unsigned lo)
{
	unsigned hi = lo;

	while (idset_test(s, hi + 1))
		hi++;
	return hi;
}

char *
idset_encode(const struct idset *s, int flags)
{
	struct textbuf b = { 0 };
	unsigned lo, hi, first = idset_first(s);
	bool brackets = (flags & IDSET_BRACKETS) && first != idset_last(s);

	if (brackets)
		textbuf_add(&b, "[");
	for (lo = first; lo != IDSET_INVALID; lo = idset_next(s, hi)) {
		hi = range_end(s, lo);
		if (lo != first)
			textbuf_add(&b, ",");
		textbuf_add_number(&b, lo);
		if (hi > lo) {
			textbuf_add(&b, "-");
			textbuf_add_number(&b, hi);
		}
	}
	if (brackets)
		textbuf_add(&b, "]");
	return textbuf_take(&b);
}
