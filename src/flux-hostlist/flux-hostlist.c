/* SPDX-License-Identifier: MIT */
/*
 * flux hostlist: get lists of hosts, combine them, and print the result or
 * what is asked about it. The steps are always in the same order: combine,
 * exclude, sort, limit, pick.
 */
#include <err.h>
#include <jansson.h>
#include <limits.h>
#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hostlist.h"
#include "hosts.h"
#include "idset.h"
#include "optparse.h"

typedef struct hostlist *(*combine_f)(
    const struct hostlist *a, const struct hostlist *b);

struct options {
	combine_f combine; /* NULL = append */
	struct hostlist *exclude;
	const char *exclude_text;
	const char *nth, *find, *delimiter;
	long limit; /* 0 = none; negative: the last ones */
	bool sort, unique, count, expand, quiet, fallback, local, json;
};

static const struct opt opts[] = {
	{ "expand", 'e', NULL, "print the hosts one by one", 0 },
	{ "delimiter", 'd', "S", "what is between them (default: a blank)", 0 },
	{ "count", 'c', NULL, "print the number of hosts", 0 },
	{ "nth", 'n', "IDS", "hosts at these indices; -IDS: from the end", 0 },
	{ "find", 'F', "HOSTS", "print the indices of these hosts", 0 },
	{ "limit", 'L', "N", "at most N hosts; -N: the last ones", 0 },
	{ "sort", 'S', NULL, "sort", 0 },
	{ "exclude", 'x', "HOSTS|IDS", "remove these, or those at indices", 0 },
	{ "unique", 'u', NULL, "each host once, sorted", 0 },
	{ "union", 0, NULL, "the same", 'u' },
	{ "intersect", 'i', NULL, "what is in all lists", 0 },
	{ "minus", 'm', NULL, "the first list without the others", 0 },
	{ "xor", 'X', NULL, "what is in one list and not in another", 0 },
	{ "fallback", 'f', NULL, "an id of no job is the name of a host", 0 },
	{ "local", 'l', NULL, "without SOURCES: local, not stdin", 0 },
	{ "quiet", 'q', NULL, "print nothing; fail if there are no hosts", 0 },
	{ "json", 'j', NULL, "print a JSON object", 0 },
	{ 0 },
};

/* ---- options ---- */

static long
parse_limit(const struct optparse *p)
{
	char *end;
	long n = strtol(p->value, &end, 10);

	if (!*p->value || *end || n < -INT_MAX || n > INT_MAX)
		optparse_fail(p, "argument -L/--limit: invalid int value: '%s'",
		    p->value);
	return n;
}

static void
set_exclude(struct options *o, const struct optparse *p)
{
	hostlist_destroy(o->exclude);
	o->exclude_text = p->value;
	if (!(o->exclude = hostlist_decode(p->value)))
		optparse_fail(p,
		    "argument -x/--exclude: invalid Hostlist value: '%s'",
		    p->value);
}

static void
set_combine(struct options *o, const struct optparse *p, combine_f f)
{
	if (o->combine && o->combine != f)
		optparse_fail(
		    p, "only one of --intersect, --minus, --xor is allowed");
	o->combine = f;
}

static void
set_flag(struct options *o, int c)
{
	o->expand |= c == 'e';
	o->count |= c == 'c';
	o->sort |= c == 'S';
	o->unique |= c == 'u';
	o->fallback |= c == 'f';
	o->local |= c == 'l';
	o->quiet |= c == 'q';
	o->json |= c == 'j';
}

static void
set_option(struct options *o, const struct optparse *p, int c)
{
	switch (c) {
	case 'd':
		o->delimiter = p->value;
		break;
	case 'n':
		o->nth = p->value;
		break;
	case 'F':
		o->find = *p->value ? p->value : NULL;
		break;
	case 'L':
		o->limit = parse_limit(p);
		break;
	case 'x':
		set_exclude(o, p);
		break;
	case 'i':
		set_combine(o, p, hosts_intersect);
		break;
	case 'm':
		set_combine(o, p, hosts_minus);
		break;
	case 'X':
		set_combine(o, p, hosts_xor);
		break;
	default:
		set_flag(o, c);
	}
}

/* ---- the steps ---- */

/* Replace *hl; new is what a function gave. */
static void
replace(struct hostlist **hl, struct hostlist *new)
{
	if (!new)
		err(1, NULL);
	hostlist_destroy(*hl);
	*hl = new;
}

static struct hostlist *
appended(const struct hostlist *a, const struct hostlist *b)
{
	struct hostlist *hl = hostlist_dup(a);

	for (size_t i = 0; hl && i < hostlist_count(b); i++)
		if (hostlist_append_host(hl, hostlist_nth(b, i)) < 0)
			tool_fail("too many hosts");
	return hl;
}

static struct hostlist *
combine(const struct options *o, char **sources, int n)
{
	struct hostlist *hl = source_hosts(sources[0], o->fallback), *next;
	combine_f f = o->combine ? o->combine : appended;

	for (int i = 1; i < n; i++) {
		next = source_hosts(sources[i], o->fallback);
		replace(&hl, f(hl, next));
		hostlist_destroy(next);
	}
	return hl;
}

/* Those at the indices, which may be beyond the end; or all others. */
static struct hostlist *
without(const struct hostlist *hl, const struct idset *indices)
{
	struct idset *rest = idset_create();
	size_t n = hostlist_count(hl);
	struct hostlist *new;

	if (!rest || (n > 0 && idset_set_range(rest, 0, n - 1) < 0) ||
	    idset_subtract(rest, indices) < 0)
		err(1, NULL);
	new = hostlist_pick(hl, rest);
	idset_destroy(rest);
	return new;
}

static void
exclude(struct hostlist **hl, const struct options *o)
{
	struct hostlist *new = hosts_exclude(*hl, o->exclude);
	struct idset *indices;

	if (new &&hostlist_count(new) == hostlist_count(*hl) &&
	    (indices = idset_decode(o->exclude_text))) {
		replace(&new, without(*hl, indices));
		idset_destroy(indices);
	}
	replace(hl, new);
}

static void
limit(struct hostlist **hl, long n)
{
	struct idset *indices = idset_create();
	size_t count = hostlist_count(*hl), keep = labs(n);
	size_t first = n < 0 ? count - keep : 0;

	if (keep >= count) {
		idset_destroy(indices);
		return;
	}
	if (!indices || idset_set_range(indices, first, first + keep - 1) < 0)
		err(1, NULL);
	replace(hl, hostlist_pick(*hl, indices));
	idset_destroy(indices);
}

/* "-1-2": the last two; -0 is the first, as 0 is. */
static void
pick(struct hostlist **hl, const char *text)
{
	bool from_end = *text == '-';
	struct idset *ids = idset_decode(text + from_end), *indices;
	size_t n = hostlist_count(*hl);

	if (!ids || !(indices = idset_create()))
		tool_fail("--nth: Invalid idset '%s'", text);
	for (unsigned i = idset_first(ids); i != IDSET_INVALID;
	     i = idset_next(ids, i)) {
		if (from_end && i > 0 ? i > n : i >= n)
			tool_fail("Hostlist index out of range");
		if (idset_set(indices, from_end && i > 0 ? n - i : i) < 0)
			err(1, NULL);
	}
	replace(hl, hostlist_pick(*hl, indices));
	idset_destroy(ids);
	idset_destroy(indices);
}

/* ---- output ---- */

static json_t *
find_all(const struct hostlist *hl, const char *text)
{
	struct hostlist *wanted = hostlist_decode(text);
	json_t *indices = json_array();

	if (!wanted)
		tool_fail("Invalid hostlist: '%s'", text);
	for (size_t i = 0; i < hostlist_count(wanted); i++) {
		int at = hostlist_find(hl, hostlist_nth(wanted, i));

		if (at < 0)
			tool_fail(
			    "host '%s' not found", hostlist_nth(wanted, i));
		json_array_append_new(indices, json_integer(at));
	}
	hostlist_destroy(wanted);
	return indices;
}

static void
print_json(const struct hostlist *hl, json_t *indices)
{
	json_t *hosts = json_array(), *o;
	char *text = hostlist_encode(hl), *s;

	for (size_t i = 0; i < hostlist_count(hl); i++)
		json_array_append_new(hosts, json_string(hostlist_nth(hl, i)));
	o = json_pack("{s:i s:I s:s s:o s:O*}", "version", 1, "count",
	    (json_int_t)hostlist_count(hl), "hostlist", text, "hosts", hosts,
	    "indices", indices);
	if (!o || !(s = json_dumps(o, JSON_COMPACT)))
		tool_fail("a host name is not UTF-8");
	puts(s);
	free(s);
	free(text);
	json_decref(o);
}

static void
print_indices(const json_t *indices)
{
	json_t *o;
	size_t i;

	json_array_foreach(indices, i, o)
		printf("%s%d", i > 0 ? " " : "", (int)json_integer_value(o));
	putchar('\n');
}

/* "\n" in the delimiter is a new line, which no shell gives us. */
static void
print_delimiter(const char *s)
{
	for (; *s; s++) {
		if (s[0] == '\\' && s[1] == 'n') {
			putchar('\n');
			s++;
		} else {
			putchar(*s);
		}
	}
}

static void
print_expanded(const struct hostlist *hl, const char *delimiter)
{
	for (size_t i = 0; i < hostlist_count(hl); i++) {
		if (i > 0)
			print_delimiter(delimiter);
		fputs(hostlist_nth(hl, i), stdout);
	}
	putchar('\n');
}

static void
print(const struct hostlist *hl, const struct options *o)
{
	json_t *indices = o->find ? find_all(hl, o->find) : NULL;
	char *text;

	if (o->quiet) {
		json_decref(indices);
		return;
	}
	if (o->json) {
		print_json(hl, indices);
	} else if (indices) {
		print_indices(indices);
	} else if (o->count) {
		printf("%zu\n", hostlist_count(hl));
	} else if (hostlist_count(hl) > 0 && o->expand) {
		print_expanded(hl, o->delimiter);
	} else if (hostlist_count(hl) > 0) {
		if (!(text = hostlist_encode(hl)))
			err(1, NULL);
		puts(text);
		free(text);
	}
	json_decref(indices);
}

/* ---- all of it ---- */

static int
run(const struct options *o, char **sources, int n)
{
	char *fallback[] = { o->local ? "local" : "stdin" };
	struct hostlist *hl =
	    n > 0 ? combine(o, sources, n) : combine(o, fallback, 1);
	int status;

	if (o->exclude)
		exclude(&hl, o);
	if (o->unique)
		hostlist_uniq(hl);
	else if (o->sort)
		hostlist_sort(hl);
	if (o->limit)
		limit(&hl, o->limit);
	if (o->nth)
		pick(&hl, o->nth);
	print(hl, o);
	status = o->quiet && hostlist_count(hl) == 0;
	hostlist_destroy(hl);
	return status;
}

int
main(int argc, char **argv)
{
	struct optparse p = {
		.usage = "[OPTIONS] [SOURCES...]",
		.summary = "Get, combine and print lists of hosts",
		.example = "flux hostlist --expand --delimiter='\\n' instance",
		.opts = opts,
		.dash_is_option = true,
	};
	struct options o = { .delimiter = " " };
	int c, status;

	setlocale(LC_CTYPE, "");
	setprogname("flux-hostlist");
	optparse_init(&p, argc, argv);
	while ((c = optparse_next(&p)) != -1)
		set_option(&o, &p, c);
	if (o.count && o.expand)
		optparse_fail(&p,
		    "argument -e/--expand: not allowed with argument "
		    "-c/--count");
	status = run(&o, p.operands, p.noperands);
	hostlist_destroy(o.exclude);
	optparse_fini(&p);
	return tool_finish(status);
}
