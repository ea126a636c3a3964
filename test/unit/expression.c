/* SPDX-License-Identifier: MIT */
/* Expressions of --define, and the numbers that options take. */
#include <stdlib.h>

#include "../../src/flux-submit/expression.h"
#include "../../src/flux-submit/number.h"
#include "tap.h"

/* NULL = there is no value. */
static const struct {
	const char *code, *x, *value;
} expressions[] = {
	{ "x", "a b", "a b" },
	{ " x ", "", "" },
	{ "1", "", "1" },
	{ "'' * 9**18", "", "" },
	{ "1_000", "", "1000" },
	{ "1.5", "", "1.5" },
	{ "'a\\'b\\n'", "", "a'b\n" },
	{ "\"a'b\"", "", "a'b" },
	{ "1+2*3", "", "7" },
	{ "(1+2)*3", "", "9" },
	{ "10-2-3", "", "5" },
	{ "7/2", "", "3.5" },
	{ "7//2", "", "3" },
	{ "-7//2", "", "-4" },
	{ "-7%3", "", "2" },
	{ "7%-3", "", "-2" },
	{ "2**3**2", "", "512" },
	{ "-2**2", "", "-4" },
	{ "2**-1", "", "0.5" },
	{ "(-1)**3", "", "-1" },
	{ "1**999999999", "", "1" },
	{ "0**0", "", "1" },
	{ "--1", "", "1" },
	{ "int(x)*2", " 21 ", "42" },
	{ "int(2.9)", "", "2" },
	{ "int(-2.9)", "", "-2" },
	{ "float(x)", "1e3", "1000.0" },
	{ "str(1)+'a'", "", "1a" },
	{ "len(x)", "abc", "3" },
	{ "abs(-3)", "", "3" },
	{ "round(2.5)", "", "2" },
	{ "min(3,1,2)", "", "1" },
	{ "max(3,1,2)", "", "3" },
	{ "x*3", "ab", "ababab" },
	{ "x*0", "ab", "" },
	{ "x+x", "", "" },
	{ "''+x", "a", "a" },
	{ "x[0]", "abc", "a" },
	{ "x[-1]", "abc", "c" },
	{ "x[1:]", "abc", "bc" },
	{ "x[:2]", "abc", "ab" },
	{ "x[1:2]", "abc", "b" },
	{ "x[-2:]", "abc", "bc" },
	{ "x[:-1]", "abc", "ab" },
	{ "x[:]", "abc", "abc" },
	{ "x[2:1]", "abc", "" },
	{ "x[9:]", "abc", "" },
	{ "x[-9:9]", "abc", "abc" },
	{ "x.upper()", "aBc", "ABC" },
	{ "x.lower()", "aBc", "abc" },
	{ "x.capitalize()", "aBC", "Abc" },
	{ "x.title()", "ab cd", "Ab Cd" },
	{ "x.strip()", " a ", "a" },
	{ "x.lstrip('ab')", "abca", "ca" },
	{ "x.rstrip('a')", "aba", "ab" },
	{ "x.replace('a','bb')", "banana", "bbbnbbnbb" },
	{ "x.zfill(4)", "-7", "-007" },
	{ "x.zfill(1)", "77", "77" },
	{ "x.removeprefix('a').removesuffix('c')", "abc", "b" },
	{ "x.upper()[1:].lower()*2", "abc", "bcbc" },

	{ "", "", NULL },
	{ "(", "", NULL },
	{ "1+", "", NULL },
	{ "1 2", "", NULL },
	{ "1)", "", NULL },
	{ "'a", "", NULL },
	{ "y", "", NULL },
	{ "1..2", "", NULL },
	{ "x+1", "a", NULL },
	{ "1+x", "a", NULL },
	{ "x-x", "a", NULL },
	{ "x*x", "a", NULL },
	{ "-x", "a", NULL },
	{ "1/0", "", NULL },
	{ "1//0", "", NULL },
	{ "1%0", "", NULL },
	{ "9223372036854775807+1", "", NULL },
	{ "9**99", "", NULL },
	{ "x*99999999", "a", NULL },
	{ "int(x)", "a", NULL },
	{ "int(x)", "", NULL },
	{ "int()", "", NULL },
	{ "int(1,2)", "", NULL },
	{ "int(1", "", NULL },
	{ "len(1)", "", NULL },
	{ "nosuch(1)", "", NULL },
	{ "x.nosuch()", "", NULL },
	{ "x.upper", "", NULL },
	{ "x.upper(1)", "", NULL },
	{ "x.replace('','a')", "", NULL },
	{ "x.zfill(99999)", "", NULL },
	{ "(1).upper()", "", NULL },
	{ "min(1,2,3,4,5,6,7,8,9)", "", NULL },
	{ "x[3]", "abc", NULL },
	{ "x[]", "abc", NULL },
	{ "x['a']", "abc", NULL },
	{ "x[0", "abc", NULL },
	{ "1[0]", "", NULL },
};

static void
check_expressions(void)
{
	for (size_t i = 0; i < sizeof(expressions) / sizeof(*expressions);
	     i++) {
		struct value v = { 0 };
		struct errmsg em;
		char *text = NULL;

		if (expression_eval(
			expressions[i].code, expressions[i].x, &v, &em) == 0)
			text = value_text(&v);
		is_str(text, expressions[i].value, "%s of '%s'",
		    expressions[i].code, expressions[i].x);
		free(text);
		value_fini(&v);
	}
}

static void
check_depth(void)
{
	struct value v = { 0 };
	struct errmsg em;
	char deep[2000];

	for (size_t i = 0; i < sizeof(deep); i++)
		deep[i] = '(';
	deep[sizeof(deep) - 1] = '\0';
	is_int(expression_eval(deep, "", &v, &em), -1, "too deep");
	value_fini(&v);
}

static const struct {
	const char *text;
	long long n;
	int rc;
} numbers[] = {
	{ "0", 0, 0 },
	{ "+4", 4, 0 },
	{ "-4", -4, 0 },
	{ " 007\t", 7, 0 },
	{ "1_000", 1000, 0 },
	{ "9223372036854775807", 9223372036854775807, 0 },
	{ "9223372036854775808", 0, -1 },
	{ "", 0, -1 },
	{ " ", 0, -1 },
	{ "1__0", 0, -1 },
	{ "_1", 0, -1 },
	{ "1_", 0, -1 },
	{ "0x1", 0, -1 },
	{ "1.0", 0, -1 },
	{ "1 2", 0, -1 },
	{ "- 1", 0, -1 },
	{ "a", 0, -1 },
};

int
main(void)
{
	double x = 0;

	check_expressions();
	check_depth();
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		long long n = 0;
		int rc = number_int(numbers[i].text, &n);
		ok(rc == numbers[i].rc && n == numbers[i].n, "number '%s'",
		    numbers[i].text);
	}
	ok(number_float(" 1_0.5e1 ", &x) == 0 && x == 105, "a fraction");
	is_int(number_float("0x1", &x), -1, "no hexadecimal fraction");
	is_int(number_float("1e", &x), -1, "no exponent without digits");
	is_int(number_float("nan(1)", &x), -1, "no marks in nan");
	return done_testing();
}
