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

enum { IDS = 1000, SETS = 4, ROUNDS = 3000 };

/* A set by its members. */
struct plain {
	bool has[IDS];
};

static unsigned
draw(unsigned n)
{
	static unsigned long long seed = 1;

	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % n;
}

static bool
is_same(const struct idset *s, const struct plain *p)
{
	unsigned id = idset_first(s), last = IDSET_INVALID;
	size_t n = 0;

	for (unsigned i = 0; i < IDS; i++) {
		if (idset_test(s, i) != p->has[i])
			return false;
		if (!p->has[i])
			continue;
		if (id != i)
			return false;
		last = id;
		id = idset_next(s, id);
		n++;
	}
	return id == IDSET_INVALID && idset_count(s) == n &&
	       idset_last(s) == last;
}

static void
combine(struct idset *a, const struct idset *b, struct plain *p,
    const struct plain *q)
{
	unsigned how = draw(3);

	if (how == 0)
		idset_add(a, b);
	else if (how == 1)
		idset_subtract(a, b);
	else
		idset_intersect(a, b);
	for (unsigned i = 0; i < IDS; i++)
		p->has[i] = how == 0   ? p->has[i] || q->has[i]
			    : how == 1 ? p->has[i] && !q->has[i]
				       : p->has[i] && q->has[i];
}

static void
change(struct idset *s, struct plain *p)
{
	unsigned lo = draw(IDS), n = draw(3) ? 1 : draw(200);

	for (unsigned i = lo; i < IDS && i < lo + n; i++)
		p->has[i] = true;
	if (n > 0)
		idset_set_range(s, lo, lo + n < IDS ? lo + n - 1 : IDS - 1);
	lo = draw(IDS);
	idset_clear(s, lo);
	p->has[lo] = false;
}

static void
test_random(void)
{
	struct idset *s[SETS];
	struct plain p[SETS] = { 0 };
	int wrong = 0;

	for (int i = 0; i < SETS; i++)
		s[i] = idset_create();
	for (int i = 0; i < ROUNDS; i++) {
		unsigned a = draw(SETS), b = draw(SETS);
		bool same = true, meet = false;

		if (draw(20) == 0) {
			idset_destroy(s[a]);
			s[a] = idset_create();
			p[a] = (struct plain){ 0 };
		}
		if (draw(3))
			change(s[a], &p[a]);
		else
			combine(s[a], s[b], &p[a], &p[b]);
		wrong += !is_same(s[a], &p[a]);
		for (int k = 0; k < IDS; k++) {
			same &= p[a].has[k] == p[b].has[k];
			meet |= p[a].has[k] && p[b].has[k];
		}
		wrong += idset_equal(s[a], s[b]) != same;
		wrong += same && idset_hash(s[a]) != idset_hash(s[b]);
		wrong += idset_intersects(s[a], s[b]) != meet;
	}
	is_int(wrong, 0, "sets are as those that name each member");
	for (int i = 0; i < SETS; i++)
		idset_destroy(s[i]);
}

int
main(void)
{
	test_random();
	test_good();
	test_bad();
	test_ops();
	test_iteration();
	return done_testing();
}
