/* SPDX-License-Identifier: MIT */
/*
 * Recursive descent over
 *     shape  = vertex | '[' vertex { ';' vertex } ']'
 *     vertex = TYPE [ '=' COUNT ] [ '{' keys '}' ] [ '/' shape ]
 *     keys   = [ label , ] key { ',' key }
 *     key    = NAME ':' value | [ '+' | '-' ] NAME
 * Blanks between tokens are ignored. Positions in messages count from 0.
 */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "idset.h"
#include "shapetext.h"

enum { DEEP_MAX = 64 };

struct parser {
	const char *text, *s;
	int depth;
	int slots, labels;
	struct errmsg *em;
};

static json_t *parse_shape(struct parser *p);
static json_t *parse_value(struct parser *p);

/* ---- tokens ---- */

static int
position(const struct parser *p, const char *at)
{
	return at - p->text;
}

static char
peek(struct parser *p)
{
	p->s += strspn(p->s, " \t\r\n");
	return *p->s;
}

/* NULL, with the message that fits what is at s. */
static void *
unexpected(struct parser *p)
{
	if (!peek(p))
		errmsg_set(p->em, "Unexpected end of input in '%s'", p->text);
	else
		errmsg_set(p->em, "Invalid token '%c' at position %d", *p->s,
		    position(p, p->s));
	return NULL;
}

static bool
accept(struct parser *p, char c)
{
	if (peek(p) != c)
		return false;
	p->s++;
	return true;
}

static size_t
name_length(const char *s)
{
	size_t n = 0;

	while (isalnum((unsigned char)s[n]) || (s[n] && strchr("_.-", s[n])))
		n++;
	return n;
}

/* malloc'd word. */
static char *
parse_name(struct parser *p)
{
	size_t n;
	char *word;

	peek(p);
	n = isalpha((unsigned char)*p->s) || *p->s == '_' ? name_length(p->s)
							  : 0;
	if (n == 0)
		return unexpected(p);
	word = strndup(p->s, n);
	p->s += n;
	return word;
}

/* ---- values ---- */

static json_t *
parse_quoted(struct parser *p)
{
	char quote = *p->s;
	const char *end = strchr(p->s + 1, quote);
	json_t *o;

	if (!end) {
		errmsg_set(p->em, "Unclosed quote \"%c\" at position %d", quote,
		    position(p, p->s));
		return NULL;
	}
	o = json_stringn(p->s + 1, end - p->s - 1);
	p->s = end + 1;
	return o;
}

/* A word: JSON number, true, false, null, or itself. */
static json_t *
parse_bare(struct parser *p)
{
	size_t n = strcspn(p->s, ",;:{}[]/ \t\r\n'\"");
	char *word;
	json_t *o;

	if (n == 0)
		return unexpected(p);
	word = strndup(p->s, n);
	if (!word)
		return NULL;
	o = json_loads(word, JSON_DECODE_ANY, NULL);
	if (!o)
		o = json_string(word);
	free(word);
	p->s += n;
	return o;
}

static json_t *
parse_list(struct parser *p)
{
	json_t *list = json_array(), *item;

	if (accept(p, ']'))
		return list;
	do {
		if (!(item = parse_value(p)))
			goto error;
		json_array_append_new(list, item);
	} while (accept(p, ','));
	if (accept(p, ']'))
		return list;
	unexpected(p);
error:
	json_decref(list);
	return NULL;
}

/* key[:value] or -key of {...} into o. */
static int
parse_key(struct parser *p, json_t *o)
{
	bool minus = accept(p, '-');
	char *name;
	json_t *value;

	if (!minus)
		accept(p, '+');
	if (!(name = parse_name(p)))
		return -1;
	if (!minus && accept(p, ':'))
		value = parse_value(p);
	else
		value = json_boolean(!minus);
	if (value)
		json_object_set_new(
		    o, strcmp(name, "x") == 0 ? "exclusive" : name, value);
	free(name);
	return value ? 0 : -1;
}

static int
parse_keys(struct parser *p, json_t *o)
{
	do {
		if (parse_key(p, o) < 0)
			return -1;
	} while (accept(p, ','));
	return 0;
}

static json_t *
parse_object(struct parser *p)
{
	json_t *o = json_object();

	if (accept(p, '}'))
		return o;
	if (parse_keys(p, o) == 0) {
		if (accept(p, '}'))
			return o;
		unexpected(p);
	}
	json_decref(o);
	return NULL;
}

static json_t *
parse_value(struct parser *p)
{
	char c = peek(p);
	json_t *o;

	if (c == '\'' || c == '"')
		return parse_quoted(p);
	if (!strchr("[{", c) || !c)
		return parse_bare(p);
	p->s++;
	if (p->depth++ > DEEP_MAX) {
		errmsg_set(
		    p->em, "nested too deep at position %d", position(p, p->s));
		return NULL;
	}
	o = c == '[' ? parse_list(p) : parse_object(p);
	p->depth--;
	return o;
}

/* ---- vertices ---- */

/* [1-9][0-9]*; moves *s behind it. */
static bool
skip_number(const char **s)
{
	if (**s < '1' || **s > '9')
		return false;
	*s += strspn(*s, "0123456789");
	return true;
}

/* RFC 45: MIN+ or MIN-MAX, then perhaps :OPERAND, then perhaps :OPERATOR. */
static bool
is_range(const char *s)
{
	if (!skip_number(&s))
		return false;
	if (*s == '+')
		s++;
	else if (*s++ != '-' || !skip_number(&s))
		return false;
	if (*s == ':' && (s++, !skip_number(&s)))
		return false;
	if (*s == ':' && (!s[1] || !strchr("+*^", *++s) || *++s))
		return false;
	return !*s;
}

static bool
is_idset(const char *s)
{
	struct idset *ids = idset_decode(s);
	bool yes = ids && idset_count(ids) > 0;

	idset_destroy(ids);
	return yes;
}

/* A number stays one; idsets and ranges become strings. NULL: it is none of
 * them. */
static json_t *
count_value(const char *text)
{
	if (text[strspn(text, "0123456789")] == '\0')
		return json_loads(text, JSON_DECODE_ANY, NULL);
	return is_range(text) || is_idset(text) ? json_string(text) : NULL;
}

static json_t *
parse_count(struct parser *p)
{
	bool brackets = accept(p, '[');
	char first = peek(p), *text;
	size_t n = strspn(p->s, "0123456789,-+:*^");
	json_t *o;

	if (first == '0' || isalpha((unsigned char)first)) {
		errmsg_set(p->em, "Illegal character '%c' at position %d",
		    first, position(p, p->s));
		return NULL;
	}
	if (!isdigit((unsigned char)first) || !(text = strndup(p->s, n)))
		return unexpected(p);
	o = count_value(text);
	free(text);
	p->s += n;
	if (o && (!brackets || accept(p, ']')))
		return o;
	json_decref(o);
	return unexpected(p);
}

/* The first entry in the braces of a slot is its label. */
static int
parse_label(struct parser *p, json_t *vertex)
{
	char *label = parse_name(p);

	if (!label)
		return -1;
	json_object_set_new(vertex, "label", json_string(label));
	free(label);
	p->labels++;
	return 0;
}

static int
parse_braces(struct parser *p, json_t *vertex, bool is_slot)
{
	const char *open = p->s - 1;

	if (is_slot) {
		if (parse_label(p, vertex) < 0)
			return -1;
		if (accept(p, ',') && parse_keys(p, vertex) < 0)
			return -1;
	} else if (peek(p) && *p->s != '}' && parse_keys(p, vertex) < 0) {
		return -1;
	}
	if (accept(p, '}'))
		return 0;
	if (peek(p))
		unexpected(p);
	else
		errmsg_set(
		    p->em, "Unclosed brace in position %d", position(p, open));
	return -1;
}

static int
parse_rest(struct parser *p, json_t *vertex, bool is_slot)
{
	json_t *o;

	if (accept(p, '='))
		o = parse_count(p);
	else
		o = json_integer(1);
	if (!o)
		return -1;
	json_object_set_new(vertex, "count", o);
	if (is_slot)
		json_object_set_new(vertex, "label", json_string("task"));
	if (accept(p, '{') && parse_braces(p, vertex, is_slot) < 0)
		return -1;
	if (!accept(p, '/')) {
		if (is_slot)
			unexpected(p);
		return is_slot ? -1 : 0;
	}
	if (!(o = parse_shape(p)))
		return -1;
	json_object_set_new(vertex, "with", o);
	return 0;
}

static json_t *
parse_vertex(struct parser *p)
{
	char *type = parse_name(p);
	json_t *vertex;
	bool is_slot;

	if (!type)
		return NULL;
	is_slot = strcasecmp(type, "slot") == 0;
	p->slots += is_slot;
	vertex = json_pack("{s:s}", "type", is_slot ? "slot" : type);
	free(type);
	if (vertex && parse_rest(p, vertex, is_slot) == 0)
		return vertex;
	json_decref(vertex);
	return NULL;
}

static json_t *
parse_vertices(struct parser *p)
{
	bool brackets = accept(p, '[');
	const char *open = p->s - 1;
	json_t *list = json_array(), *vertex;

	do {
		if (!(vertex = parse_vertex(p)))
			goto error;
		json_array_append_new(list, vertex);
	} while (brackets && accept(p, ';'));
	if (!brackets || accept(p, ']'))
		return list;
	if (peek(p))
		unexpected(p);
	else
		errmsg_set(p->em, "Unclosed bracket in position %d",
		    position(p, open));
error:
	json_decref(list);
	return NULL;
}

static json_t *
parse_shape(struct parser *p)
{
	json_t *list;

	if (p->depth++ > DEEP_MAX) {
		errmsg_set(
		    p->em, "nested too deep at position %d", position(p, p->s));
		return NULL;
	}
	list = parse_vertices(p);
	p->depth--;
	return list;
}

json_t *
shapetext_parse(const char *text, struct errmsg *em)
{
	struct parser p = { .text = text, .s = text, .em = em };
	json_t *list, *is_text = json_string(text);

	json_decref(is_text);
	if (!is_text) {
		errmsg_set(em, "not UTF-8");
		return NULL;
	}
	if (!(list = parse_shape(&p)))
		return NULL;
	if (peek(&p) == ']')
		errmsg_set(em, "Mismatched brackets starting at position %d.",
		    position(&p, p.s));
	else if (*p.s)
		unexpected(&p);
	else if (p.slots > 1 && p.labels < p.slots)
		errmsg_set(em, "Multiple slots require labels");
	else
		return list;
	json_decref(list);
	return NULL;
}
