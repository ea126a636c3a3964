/* SPDX-License-Identifier: MIT */
/*
 * Set operations on lists of hosts. What is looked up is an index of names in
 * the order of strcmp, which borrows them from their list.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "hostlist.h"
#include "hosts.h"

struct index {
	const char **names;
	size_t count;
	size_t *taken; /* of equal names, how many: kept with the first */
};

static int
compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
index_fini(struct index *x)
{
	free(x->names);
	free(x->taken);
}

static int
index_init(struct index *x, const struct hostlist *hl)
{
	x->count = hostlist_count(hl);
	x->names = calloc(x->count + 1, sizeof(*x->names));
	x->taken = calloc(x->count + 1, sizeof(*x->taken));
	if (!x->names || !x->taken) {
		index_fini(x);
		return -1;
	}
	for (size_t i = 0; i < x->count; i++)
		x->names[i] = hostlist_nth(hl, i);
	qsort(x->names, x->count, sizeof(*x->names), compare);
	return 0;
}

/* Where the first of the names that are not before host is. */
static size_t
lower_bound(const struct index *x, const char *host)
{
	size_t lo = 0, hi = x->count;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (strcmp(x->names[mid], host) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static bool
has(struct index *x, const char *host)
{
	size_t i = lower_bound(x, host);

	return i < x->count && strcmp(x->names[i], host) == 0;
}

static bool
has_not(struct index *x, const char *host)
{
	return !has(x, host);
}

/* Is there none left to be taken away? */
static bool
take_none(struct index *x, const char *host)
{
	size_t first = lower_bound(x, host), i = first + x->taken[first];

	if (i >= x->count || strcmp(x->names[i], host) != 0)
		return true;
	x->taken[first]++;
	return false;
}

/* Append to out those hosts of a for which keep is true of b's index. */
static int
filter(struct hostlist *out, const struct hostlist *a, const struct hostlist *b,
    bool (*keep)(struct index *x, const char *host))
{
	struct index x;
	int rc = 0;

	if (index_init(&x, b) < 0)
		return -1;
	for (size_t i = 0; rc == 0 && i < hostlist_count(a); i++)
		if (keep(&x, hostlist_nth(a, i)))
			rc = hostlist_append_host(out, hostlist_nth(a, i));
	index_fini(&x);
	return rc;
}

static struct hostlist *
filtered(const struct hostlist *a, const struct hostlist *b,
    bool (*keep)(struct index *x, const char *host))
{
	struct hostlist *out = hostlist_create();

	if (out && filter(out, a, b, keep) < 0) {
		hostlist_destroy(out);
		return NULL;
	}
	return out;
}

struct hostlist *
hosts_minus(const struct hostlist *a, const struct hostlist *b)
{
	return filtered(a, b, take_none);
}

struct hostlist *
hosts_exclude(const struct hostlist *a, const struct hostlist *b)
{
	return filtered(a, b, has_not);
}

struct hostlist *
hosts_intersect(const struct hostlist *a, const struct hostlist *b)
{
	struct hostlist *out = filtered(a, b, has);

	if (out)
		hostlist_uniq(out);
	return out;
}

struct hostlist *
hosts_xor(const struct hostlist *a, const struct hostlist *b)
{
	struct hostlist *out = filtered(a, b, has_not);

	if (out && filter(out, b, a, has_not) < 0) {
		hostlist_destroy(out);
		return NULL;
	}
	if (out)
		hostlist_uniq(out);
	return out;
}
