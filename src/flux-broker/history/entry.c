/* SPDX-License-Identifier: MIT */
/*
 * Entries of histories, taken apart. What is in them comes from other
 * instances: nothing is believed.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "entry.h"

const char *const entry_keys[ENTRY_NKEYS] = { "eventlog", "jobspec", "R",
	"guest.exec.eventlog", "guest.output" };

bool
path_is_valid(const char *text, size_t len)
{
	int depth = 1, digits = 0;

	for (size_t i = 0; i < len; i++) {
		if (text[i] == '/') {
			if (digits == 0 || ++depth > ENTRY_DEPTH_MAX)
				return false;
			digits = 0;
		} else if (!isdigit((unsigned char)text[i]) || ++digits > 19) {
			return false;
		}
	}
	return digits > 0;
}

/* A word up to a blank or the end of the line at eol. */
static const char *
word(const char **p, const char *eol, size_t *len)
{
	const char *start = *p, *space = memchr(start, ' ', eol - start);

	*len = (space ? space : eol) - start;
	*p = space ? space + 1 : eol;
	return start;
}

/* Decimal; -1: it is none, or greater than max. */
static int
number(const char **p, const char *eol, uint64_t max, uint64_t *n)
{
	size_t len;
	const char *s = word(p, eol, &len);

	*n = 0;
	if (len == 0 || len > 18)
		return -1;
	for (size_t i = 0; i < len; i++) {
		if (!isdigit((unsigned char)s[i]))
			return -1;
		*n = 10 * *n + (s[i] - '0');
	}
	return *n <= max ? 0 : -1;
}

static int
take_cut(const char *p, const char *eol, struct entry *e)
{
	bool is_here = e->path_len == 1 && *e->path == '.';

	e->is_cut = true;
	if ((!is_here && !path_is_valid(e->path, e->path_len)) ||
	    number(&p, eol, INT64_MAX, &e->count) < 0 || p != eol)
		return -1;
	return 0;
}

/* *end: in, of all; out, of this entry. */
static int
take_job(const char *p, const char *eol, const char **end, struct entry *e)
{
	const char *text = eol + 1;
	uint64_t n;

	e->summary = word(&p, eol, &e->summary_len);
	if (!path_is_valid(e->path, e->path_len))
		return -1;
	for (int i = 0; i < ENTRY_NKEYS; i++) {
		if (number(&p, eol, *end - text, &n) < 0)
			return -1;
		e->texts[i] = text;
		e->lens[i] = n;
		text += n;
	}
	if (p != eol || text == *end || *text != '\n')
		return -1;
	*end = text + 1;
	return 0;
}

int
entry_next(const char **p, const char *end, struct entry *e)
{
	const char *s = *p, *eol = memchr(s, '\n', end - s);
	bool is_cut;
	int r;

	memset(e, 0, sizeof(*e));
	errno = EPROTO;
	if (s == end)
		return 0;
	if (!eol || eol - s < 4)
		return -1;
	is_cut = memcmp(s, "cut ", 4) == 0;
	if (!is_cut && memcmp(s, "job ", 4) != 0)
		return -1;
	s += 4;
	e->path = word(&s, eol, &e->path_len);
	e->rest = e->path + e->path_len;
	if (is_cut) {
		r = take_cut(s, eol, e);
		end = eol + 1;
	} else {
		r = take_job(s, eol, &end, e);
	}
	if (r < 0)
		return -1;
	e->rest_len = end - e->rest;
	*p = end;
	return 1;
}

bool
entry_is_in(const struct entry *e, const char *dir, size_t len)
{
	size_t skip = len ? len + 1 : 0;

	if (e->path_len <= skip || memcmp(e->path, dir, len) != 0 ||
	    (len && e->path[len] != '/'))
		return false;
	return !memchr(e->path + skip, '/', e->path_len - skip);
}

bool
entry_is_at(const struct entry *e, const char *path, size_t len)
{
	return e->path_len == len && memcmp(e->path, path, len) == 0;
}

uint64_t
entry_id(const struct entry *e)
{
	const char *slash = memrchr(e->path, '/', e->path_len);

	return strtoull(slash ? slash + 1 : e->path, NULL, 10);
}
