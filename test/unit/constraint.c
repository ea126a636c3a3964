/* SPDX-License-Identifier: MIT */
/* RFC 31 and 35: constraints as text, as JSON, and which nodes match. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "constraint.h"
#include "idset.h"
#include "tap.h"

/* In the JSON here ' stands for ", and P(a) for {"properties":["a"]}. */
#define P(x) "{'properties':['" x "']}"

static const struct {
	const char *text, *json;
} good[] = {
	{ "a", P("a") },
	{ "a b", P("a','b") },
	{ "a,b", P("a','b") },
	{ "a&b", P("a','b") },
	{ "a && b", P("a','b") },
	{ "a and b", P("a','b") },
	{ "a,b c", P("a','b','c") },
	{ "(a b) c", P("a','b','c") },
	{ "a\tb", P("a','b") },
	{ "a|b", "{'or':[" P("a") "," P("b") "]}" },
	{ "a || b", "{'or':[" P("a") "," P("b") "]}" },
	{ "a or b", "{'or':[" P("a") "," P("b") "]}" },
	{ "a|b|c", "{'or':[" P("a") "," P("b") "," P("c") "]}" },
	{ "(a|b)|c", "{'or':[" P("a") "," P("b") "," P("c") "]}" },
	{ "not a", "{'not':[" P("a") "]}" },
	{ "-a", "{'not':[" P("a") "]}" },
	{ "- a", "{'not':[" P("a") "]}" },
	{ "-a,b", "{'not':[" P("a','b") "]}" },
	{ "not not a", "{'not':[{'not':[" P("a") "]}]}" },
	{ "not -a", "{'not':[{'not':[" P("a") "]}]}" },
	{ "^a", P("^a") },
	{ "a,^b", P("a','^b") },
	{ "(a|b)&c", "{'and':[{'or':[" P("a") "," P("b") "]}," P("c") "]}" },
	{ "a|b&c", "{'or':[" P("a") "," P("b','c") "]}" },
	{ "a|(b c)", "{'or':[" P("a") "," P("b','c") "]}" },
	{ "a b|c", "{'or':[" P("a','b") "," P("c") "]}" },
	{ "a|b c", "{'and':[{'or':[" P("a") "," P("b") "]}," P("c") "]}" },
	{ "a|b c|d", "{'or':[{'and':[{'or':[" P("a") "," P("b") "]}," P(
			 "c") "]}"
			      "," P("d") "]}" },
	{ "not a|b", "{'or':[{'not':[" P("a") "]}," P("b") "]}" },
	{ "not (a|b)", "{'not':[{'or':[" P("a") "," P("b") "]}]}" },
	{ "a not b", "{'and':[" P("a") ",{'not':[" P("b") "]}]}" },
	{ "host:n[0-1]", "{'hostlist':['n[0-1]']}" },
	{ "hosts:a,b", "{'hostlist':['a,b']}" },
	{ "rank:1,2", "{'ranks':['1,2']}" },
	{ "properties:a,b", P("a','b") },
	{ "-host:n1 rank:0-3",
	    "{'and':[{'not':[{'hostlist':['n1']}]},{'ranks':['0-3']}]}" },
	{ "x:y x:z", "{'and':[{'x':['y']},{'x':['z']}]}" },
	{ "foo:a:b", "{'foo':['a:b']}" },
	{ "foo:'a b'", "{'foo':['a b']}" },
	{ "foo:\"a,b\"", "{'foo':['a,b']}" },
	{ "'a b'", P("a b") },
	{ "a-b", P("a-b") },
	{ "-a-b", "{'not':[" P("a-b") "]}" },
	{ "5", P("5") },
	{ "A OR B", P("A','OR','B") },
	{ "android nota oregon", P("android','nota','oregon") },
	{ "é", P("é") },
};

static const struct {
	const char *text, *error;
} bad[] = {
	{ "", "Unexpected end of input in ''" },
	{ "  ", "Unexpected end of input in '  '" },
	{ "a|", "Unexpected end of input in 'a|'" },
	{ "a &", "Unexpected end of input in 'a &'" },
	{ "not", "Unexpected end of input in 'not'" },
	{ "-", "Unexpected end of input in '-'" },
	{ "-(a|b)", "Invalid token '(' at position 1" },
	{ "--a", "Invalid token '-' at position 1" },
	{ "-not a", "Invalid token 'not' at position 1" },
	{ "a:", "Missing argument to token 'a:'" },
	{ "a b:", "Missing argument to token 'b:'" },
	{ "(a", "Unclosed parenthesis in position 0" },
	{ "(", "Unclosed parenthesis in position 0" },
	{ "a ( b", "Unclosed parenthesis in position 2" },
	{ "a)", "Mismatched parentheses starting at position 1." },
	{ "(a))", "Mismatched parentheses starting at position 3." },
	{ "()", "Invalid token ')' at position 1" },
	{ "|a", "Invalid token '|' at position 0" },
	{ "||a", "Invalid token '|' at position 0" },
	{ "and", "Invalid token 'and' at position 0" },
	{ "a and and b", "Invalid token 'and' at position 6" },
	{ "a&&&b", "Invalid token '&' at position 3" },
	{ "a & | b", "Invalid token '|' at position 4" },
	{ "host:'a", "Unclosed quote \"'\" at position 6" },
	{ "\"a", "Unclosed quote '\"' at position 1" },
	{ "a,,b", "Empty property at position 2" },
	{ "a,", "Empty property at position 2" },
	{ ",", "Empty property at position 0" },
};

#define TEXT_MAX 2048

/* Into buf, which has TEXT_MAX bytes. */
static char *
quotes(char *buf, const char *text)
{
	char *p;

	snprintf(buf, TEXT_MAX, "%s", text);
	for (p = buf; (p = strchr(p, '\'')); p++)
		*p = '"';
	return buf;
}

static void
test_text(void)
{
	char expected[TEXT_MAX], *got;
	struct errmsg em;
	json_t *o;
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		o = constraint_parse(good[i].text, &em);
		got = o ? json_dumps(o, JSON_COMPACT) : NULL;
		is_str(got, quotes(expected, good[i].json), "'%s' as JSON",
		    good[i].text);
		free(got);
		json_decref(o);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		errno = 0;
		ok(!constraint_parse(bad[i].text, &em) && errno == EINVAL,
		    "'%s' is refused", bad[i].text);
		is_str(em.text, bad[i].error, "'%s': why", bad[i].text);
	}
}

/* Deep nesting is refused before the stack ends. */
static void
test_depth(void)
{
	static char text[200001];
	struct errmsg em;

	memset(text, '(', sizeof(text) - 1);
	ok(!constraint_parse(text, &em), "200000 parentheses");
	is_str(em.text, "more than 100 levels of nesting", "why");
	for (size_t i = 0; i + 4 < sizeof(text); i += 4)
		memcpy(text + i, "not ", 4);
	ok(!constraint_parse(text, &em), "50000 nots");
}

static const struct {
	const char *json, *error; /* NULL = fine */
} checks[] = {
	{ "{}", NULL },
	{ "{'and':[]}", NULL },
	{ "{'or':[{},{'not':[{}]}]}", NULL },
	{ "{'ranks':['0-1','7']}", NULL },
	{ "{'hostlist':['a','b[0-3]']}", NULL },
	{ "[]", "constraints must be a mapping" },
	{ "{'foo':[]}", "unknown constraint operator 'foo'" },
	{ "{'and':[],'or':[]}", "constraint must have one operator" },
	{ "{'not':{}}", "argument to constraint not must be a sequence" },
	{ "{'and':[1]}", "constraints must be a mapping" },
	{ "{'and':[{'or':[{'foo':[]}]}]}",
	    "unknown constraint operator 'foo'" },
	{ "{'properties':'a'}",
	    "argument to constraint properties must be a sequence" },
	{ "{'properties':[1]}", "property must be a string" },
	{ "{'properties':['a&b']}", "invalid character in property 'a&b'" },
	{ "{'properties':['(']}", "invalid character in property '('" },
	{ "{'hostlist':['n[']}", "Invalid hostlist: 'n['" },
	{ "{'hostlist':[1]}", "hostlist must be a string" },
	{ "{'ranks':['x']}", "Invalid idset: 'x'" },
	{ "{'ranks':[1]}", "ranks must be a string" },
};

static json_t *
load(const char *text)
{
	char buf[TEXT_MAX];

	return json_loads(quotes(buf, text), 0, NULL);
}

static void
test_check(void)
{
	struct errmsg em;
	json_t *o;
	size_t i;
	int rc;

	for (i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		o = load(checks[i].json);
		em.text[0] = '\0';
		rc = constraint_check(o, &em);
		is_int(
		    rc, checks[i].error ? -1 : 0, "check %s", checks[i].json);
		is_str(em.text, checks[i].error ? checks[i].error : "",
		    "%s: why", checks[i].json);
		json_decref(o);
	}
	is_int(constraint_check(NULL, NULL), 0, "no constraint");
}

static bool
has_property(const void *arg, const char *name)
{
	return strcmp(name, "fast") == 0 || strcmp(name, arg) == 0;
}

/* Tested on node n1, rank 1, which is fast and big. */
static const struct {
	const char *json;
	bool matches;
} matches[] = {
	{ "{}", true },
	{ "{'and':[]}", true },
	{ "{'or':[]}", true },
	{ "{'not':[]}", false },
	{ "{'not':[{}]}", false },
	{ P("fast"), true },
	{ P("fast','big"), true },
	{ P("fast','slow"), false },
	{ P("^slow"), true },
	{ P("^fast"), false },
	{ P("fast','^big"), false },
	{ "{'properties':[]}", true },
	{ "{'properties':['']}", false },
	{ "{'hostlist':['n[0-2]']}", true },
	{ "{'hostlist':['a','n1']}", true },
	{ "{'hostlist':['n[10-12]']}", false },
	{ "{'hostlist':[]}", false },
	{ "{'ranks':['0','1-2']}", true },
	{ "{'ranks':['0','2']}", false },
	{ "{'or':[" P("slow") "," P("big") "]}", true },
	{ "{'or':[" P("slow") "," P("small") "]}", false },
	{ "{'and':[" P("fast") ",{'not':[" P("slow") "]}]}", true },
	{ "{'and':[" P("fast") ",{'not':[" P("big") "]}]}", false },
	{ "{'foo':[]}", false },
};

/* Rank 1 alone has the properties, and the host. */
static const struct idset *
with_property(const void *arg, const char *name)
{
	return has_property("big", name) ? arg : NULL;
}

static int
add_host(const void *arg, const char *host, struct idset *to)
{
	(void)arg;
	return strcmp(host, "n1") == 0 ? idset_set(to, 1) : 0;
}

/* What matches a node must be what is selected of many. */
static void
test_select(void)
{
	struct idset *one = idset_decode("1"), *all = idset_decode("0-2");
	struct constraint_sets sets = { .all = all,
		.with_property = with_property,
		.add_host = add_host,
		.arg = one };
	size_t i;

	for (i = 0; i < sizeof(matches) / sizeof(matches[0]); i++) {
		json_t *o = load(matches[i].json);
		struct constraint *c = constraint_compile(o, NULL);
		struct idset *got = c ? constraint_select(c, &sets) : NULL;

		ok(got ? idset_test(got, 1) == matches[i].matches
		       : !matches[i].matches,
		    "%s selects what it matches", matches[i].json);
		idset_destroy(got);
		constraint_destroy(c);
		json_decref(o);
	}
	idset_destroy(one);
	idset_destroy(all);
}

static void
test_match(void)
{
	struct constraint_node node = {
		.rank = 1,
		.host = "n1",
		.has_property = has_property,
		.arg = "big",
	};
	json_t *o;
	size_t i;

	for (i = 0; i < sizeof(matches) / sizeof(matches[0]); i++) {
		o = load(matches[i].json);
		ok(constraint_match(o, &node) == matches[i].matches, "%s %s",
		    matches[i].json,
		    matches[i].matches ? "matches" : "does not match");
		json_decref(o);
	}
	ok(constraint_match(NULL, &node), "no constraint matches");
}

int
main(void)
{
	test_text();
	test_depth();
	test_check();
	test_match();
	test_select();
	return done_testing();
}
