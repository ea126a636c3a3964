/* SPDX-License-Identifier: MIT */
/* RFC 22 idsets: texts with what they are, texts that are none, and sets. */
#include <errno.h>
#include <stdlib.h>

#include "idset.h"
#include "tap.h"

static const struct {
	const char *text;
	size_t count;
	const char *encoded, *brackets;
} good[] = {
	{ "", 0, "", "" },
	{ "[]", 0, "", "" },
	{ "0", 1, "0", "0" },
	{ "[5]", 1, "5", "5" },
	{ "0-3", 4, "0-3", "[0-3]" },
	{ "1,2,3,5", 4, "1-3,5", "[1-3,5]" },
	{ "[0-3,7]", 5, "0-3,7", "[0-3,7]" },
	{ "1,,2", 2, "1-2", "[1-2]" },
	{ "1,2,", 2, "1-2", "[1-2]" },
	{ "62-65,127-128", 6, "62-65,127-128", "[62-65,127-128]" },
	{ "0-63", 64, "0-63", "[0-63]" },
	{ "64-127", 64, "64-127", "[64-127]" },
	{ "0,2,4,6", 4, "0,2,4,6", "[0,2,4,6]" },
	{ "16777216", 1, "16777216", "16777216" },
};

static const struct {
	const char *text;
	int error;
} bad[] = {
	{ "3,1,2", EINVAL },
	{ "1,1", EINVAL },
	{ "0-2,1-3", EINVAL },
	{ "0-2,2", EINVAL },
	{ "0-0", EINVAL },
	{ "3-1", EINVAL },
	{ "1-", EINVAL },
	{ "-1", EINVAL },
	{ "-", EINVAL },
	{ "1--2", EINVAL },
	{ "1-2-3", EINVAL },
	{ "00", EINVAL },
	{ "01", EINVAL },
	{ "0-03", EINVAL },
	{ " 1", EINVAL },
	{ "1 ", EINVAL },
	{ "1, 2", EINVAL },
	{ "a", EINVAL },
	{ "1a", EINVAL },
	{ "[1", EINVAL },
	{ "1]", EINVAL },
	{ "[", EINVAL },
	{ "]", EINVAL },
	{ "[[1]]", EINVAL },
	{ "[1]]", EINVAL },
	{ "[1]2", EINVAL },
	{ "4294967294", EINVAL },
	{ "99999999999999999999", EINVAL },
	{ "4294967293", ERANGE },
	{ "0-16777217", ERANGE },
};

static void
test_good(void)
{
	struct idset *s;
	char *text;
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		s = idset_decode(good[i].text);
		if (!ok(s != NULL, "'%s' is an idset", good[i].text))
			continue;
		is_int((long long)idset_count(s), (long long)good[i].count,
		    "'%s': count", good[i].text);
		text = idset_encode(s, 0);
		is_str(text, good[i].encoded, "'%s': text", good[i].text);
		free(text);
		text = idset_encode(s, IDSET_BRACKETS);
		is_str(
		    text, good[i].brackets, "'%s' with brackets", good[i].text);
		free(text);
		idset_destroy(s);
	}
}

static void
test_bad(void)
{
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		errno = 0;
		ok(!idset_decode(bad[i].text) && errno == bad[i].error,
		    "'%s' is no idset", bad[i].text);
	}
}

enum set_op { ADD, SUBTRACT, INTERSECT };

static const struct {
	const char *a;
	enum set_op op;
	const char *b, *result;
} ops[] = {
	{ "0-3", ADD, "5,200", "0-3,5,200" },
	{ "", ADD, "7", "7" },
	{ "7", ADD, "", "7" },
	{ "0-3", SUBTRACT, "1-2,400", "0,3" },
	{ "0-300", SUBTRACT, "1-300", "0" },
	{ "1", SUBTRACT, "1", "" },
	{ "0-3,100", INTERSECT, "2-5", "2-3" },
	{ "2-5", INTERSECT, "0-3,100", "2-3" },
	{ "1", INTERSECT, "", "" },
};

static void
test_ops(void)
{
	static int (*const f[])(struct idset *, const struct idset *) = {
		idset_add,
		idset_subtract,
		idset_intersect,
	};
	struct idset *a, *b, *expected;
	char *text;
	size_t i;

	for (i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		a = idset_decode(ops[i].a);
		b = idset_decode(ops[i].b);
		expected = idset_decode(ops[i].result);
		is_int(f[ops[i].op](a, b), 0, "operation %zu works", i);
		text = idset_encode(a, 0);
		is_str(text, ops[i].result, "operation %zu: result", i);
		ok(idset_equal(a, expected) && idset_equal(expected, a),
		    "operation %zu: equal sets", i);
		free(text);
		idset_destroy(a);
		idset_destroy(b);
		idset_destroy(expected);
	}
}

static void
test_iteration(void)
{
	struct idset *s = idset_decode("3,64,1000"), *d;

	is_int(idset_first(s), 3, "first");
	is_int(idset_next(s, 3), 64, "next");
	is_int(idset_next(s, 64), 1000, "next over empty words");
	is_int(idset_next(s, 1000), IDSET_INVALID, "no next");
	is_int(idset_next(s, 5000000), IDSET_INVALID, "no next far behind");
	is_int(idset_last(s), 1000, "last");
	d = idset_dup(s);
	idset_clear(s, 1000);
	idset_clear(s, 2000);
	is_int(idset_last(s), 64, "last after clear");
	ok(idset_test(d, 1000), "the copy is one of its own");
	ok(!idset_test(s, 70000) && !idset_equal(s, d), "other ids");
	ok(idset_intersects(s, d), "they intersect");
	idset_destroy(d);
	d = idset_create();
	is_int(idset_first(d), IDSET_INVALID, "nothing is first in none");
	is_int(idset_last(d), IDSET_INVALID, "nor last");
	ok(!idset_intersects(s, d), "none intersects nothing");
	errno = 0;
	ok(idset_set(d, 1u << 30) < 0 && errno == ERANGE, "id too large");
	ok(idset_set_range(d, 5, 4) < 0, "a range backwards");
	is_int((long long)idset_count(d), 0, "failure changes nothing");
	idset_destroy(d);
	idset_destroy(s);
	idset_destroy(NULL);
}

int
main(void)
{
	test_good();
	test_bad();
	test_ops();
	test_iteration();
	return done_testing();
}
