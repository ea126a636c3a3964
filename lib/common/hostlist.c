/* SPDX-License-Identifier: MIT */
/*
 * RFC 29 hostlists, kept as plain names. Compact text is made when it is
 * asked for: a run of names that differ only in a trailing number becomes
 * one "prefix[ranges]", in list order.
 *
 * The width of a number is part of it: 9 and 10 follow each other, 09 and 10
 * too, 099 and 0100 do not. Numbers of more than NUMBER_DIGITS digits are
 * text.
 */
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hostlist.h"
#include "idset.h"
#include "textbuf.h"

#define HOSTS_MAX     (1u << 20)
#define NUMBER_DIGITS 18
#define HOST_MAX      1024 /* bytes of one name, longer than any DNS name */

struct hostlist {
	char **hosts;
	size_t count, size;
};

/* A name taken apart: prefix bytes, then the digits at its end. */
struct name {
	const char *text;
	size_t prefix;
	int width;       /* digits; 0 = no number */
	uint64_t number; /* their value */
};

struct hostlist *
hostlist_create(void)
{
	return calloc(1, sizeof(struct hostlist));
}

static void
truncate_to(struct hostlist *hl, size_t count)
{
	while (hl->count > count)
		free(hl->hosts[--hl->count]);
}

void
hostlist_destroy(struct hostlist *hl)
{
	int saved = errno;

	if (hl) {
		truncate_to(hl, 0);
		free(hl->hosts);
		free(hl);
	}
	errno = saved;
}

int
hostlist_append_host(struct hostlist *hl, const char *host)
{
	char **hosts, *copy;
	size_t size;

	if (hl->count == HOSTS_MAX) {
		errno = ERANGE;
		return -1;
	}
	if (hl->count == hl->size) {
		size = hl->size ? 2 * hl->size : 4;
		if (!(hosts = reallocarray(hl->hosts, size, sizeof(*hosts))))
			return -1;
		hl->hosts = hosts;
		hl->size = size;
	}
	if (!(copy = strdup(host)))
		return -1;
	hl->hosts[hl->count++] = copy;
	return 0;
}

struct hostlist *
hostlist_dup(const struct hostlist *hl)
{
	struct hostlist *d = hostlist_create();
	size_t i;

	if (!d)
		return NULL;
	for (i = 0; i < hl->count; i++)
		if (hostlist_append_host(d, hl->hosts[i]) < 0)
			goto error;
	return d;
error:
	hostlist_destroy(d);
	return NULL;
}

static uint64_t
digits_value(const char *s, int n)
{
	uint64_t x = 0;

	while (n-- > 0)
		x = x * 10 + (uint64_t)(*s++ - '0');
	return x;
}

static int
count_digits(const char *s)
{
	return (int)strspn(s, "0123456789");
}

/* A number inside brackets: its digits; *s is moved behind them. */
static int
number_parse(const char **s, uint64_t *value)
{
	int n = count_digits(*s);

	if (n == 0 || n > NUMBER_DIGITS)
		return -1;
	*value = digits_value(*s, n);
	*s += n;
	return n;
}

/* The text before, inside and behind the brackets of one element. */
struct element {
	const char *prefix, *ranges, *suffix;
	int prefix_len, suffix_len;
};

static int
append_range(struct hostlist *hl, const struct element *e, const char **s)
{
	char host[HOST_MAX];
	uint64_t lo, hi, i;
	int width = number_parse(s, &lo), n;

	if (width < 0)
		return -1;
	hi = lo;
	if (**s == '-') {
		(*s)++;
		if (number_parse(s, &hi) < 0 || hi < lo)
			return -1;
	}
	if (hi - lo >= HOSTS_MAX) {
		errno = ERANGE;
		return -1;
	}
	for (i = lo; i <= hi; i++) {
		n = snprintf(host, sizeof(host), "%.*s%0*llu%.*s",
		    e->prefix_len, e->prefix, width, (unsigned long long)i,
		    e->suffix_len, e->suffix);
		if (n >= (int)sizeof(host) ||
		    hostlist_append_host(hl, host) < 0)
			return -1;
	}
	return 0;
}

/* prefix[ranges]suffix */
static int
append_bracketed(struct hostlist *hl, const struct element *e)
{
	const char *s = e->ranges;

	do {
		if (append_range(hl, e, &s) < 0)
			return -1;
	} while (*s++ == ',');
	return s[-1] == ']' ? 0 : -1;
}

static int
append_plain(struct hostlist *hl, const char *s, size_t len)
{
	char host[HOST_MAX];

	if (len >= sizeof(host))
		return -1;
	memcpy(host, s, len);
	host[len] = '\0';
	return hostlist_append_host(hl, host);
}

static bool
is_separator(char c)
{
	return c == ',' || isspace((unsigned char)c);
}

/* The length of text without brackets and separators. */
static size_t
plain_len(const char *s)
{
	return strcspn(s, "[], \t\r\n\v\f");
}

/* One element; *text is moved behind it. Brackets in the suffix, which the
 * encoder could not write back, are refused. */
static int
append_element(struct hostlist *hl, const char **text)
{
	struct element e = { .prefix = *text };
	const char *close;

	e.prefix_len = (int)plain_len(*text);
	*text += e.prefix_len;
	if (**text != '[') {
		if (**text && !is_separator(**text))
			return -1;
		return append_plain(hl, e.prefix, (size_t)e.prefix_len);
	}
	e.ranges = *text + 1;
	if (!(close = strchr(e.ranges, ']')) || e.prefix_len >= HOST_MAX)
		return -1;
	e.suffix = close + 1;
	if (plain_len(e.suffix) >= HOST_MAX)
		return -1;
	e.suffix_len = (int)plain_len(e.suffix);
	*text = e.suffix + e.suffix_len;
	if (**text && !is_separator(**text))
		return -1;
	return append_bracketed(hl, &e);
}

int
hostlist_append(struct hostlist *hl, const char *text)
{
	size_t count = hl->count;

	for (;;) {
		while (is_separator(*text))
			text++;
		if (!*text)
			return 0;
		errno = EINVAL;
		if (append_element(hl, &text) < 0)
			break;
	}
	truncate_to(hl, count);
	return -1;
}

struct hostlist *
hostlist_decode(const char *text)
{
	struct hostlist *hl = hostlist_create();

	if (hl && hostlist_append(hl, text) < 0) {
		hostlist_destroy(hl);
		return NULL;
	}
	return hl;
}

static struct name
name_split(const char *text)
{
	struct name n = { .text = text, .prefix = strlen(text) };
	size_t i = n.prefix;

	while (i > 0 && isdigit((unsigned char)text[i - 1]))
		i--;
	if (n.prefix - i <= NUMBER_DIGITS) {
		n.width = (int)(n.prefix - i);
		n.number = digits_value(text + i, n.width);
		n.prefix = i;
	}
	return n;
}

static bool
same_prefix(const struct name *a, const struct name *b)
{
	return a->width && b->width && a->prefix == b->prefix &&
	       memcmp(a->text, b->text, a->prefix) == 0;
}

static bool
is_padded(const struct name *n)
{
	return n->width > 1 && n->text[n->prefix] == '0';
}

/* Is b the number that follows a? The prefixes are the same. */
static bool
is_next(const struct name *a, const struct name *b)
{
	return b->number == a->number + 1 &&
	       (a->width == b->width || (!is_padded(a) && !is_padded(b)));
}

/* Write the ranges of the names [i, end), which share a prefix. */
static void
write_ranges(struct textbuf *b, const struct hostlist *hl, size_t i, size_t end)
{
	struct name first, last, next;
	const char *comma = "";

	while (i < end) {
		first = last = name_split(hl->hosts[i]);
		for (i++; i < end; i++, last = next) {
			next = name_split(hl->hosts[i]);
			if (!is_next(&last, &next))
				break;
		}
		textbuf_add(b, comma);
		textbuf_add(b, first.text + first.prefix);
		if (last.number > first.number) {
			textbuf_add(b, "-");
			textbuf_add(b, last.text + last.prefix);
		}
		comma = ",";
	}
}

/* The end of the run of names with the prefix of the i-th. */
static size_t
run_end(const struct hostlist *hl, size_t i)
{
	struct name first = name_split(hl->hosts[i]), n;

	for (i++; i < hl->count; i++) {
		n = name_split(hl->hosts[i]);
		if (!same_prefix(&first, &n))
			break;
	}
	return i;
}

char *
hostlist_encode(const struct hostlist *hl)
{
	struct textbuf b = { 0 };
	size_t i, end;

	for (i = 0; i < hl->count; i = end) {
		struct name n = name_split(hl->hosts[i]);

		end = run_end(hl, i);
		if (i > 0)
			textbuf_add(&b, ",");
		if (end == i + 1) {
			textbuf_add(&b, hl->hosts[i]);
			continue;
		}
		textbuf_add_bytes(&b, n.text, n.prefix);
		textbuf_add(&b, "[");
		write_ranges(&b, hl, i, end);
		textbuf_add(&b, "]");
	}
	return textbuf_take(&b);
}

size_t
hostlist_count(const struct hostlist *hl)
{
	return hl->count;
}

const char *
hostlist_nth(const struct hostlist *hl, size_t i)
{
	return i < hl->count ? hl->hosts[i] : NULL;
}

int
hostlist_find(const struct hostlist *hl, const char *host)
{
	size_t i;

	for (i = 0; i < hl->count; i++)
		if (strcmp(hl->hosts[i], host) == 0)
			return (int)i;
	errno = ENOENT;
	return -1;
}

struct hostlist *
hostlist_pick(const struct hostlist *hl, const struct idset *indices)
{
	struct hostlist *new = hostlist_create();
	unsigned i;

	if (!new)
		return NULL;
	for (i = idset_first(indices); i < hl->count;
	     i = idset_next(indices, i))
		if (hostlist_append_host(new, hl->hosts[i]) < 0)
			goto error;
	return new;
error:
	hostlist_destroy(new);
	return NULL;
}

static int
compare_prefix(const struct name *a, const struct name *b)
{
	size_t n = a->prefix < b->prefix ? a->prefix : b->prefix;
	int c = memcmp(a->text, b->text, n);

	if (c != 0 || a->prefix == b->prefix)
		return c;
	return a->prefix < b->prefix ? -1 : 1;
}

/* Prefix first: comparing whole names where the prefixes differ would be no
 * order (n9 < n10 < n1a < n9). */
static int
compare(const void *pa, const void *pb)
{
	struct name a = name_split(*(char *const *)pa);
	struct name b = name_split(*(char *const *)pb);
	int c = compare_prefix(&a, &b);

	if (c != 0)
		return c;
	if (a.number != b.number)
		return a.number < b.number ? -1 : 1;
	return a.width - b.width;
}

void
hostlist_sort(struct hostlist *hl)
{
	if (hl->count > 1)
		qsort(hl->hosts, hl->count, sizeof(*hl->hosts), compare);
}

/* Drop neighbours that are equal. */
static void
drop_repeats(struct hostlist *hl)
{
	size_t i, n = 0;

	for (i = 0; i < hl->count; i++) {
		if (n > 0 && strcmp(hl->hosts[n - 1], hl->hosts[i]) == 0)
			free(hl->hosts[i]);
		else
			hl->hosts[n++] = hl->hosts[i];
	}
	hl->count = n;
}

void
hostlist_uniq(struct hostlist *hl)
{
	hostlist_sort(hl);
	drop_repeats(hl);
}
