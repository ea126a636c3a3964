/* SPDX-License-Identifier: MIT */
/* RFC 29 hostlists: texts, their hosts and how they are written; no lists. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "hostlist.h"
#include "idset.h"
#include "tap.h"

static const struct {
	const char *text;
	size_t count;
	const char *encoded;
	const char *last; /* NULL if there is none */
} good[] = {
	{ "", 0, "", NULL },
	{ " ,, ", 0, "", NULL },
	{ "node[0-3,7]", 5, "node[0-3,7]", "node7" },
	{ "node3,node1,node2", 3, "node[3,1-2]", "node2" },
	{ "n[01-03]", 3, "n[01-03]", "n03" },
	{ "n[1-03]", 3, "n[1-3]", "n3" },
	{ "n[01-3]", 3, "n[01-03]", "n03" },
	{ "n09,n10", 2, "n[09-10]", "n10" },
	{ "n9,n10,n11", 3, "n[9-11]", "n11" },
	{ "n[001-100]", 100, "n[001-100]", "n100" },
	{ "n001,n01", 2, "n[001,01]", "n01" },
	{ "n00,n1", 2, "n[00,1]", "n1" },
	{ "n99,n100", 2, "n[99-100]", "n100" },
	{ "n0099,n100", 2, "n[0099,100]", "n100" },
	{ "a,b,a", 3, "a,b,a", "a" },
	{ "n1,n1", 2, "n[1,1]", "n1" },
	{ "n[1-3],n[2-4]", 6, "n[1-3,2-4]", "n4" },
	{ "n[1-3]-ib", 3, "n1-ib,n2-ib,n3-ib", "n3-ib" },
	{ "n[0-1]x", 2, "n0x,n1x", "n1x" },
	{ "a1b2,a1b3", 2, "a1b[2-3]", "a1b3" },
	{ "foo-1,foo-2", 2, "foo-[1-2]", "foo-2" },
	{ "a0,a1,b0,a2", 4, "a[0-1],b0,a2", "a2" },
	{ "host1 host2", 2, "host[1-2]", "host2" },
	{ "host1\nhost2\n", 2, "host[1-2]", "host2" },
	{ "n1,,n2", 2, "n[1-2]", "n2" },
	{ "[0-3]", 4, "[0-3]", "3" },
	{ "n[1-1]", 1, "n1", "n1" },
	{ "n123456789012345678", 1, "n123456789012345678",
	    "n123456789012345678" },
	{ "x[1,3],y", 3, "x[1,3],y", "y" },
	{ "é[1-2]", 2, "é[1-2]", "é2" },
};

static const struct {
	const char *text;
	int error;
} bad[] = {
	{ "n[", EINVAL },
	{ "n]", EINVAL },
	{ "]", EINVAL },
	{ "[", EINVAL },
	{ "n[a]", EINVAL },
	{ "n[3-1]", EINVAL },
	{ "n[1-", EINVAL },
	{ "n[1-]", EINVAL },
	{ "n[-1]", EINVAL },
	{ "n[1,]", EINVAL },
	{ "n[,1]", EINVAL },
	{ "n[1,,2]", EINVAL },
	{ "n[]", EINVAL },
	{ "n[1 -2]", EINVAL },
	{ "n[[1]]", EINVAL },
	{ "n[1]]", EINVAL },
	{ "n[1]x[2", EINVAL },
	{ "n[0-1]x[0-1]", EINVAL },
	{ "n[1234567890123456789]", EINVAL },
	{ "good,n[", EINVAL },
	{ "n[0-2000000]", ERANGE },
	{ "n[0-1000000],m[0-1000000]", ERANGE },
};

static void
test_good(void)
{
	struct hostlist *hl;
	char *text;
	size_t i, n;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		hl = hostlist_decode(good[i].text);
		if (!ok(hl != NULL, "'%s' is a hostlist", good[i].text))
			continue;
		n = hostlist_count(hl);
		is_int((long long)n, (long long)good[i].count, "'%s': count",
		    good[i].text);
		is_str(n > 0 ? hostlist_nth(hl, n - 1) : NULL, good[i].last,
		    "'%s': last host", good[i].text);
		text = hostlist_encode(hl);
		is_str(text, good[i].encoded, "'%s': text", good[i].text);
		free(text);
		hostlist_destroy(hl);
	}
}

static void
test_bad(void)
{
	struct hostlist *hl = hostlist_decode("a");
	char name[3000];
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		errno = 0;
		ok(!hostlist_decode(bad[i].text) && errno == bad[i].error,
		    "'%s' is no hostlist", bad[i].text);
	}
	ok(hostlist_append(hl, "b,c,n[") < 0 && hostlist_count(hl) == 1,
	    "failure appends nothing");
	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	errno = 0;
	ok(hostlist_append(hl, name) < 0 && errno == EINVAL, "long name");
	memcpy(name, "[1-2]", 5);
	ok(hostlist_append(hl, name) < 0 && errno == EINVAL, "long suffix");
	memcpy(name + sizeof(name) - 4, "[1]", 3);
	name[0] = 'x';
	ok(hostlist_append(hl, name) < 0 && errno == EINVAL, "long prefix");
	hostlist_destroy(hl);
}

static void
is_hosts(struct hostlist *hl, const char *expected, const char *name)
{
	char *text = hl ? hostlist_encode(hl) : NULL;

	is_str(text, expected, "%s", name);
	free(text);
	hostlist_destroy(hl);
}

static struct hostlist *
sorted(const char *text, int uniq)
{
	struct hostlist *hl = hostlist_decode(text);

	if (uniq)
		hostlist_uniq(hl);
	else
		hostlist_sort(hl);
	return hl;
}

static void
test_lists(void)
{
	struct hostlist *hl = hostlist_decode("n[0-9],m");
	struct idset *some = idset_decode("1-3,10,99");

	is_int(hostlist_find(hl, "n7"), 7, "find");
	is_int(hostlist_find(hl, "n"), -1, "not found");
	is_str(hostlist_nth(hl, 11), NULL, "no such index");
	is_hosts(hostlist_pick(hl, some), "n[1-3],m", "pick");
	is_hosts(hostlist_dup(hl), "n[0-9],m", "dup");
	is_int(hostlist_append_host(hl, "odd[name"), 0, "any host name");
	is_str(hostlist_nth(hl, 11), "odd[name", "as it is");
	is_hosts(sorted("n10,n9,b,n1,n9", 0), "b,n[1,9,9-10]", "sort");
	is_hosts(sorted("n10,n9,b,n1,n9", 1), "b,n[1,9-10]", "uniq");
	is_hosts(sorted("n9,n10,n1a,n9,n1a", 1), "n[9-10],n1a",
	    "sort names of several kinds");
	is_hosts(sorted("", 1), "", "uniq of nothing");
	idset_destroy(some);
	hostlist_destroy(hl);
	hostlist_destroy(NULL);
}

int
main(void)
{
	test_good();
	test_bad();
	test_lists();
	return done_testing();
}
