/* SPDX-License-Identifier: MIT */
/*
 * Recursive descent; each function leaves the value of what it read in v, and
 * is -1 with em when that has none.
 *     sum    = term { (+|-) term }       term  = unary { (*|/|//|%) unary }
 *     unary  = - unary | power           power = postfix [ ** unary ]
 *     postfix = atom { .NAME(sums) | [sum] | [sum:sum] }
 *     atom   = number | text | x | NAME(sums) | (sum)
 */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "expression.h"
#include "number.h"

enum { DEPTH_MAX = 100, NAME_SIZE = 32, TEXT_MAX = 1 << 20 };

struct parser {
	const char *p, *x;
	int depth;
	struct errmsg *em;
};

static int sum(struct parser *ps, struct value *v);

static bool
accept(struct parser *ps, const char *token)
{
	size_t n = strlen(token);

	ps->p += strspn(ps->p, " \t\n");
	if (strncmp(ps->p, token, n) != 0)
		return false;
	ps->p += n;
	return true;
}

static int
wrong(struct parser *ps)
{
	return *ps->p ? errmsg_set(ps->em, "'%s' is not understood", ps->p)
		      : errmsg_set(ps->em, "it is not complete");
}

static int
expect(struct parser *ps, const char *token)
{
	return accept(ps, token) ? 0 : wrong(ps);
}

/* ---- calculations ---- */

static bool
is_number(const struct value *v)
{
	return v->kind == VALUE_INT || v->kind == VALUE_FLOAT;
}

static double
as_float(const struct value *v)
{
	return v->kind == VALUE_INT ? (double)v->i : v->f;
}

/* Texts are joined by +, repeated by *. */
static int
text_operation(struct parser *ps, struct value *a, char op, struct value *b)
{
	size_t len = a->kind == VALUE_STR ? strlen(a->s) : 0;
	char *text;

	if (op == '+' && b->kind == VALUE_STR && len) {
		if (!(text = malloc(len + strlen(b->s) + 1)))
			return errmsg_set(ps->em, "out of memory");
		memcpy(text, a->s, len);
		memcpy(text + len, b->s, strlen(b->s) + 1);
	} else if (op == '+' && a->kind == VALUE_STR && b->kind == VALUE_STR) {
		text = strdup(b->s);
	} else if (op == '*' && a->kind == VALUE_STR && b->kind == VALUE_INT) {
		size_t n = b->i > 0 ? (size_t)b->i : 0;
		if (len && n > TEXT_MAX / len)
			return errmsg_set(ps->em, "the text is too long");
		if (!(text = calloc(len * n + 1, 1)))
			return errmsg_set(ps->em, "out of memory");
		for (size_t i = 0; len && i < n; i++)
			memcpy(text + i * len, a->s, len);
	} else {
		return errmsg_set(
		    ps->em, "'%c' is not for a text and a number", op);
	}
	value_fini(a);
	*a = (struct value){ 0 };
	return value_take(a, text);
}

/* Division towards minus infinity, as in Python. 'd' is //. */
static bool
int_operation(int64_t a, char op, int64_t b, int64_t *r)
{
	int64_t q;

	switch (op) {
	case '+':
		return !__builtin_add_overflow(a, b, r);
	case '-':
		return !__builtin_sub_overflow(a, b, r);
	case '*':
		return !__builtin_mul_overflow(a, b, r);
	}
	if (b == 0 || (a == INT64_MIN && b == -1))
		return false;
	q = a / b - (a % b != 0 && (a < 0) != (b < 0));
	*r = op == 'd' ? q : a - q * b;
	return true;
}

static double
float_operation(double a, char op, double b)
{
	switch (op) {
	case '+':
		return a + b;
	case '-':
		return a - b;
	case '*':
		return a * b;
	case '/':
		return a / b;
	case 'd':
		return floor(a / b);
	default:
		return a - floor(a / b) * b;
	}
}

/* a = a op b; b is freed. */
static int
operation(struct parser *ps, struct value *a, char op, struct value *b)
{
	int rc = 0;

	if (!is_number(a) || !is_number(b)) {
		rc = text_operation(ps, a, op, b);
	} else if (strchr("/d%", op) && as_float(b) == 0) {
		rc = errmsg_set(ps->em, "division by zero");
	} else if (op != '/' && a->kind == VALUE_INT && b->kind == VALUE_INT) {
		if (!int_operation(a->i, op, b->i, &a->i))
			rc = errmsg_set(ps->em, "the number is too large");
	} else {
		value_float(a, float_operation(as_float(a), op, as_float(b)));
	}
	value_fini(b);
	return rc;
}

static int
raise(struct parser *ps, struct value *a, struct value *b)
{
	int64_t r = 1;
	double x;

	if (!is_number(a) || !is_number(b))
		return errmsg_set(ps->em, "'**' is for numbers");
	x = pow(as_float(a), as_float(b));
	if (a->kind != VALUE_INT || b->kind != VALUE_INT || b->i < 0)
		return value_float(a, x);
	if (fabs(x) >= 0x1p62)
		return errmsg_set(ps->em, "the number is too large");
	for (int64_t i = 0; i < b->i && r != 0 && (r != 1 || i == 0); i++)
		r *= a->i;
	/* of 1, 0 and -1 any power is cheap; others end soon */
	return value_int(a, a->i == -1 ? (b->i % 2 ? -1 : 1) : r);
}

/* ---- grammar ---- */

static int
name(struct parser *ps, char buf[NAME_SIZE])
{
	size_t n = 0;

	while (isalnum((unsigned char)ps->p[n]) || ps->p[n] == '_')
		n++;
	if (n == 0 || n >= NAME_SIZE)
		return wrong(ps);
	memcpy(buf, ps->p, n);
	buf[n] = '\0';
	ps->p += n;
	return 0;
}

static int
text(struct parser *ps, struct value *v)
{
	char quote = *ps->p, *copy = malloc(strlen(ps->p)), *out = copy;
	const char *s = ps->p + 1;

	if (!copy)
		return errmsg_set(ps->em, "out of memory");
	for (; *s && *s != quote; s++) {
		bool escaped = *s == '\\' && s[1];

		s += escaped;
		if (escaped && *s == 'n')
			*out++ = '\n';
		else if (escaped && *s == 't')
			*out++ = '\t';
		else
			*out++ = *s;
	}
	*out = '\0';
	if (!*s) {
		free(copy);
		return errmsg_set(ps->em, "a quotation is not closed");
	}
	ps->p = s + 1;
	return value_take(v, copy);
}

static int
number(struct parser *ps, struct value *v)
{
	size_t n = strspn(ps->p, "0123456789._");
	char buf[64];
	long long i;
	double x;

	if (n >= sizeof(buf))
		return wrong(ps);
	memcpy(buf, ps->p, n);
	buf[n] = '\0';
	if (number_int(buf, &i) == 0)
		value_int(v, i);
	else if (number_float(buf, &x) == 0)
		value_float(v, x);
	else
		return wrong(ps);
	ps->p += n;
	return 0;
}

/* The arguments after "(", from v[n] on; their number, or -1. */
static int
arguments(struct parser *ps, struct value *v, int n)
{
	if (accept(ps, ")"))
		return n;
	do {
		if (n == EXPRESSION_ARGS_MAX)
			return errmsg_set(ps->em, "too many arguments");
		if (sum(ps, &v[n++]) < 0)
			return -1;
	} while (accept(ps, ","));
	return expect(ps, ")") < 0 ? -1 : n;
}

static void
free_values(struct value *v)
{
	for (int i = 0; i < EXPRESSION_ARGS_MAX; i++)
		value_fini(&v[i]);
}

static int
call(struct parser *ps, const char *function, struct value *v)
{
	struct value list[EXPRESSION_ARGS_MAX] = { { 0 } };
	int n = arguments(ps, list, 0);

	n = n < 0 ? -1 : expression_function(function, list, n, v, ps->em);
	free_values(list);
	return n;
}

static int
atom(struct parser *ps, struct value *v)
{
	char word[NAME_SIZE];

	if (accept(ps, "("))
		return sum(ps, v) < 0 ? -1 : expect(ps, ")");
	if (*ps->p == '\'' || *ps->p == '"')
		return text(ps, v);
	if (isdigit((unsigned char)*ps->p) || *ps->p == '.')
		return number(ps, v);
	if (name(ps, word) < 0)
		return -1;
	if (accept(ps, "("))
		return call(ps, word, v);
	if (strcmp(word, "x") == 0)
		return value_take(v, strdup(ps->x));
	return errmsg_set(ps->em, "name '%s' is not defined", word);
}

static int
method(struct parser *ps, struct value *v)
{
	struct value list[EXPRESSION_ARGS_MAX] = { { 0 } };
	char word[NAME_SIZE];
	int n;

	list[0] = *v;
	*v = (struct value){ 0 };
	if ((n = name(ps, word)) == 0 && (n = expect(ps, "(")) == 0)
		n = arguments(ps, list, 1);
	n = n < 0 ? -1 : expression_method(word, list, n, v, ps->em);
	free_values(list);
	return n;
}

/* An end of a slice, from the end if it is negative. */
static int
bound(struct parser *ps, int64_t len, int64_t *at)
{
	struct value v = { 0 };
	int rc = sum(ps, &v);

	if (rc == 0 && v.kind != VALUE_INT)
		rc = errmsg_set(ps->em, "an index is a whole number");
	if (rc == 0)
		*at = v.i < 0 ? v.i + len : v.i;
	value_fini(&v);
	return rc;
}

static int
slice(struct parser *ps, struct value *v)
{
	int64_t len, from = 0, to;
	char *part;

	if (v->kind != VALUE_STR)
		return errmsg_set(ps->em, "only a text has parts");
	to = len = (int64_t)strlen(v->s);
	if (!accept(ps, ":")) {
		if (bound(ps, len, &from) < 0)
			return -1;
		if (!accept(ps, ":")) {
			if (from < 0 || from >= len)
				return errmsg_set(ps->em, "index out of range");
			to = from + 1;
			goto end;
		}
	}
	ps->p += strspn(ps->p, " \t");
	if (*ps->p != ']' && bound(ps, len, &to) < 0)
		return -1;
end:
	from = from < 0 ? 0 : from;
	to = to > len ? len : to;
	part = strndup(v->s + (from > len ? len : from),
	    to > from ? (size_t)(to - from) : 0);
	value_fini(v);
	*v = (struct value){ 0 };
	return value_take(v, part) < 0 ? -1 : expect(ps, "]");
}

static int
postfix(struct parser *ps, struct value *v)
{
	if (atom(ps, v) < 0)
		return -1;
	for (;;) {
		if (accept(ps, ".")) {
			if (method(ps, v) < 0)
				return -1;
		} else if (accept(ps, "[")) {
			if (slice(ps, v) < 0)
				return -1;
		} else {
			return 0;
		}
	}
}

static int
unary(struct parser *ps, struct value *v)
{
	struct value b = { 0 };
	int rc;

	if (accept(ps, "-")) {
		struct value zero = { .kind = VALUE_INT };
		if (unary(ps, v) < 0 || operation(ps, &zero, '-', v) < 0)
			return -1;
		*v = zero;
		return 0;
	}
	if (postfix(ps, v) < 0)
		return -1;
	if (!accept(ps, "**"))
		return 0;
	rc = unary(ps, &b);
	if (rc == 0)
		rc = raise(ps, v, &b);
	value_fini(&b);
	return rc;
}

/* The operator at hand if it is one of ops, 0 if not; 'd' is //. */
static char
operator(struct parser *ps, const char *ops)
{
	ps->p += strspn(ps->p, " \t\n");
	if (strchr(ops, 'd') && accept(ps, "//"))
		return 'd';
	return *ps->p && *ps->p != 'd' && strchr(ops, *ps->p) ? *ps->p++ : 0;
}

static int
term(struct parser *ps, struct value *v)
{
	char op;

	if (unary(ps, v) < 0)
		return -1;
	while ((op = operator(ps, "*/d%"))) {
		struct value b = { 0 };
		if (unary(ps, &b) < 0) {
			value_fini(&b);
			return -1;
		}
		if (operation(ps, v, op, &b) < 0)
			return -1;
	}
	return 0;
}

static int
sum(struct parser *ps, struct value *v)
{
	char op;

	if (ps->depth++ > DEPTH_MAX)
		return errmsg_set(ps->em, "it is nested too deep");
	if (term(ps, v) < 0)
		return -1;
	while ((op = operator(ps, "+-"))) {
		struct value b = { 0 };
		if (term(ps, &b) < 0) {
			value_fini(&b);
			return -1;
		}
		if (operation(ps, v, op, &b) < 0)
			return -1;
	}
	ps->depth--;
	return 0;
}

int
expression_eval(
    const char *code, const char *x, struct value *v, struct errmsg *em)
{
	struct parser ps = { .p = code, .x = x, .em = em };

	if (sum(&ps, v) < 0)
		return -1;
	ps.p += strspn(ps.p, " \t\n");
	return *ps.p ? wrong(&ps) : 0;
}
