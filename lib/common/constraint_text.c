/* SPDX-License-Identifier: MIT */
/*
 * RFC 35: constraints as people write them, "fast host:node[0-3] | -rank:1".
 *
 *     expr  = chain { term-that-begins-here ["&"...] }      blanks join
 *     chain = ands { "|" ands }          ands = unary { "&" unary }
 *     unary = "not" unary | "-" word | word | "(" expr ")"
 *
 * A blank takes all on its left as one operand, as in other implementations:
 * "a|b c" is "(a|b)&c", but "a b|c" is "(a&b)|c".
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "constraint.h"

#define DEPTH_MAX 100 /* of parentheses and nots: bounds the recursion */

enum token { T_END, T_WORD, T_AND, T_OR, T_NOT, T_MINUS, T_OPEN, T_CLOSE };

struct parser {
	const char *text;
	struct errmsg *em;
	enum token token;  /* the one looked at */
	const char *start; /* where it is in text */
	size_t len;        /* its length there */
	size_t quote;      /* word: offset of the quoted part, 0 = none */
	int depth;
	size_t opened[DEPTH_MAX]; /* positions of the open parentheses */
	int nopened;
};

static json_t *parse_expr(struct parser *p);

static size_t
position(const struct parser *p, const char *s)
{
	return (size_t)(s - p->text);
}

/* Operators by spelling; longer ones first. */
static const struct {
	const char *text;
	enum token token;
} operators[] = {
	{ "&&", T_AND },
	{ "||", T_OR },
	{ "&", T_AND },
	{ "|", T_OR },
	{ "(", T_OPEN },
	{ ")", T_CLOSE },
	{ "-", T_MINUS },
};

static const struct {
	const char *text;
	enum token token;
} keywords[] = {
	{ "and", T_AND },
	{ "or", T_OR },
	{ "not", T_NOT },
};

static bool
lex_operator(struct parser *p)
{
	size_t i, n;

	for (i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
		n = strlen(operators[i].text);
		if (strncmp(p->start, operators[i].text, n) == 0) {
			p->token = operators[i].token;
			p->len = n;
			return true;
		}
	}
	return false;
}

/* A quoted text ends the word in which it is. */
static int
lex_quoted(struct parser *p, size_t offset)
{
	const char *s = p->start + offset, *end = strchr(s + 1, *s);

	if (!end)
		return errmsg_set(p->em, "Unclosed quote %s at position %zu",
		    *s == '"' ? "'\"'" : "\"'\"", position(p, s) + 1);
	p->quote = offset + 1;
	p->len = (size_t)(end + 1 - p->start);
	return 0;
}

/* word, op:argument, op:'argument' or 'word' */
static int
lex_word(struct parser *p)
{
	size_t i, n = strcspn(p->start, " \t\r\n&|()'\"");

	p->token = T_WORD;
	p->len = n;
	p->quote = 0;
	for (i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++)
		if (strlen(keywords[i].text) == n &&
		    strncmp(p->start, keywords[i].text, n) == 0)
			p->token = keywords[i].token;
	if (p->start[n] == '\'' || p->start[n] == '"') {
		if (n == 0 || p->start[n - 1] == ':')
			return lex_quoted(p, n);
	}
	return 0;
}

/* Look at the next token. */
static int
next(struct parser *p)
{
	p->start += p->len;
	while (isspace((unsigned char)*p->start))
		p->start++;
	p->len = 0;
	if (!*p->start) {
		p->token = T_END;
		return 0;
	}
	return lex_operator(p) ? 0 : lex_word(p);
}

/* The token does not fit here. Returns NULL. */
static json_t *
unexpected(const struct parser *p)
{
	if (p->token == T_END && p->nopened > 0)
		errmsg_set(p->em, "Unclosed parenthesis in position %zu",
		    p->opened[p->nopened - 1]);
	else if (p->token == T_END)
		errmsg_set(p->em, "Unexpected end of input in '%s'", p->text);
	else if (p->token == T_CLOSE && p->nopened == 0)
		errmsg_set(p->em,
		    "Mismatched parentheses starting at position %zu.",
		    position(p, p->start));
	else
		errmsg_set(p->em, "Invalid token '%.*s' at position %zu",
		    (int)(p->len > 1 && strchr("&|", *p->start) ? 1 : p->len),
		    p->start, position(p, p->start));
	return NULL;
}

static const char *
operator_name(const char *name, size_t len)
{
	static const struct {
		const char *text, *json;
	} names[] = {
		{ "host", "hostlist" },
		{ "hosts", "hostlist" },
		{ "rank", "ranks" },
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i].text) == len &&
		    strncmp(names[i].text, name, len) == 0)
			return names[i].json;
	return NULL;
}

/* {OPERATOR: [argument]} */
static json_t *
operation(const char *name, size_t name_len, const char *arg, size_t len)
{
	const char *known = operator_name(name, name_len);
	char *key = known ? strdup(known) : strndup(name, name_len);
	json_t *o = NULL;

	if (key)
		o = json_pack("{s:[s#]}", key, arg, len);
	free(key);
	return o;
}

static json_t *
properties(const struct parser *p, const char *s, size_t len)
{
	json_t *list = json_array();
	size_t n;

	for (;; s += n + 1, len -= n + 1) {
		const char *comma = memchr(s, ',', len);

		n = comma ? (size_t)(comma - s) : len;
		if (n == 0) {
			errmsg_set(p->em, "Empty property at position %zu",
			    position(p, s));
			json_decref(list);
			return NULL;
		}
		json_array_append_new(list, json_stringn(s, n));
		if (!comma)
			return json_pack("{s:o}", "properties", list);
	}
}

static json_t *
parse_word(struct parser *p)
{
	const char *s = p->start, *colon = memchr(s, ':', p->len);
	size_t len = p->len, name_len;
	json_t *o;

	if (p->quote == 1) { /* a property in quotes, commas and all */
		o = operation("properties", 10, s + 1, len - 2);
	} else if (!colon) {
		o = properties(p, s, len);
	} else {
		name_len = (size_t)(colon - s);
		if (name_len + 1 == len) {
			errmsg_set(p->em, "Missing argument to token '%.*s'",
			    (int)len, s);
			return NULL;
		}
		if (p->quote)
			o = operation(
			    s, name_len, s + p->quote, len - 1 - p->quote);
		else if (strncmp(s, "properties:", 11) == 0)
			o = properties(p, colon + 1, len - name_len - 1);
		else
			o = operation(
			    s, name_len, colon + 1, len - name_len - 1);
	}
	if (o && next(p) < 0) {
		json_decref(o);
		return NULL;
	}
	return o;
}

static json_t *
parse_parenthesis(struct parser *p)
{
	json_t *o;

	p->opened[p->nopened++] = position(p, p->start);
	if (next(p) < 0 || !(o = parse_expr(p)))
		return NULL;
	if (p->token != T_CLOSE) {
		json_decref(o);
		return unexpected(p);
	}
	p->nopened--;
	if (next(p) < 0) {
		json_decref(o);
		return NULL;
	}
	return o;
}

static json_t *parse_unary(struct parser *p);

static json_t *
parse_operand(struct parser *p)
{
	bool minus = p->token == T_MINUS;
	json_t *o;

	switch (p->token) {
	case T_WORD:
		return parse_word(p);
	case T_OPEN:
		return parse_parenthesis(p);
	case T_NOT:
	case T_MINUS:
		if (next(p) < 0)
			return NULL;
		if (minus && p->token != T_WORD)
			return unexpected(p);
		o = parse_unary(p);
		return o ? json_pack("{s:[o]}", "not", o) : NULL;
	default:
		return unexpected(p);
	}
}

static json_t *
parse_unary(struct parser *p)
{
	json_t *o;

	if (p->depth == DEPTH_MAX) {
		errmsg_set(p->em, "more than %d levels of nesting", DEPTH_MAX);
		return NULL;
	}
	p->depth++;
	o = parse_operand(p);
	p->depth--;
	return o;
}

/* Join two operands, which are taken over; one of them may be NULL. What is
 * joined by the same operator already only grows. */
static json_t *
join(const char *op, json_t *left, json_t *right)
{
	const char *key = strcmp(op, "and") == 0 ? "properties" : op;
	json_t *l, *r;

	if (!left || !right) {
		json_decref(left);
		json_decref(right);
		return NULL;
	}
	l = json_object_get(left, key);
	r = json_object_get(right, "properties");
	if (l && r && key != op) { /* properties of both: one list */
		json_array_extend(l, r);
		json_decref(right);
		return left;
	}
	if ((l = json_object_get(left, op))) {
		json_array_append_new(l, right);
		return left;
	}
	return json_pack("{s:[o,o]}", op, left, right);
}

/* { "&" unary }, the first operand given. */
static json_t *
parse_ands(struct parser *p, json_t *left)
{
	while (left && p->token == T_AND) {
		if (next(p) < 0) {
			json_decref(left);
			return NULL;
		}
		left = join("and", left, parse_unary(p));
	}
	return left;
}

/* ands { "|" ands } */
static json_t *
parse_chain(struct parser *p, json_t *left)
{
	left = parse_ands(p, left);
	while (left && p->token == T_OR) {
		if (next(p) < 0) {
			json_decref(left);
			return NULL;
		}
		left = join("or", left, parse_ands(p, parse_unary(p)));
	}
	return left;
}

static bool
begins_term(enum token t)
{
	return t == T_WORD || t == T_NOT || t == T_MINUS || t == T_OPEN;
}

static json_t *
parse_expr(struct parser *p)
{
	json_t *left = parse_chain(p, parse_unary(p));

	while (left && begins_term(p->token)) {
		left = join("and", left, parse_unary(p));
		left = parse_chain(p, left);
	}
	return left;
}

json_t *
constraint_parse(const char *text, struct errmsg *em)
{
	struct parser p = { .text = text, .em = em, .start = text };
	json_t *o;

	errmsg_set(em, "out of memory"); /* unless something else is said */
	if (next(&p) < 0 || !(o = parse_expr(&p)))
		goto error;
	if (p.token == T_END)
		return o;
	unexpected(&p);
	json_decref(o);
error:
	errno = EINVAL;
	return NULL;
}
