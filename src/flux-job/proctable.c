/* SPDX-License-Identifier: MIT */
/*
 * The answer of a shell's proctable method. Lists are compressed.
 *
 * A rangelist is an array of numbers, each relative to the one before: an int
 * is one value, [d,n] is a value and n more that follow it (n < 0: -n more
 * that are the same), [d,n,m] repeats that pattern m more times. A name list
 * has whole names, or [prefix, rangelist of suffixes] (-1 = no suffix).
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proctable.h"

/* A job has no more tasks than this; what a shell says is not trusted. */
enum { TASKS_MAX = 1 << 24 };

struct numbers {
	long *v;
	size_t count, size;
	long last;
};

static int
push(struct numbers *a, long v)
{
	if (a->count == TASKS_MAX)
		return -1;
	if (a->count == a->size) {
		size_t size = a->size ? 2 * a->size : 64;
		long *p = realloc(a->v, size * sizeof(*p));
		if (!p)
			return -1;
		a->v = p;
		a->size = size;
	}
	a->v[a->count++] = a->last = v;
	return 0;
}

static int
push_run(struct numbers *a, long delta, long n)
{
	long count = labs(n);

	if (count > TASKS_MAX || push(a, a->last + delta) < 0)
		return -1;
	while (count-- > 0)
		if (push(a, a->last + (n > 0 ? 1 : 0)) < 0)
			return -1;
	return 0;
}

static int
decode_entry(struct numbers *a, const json_t *o)
{
	json_int_t delta, n, more = 0;

	if (json_is_integer(o))
		return push(a, a->last + json_integer_value(o));
	if (json_unpack((json_t *)o, "[I I]", &delta, &n) < 0 &&
	    json_unpack((json_t *)o, "[I I I]", &delta, &n, &more) < 0)
		return -1;
	if (more < 0 || more > TASKS_MAX)
		return -1;
	for (json_int_t i = 0; i <= more; i++)
		if (push_run(a, delta, n) < 0)
			return -1;
	return 0;
}

static int
decode_numbers(struct numbers *a, const json_t *o)
{
	const json_t *entry;
	size_t i;

	*a = (struct numbers){ 0 };
	json_array_foreach(o, i, entry) {
		if (decode_entry(a, entry) < 0) {
			free(a->v);
			a->v = NULL;
			return -1;
		}
	}
	return 0;
}

/* ---- names ---- */

typedef int (*name_f)(struct proctable *t, size_t i, char *name);

static int
set_host(struct proctable *t, size_t i, char *name)
{
	t->procs[i].host = name;
	return 0;
}

static int
set_executable(struct proctable *t, size_t i, char *name)
{
	t->procs[i].executable = name;
	return 0;
}

static int
add_name(
    struct proctable *t, size_t *i, const char *prefix, long suffix, name_f set)
{
	char *name;

	if (*i >= t->count)
		return -1;
	if (suffix < 0)
		name = strdup(prefix);
	else if (asprintf(&name, "%s%ld", prefix, suffix) < 0)
		name = NULL;
	if (!name)
		return -1;
	return set(t, (*i)++, name);
}

static int
add_names(struct proctable *t, size_t *i, const json_t *entry, name_f set)
{
	const char *prefix = json_string_value(json_array_get(entry, 0));
	struct numbers a;
	int rc = 0;

	if (!prefix || decode_numbers(&a, json_array_get(entry, 1)) < 0)
		return -1;
	for (size_t k = 0; k < a.count && rc == 0; k++)
		rc = add_name(t, i, prefix, a.v[k], set);
	free(a.v);
	return rc;
}

static int
decode_names(struct proctable *t, const json_t *o, name_f set)
{
	const json_t *entry;
	size_t i = 0, k;

	json_array_foreach(o, k, entry) {
		int rc =
		    json_is_string(entry)
			? add_name(t, &i, json_string_value(entry), -1, set)
			: add_names(t, &i, entry, set);
		if (rc < 0)
			return -1;
	}
	return i == t->count ? 0 : -1;
}

/* ---- the table ---- */

static int
fill(struct proctable *t, const json_t *o)
{
	struct numbers ids = { 0 }, pids = { 0 }, ranks = { 0 };
	int rc = -1;

	if (decode_numbers(&ids, json_object_get(o, "ids")) < 0 ||
	    decode_numbers(&pids, json_object_get(o, "pids")) < 0 ||
	    decode_numbers(&ranks, json_object_get(o, "ranks")) < 0 ||
	    pids.count != ids.count || ranks.count != ids.count)
		goto done;
	if (!(t->procs = calloc(ids.count + 1, sizeof(*t->procs))))
		goto done;
	t->count = ids.count;
	for (size_t i = 0; i < t->count; i++) {
		t->procs[i].task = ids.v[i];
		t->procs[i].pid = pids.v[i];
		t->procs[i].rank = ranks.v[i];
	}
	rc = 0;
done:
	free(ids.v);
	free(pids.v);
	free(ranks.v);
	return rc;
}

int
proctable_decode(struct proctable *t, const json_t *o)
{
	*t = (struct proctable){ 0 };
	if (fill(t, o) < 0 ||
	    decode_names(t, json_object_get(o, "hosts"), set_host) < 0 ||
	    decode_names(t, json_object_get(o, "executables"), set_executable) <
		0) {
		proctable_fini(t);
		errno = EPROTO;
		return -1;
	}
	return 0;
}

void
proctable_fini(struct proctable *t)
{
	for (size_t i = 0; i < t->count; i++) {
		free(t->procs[i].host);
		free(t->procs[i].executable);
	}
	free(t->procs);
	*t = (struct proctable){ 0 };
}
