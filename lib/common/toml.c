/* SPDX-License-Identifier: MIT */
/*
 * A TOML 1.0 reader by recursive descent, straight to jansson values.
 *
 * TOML forbids defining a table twice, and adding to an inline table or a
 * static array from outside. Which objects are closed, and how they came to
 * be, is kept beside the document in a list of marks (by address).
 */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "toml.h"
#include "toml_value.h"

enum mark {
	MARK_IMPLICIT = 1, /* made on the way to a deeper [header] */
	MARK_HEADER,       /* defined by [header] */
	MARK_DOTTED,       /* made by a dotted key */
	MARK_TABLES,       /* an array made by [[header]] */
};

struct marked {
	const json_t *o;
	enum mark mark;
};

struct parser {
	struct toml_cursor c;
	json_t *root;
	json_t *table; /* the one that key = value lines go to; borrowed */
	struct marked *marks;
	size_t nmarks;
};

/* ---- marks ---- */

static int
mark_of(const struct parser *p, const json_t *o)
{
	for (size_t i = 0; i < p->nmarks; i++)
		if (p->marks[i].o == o)
			return p->marks[i].mark;
	return 0; /* an inline table, a static array */
}

static int
mark_set(struct parser *p, const json_t *o, enum mark mark)
{
	struct marked *m;

	for (size_t i = 0; i < p->nmarks; i++)
		if (p->marks[i].o == o) {
			p->marks[i].mark = mark;
			return 0;
		}
	m = realloc(p->marks, (p->nmarks + 1) * sizeof(*m));
	if (!m)
		return toml_error(&p->c, "out of memory");
	p->marks = m;
	p->marks[p->nmarks++] = (struct marked){ o, mark };
	return 0;
}

/* A new object under key of parent, marked. Borrowed; NULL on error. */
static json_t *
add_table(struct parser *p, json_t *parent, const char *key, enum mark mark)
{
	json_t *o = json_object();

	if (!o || json_object_set_new(parent, key, o) < 0) {
		toml_error(&p->c, "out of memory");
		return NULL;
	}
	return mark_set(p, o, mark) < 0 ? NULL : o;
}

/* ---- keys ---- */

/* key, or key.key.key: hands all but the last to `into`, returns the last. */
typedef json_t *(*descend_f)(struct parser *p, json_t *parent, const char *key);

static char *
parse_key_path(struct parser *p, json_t **table, descend_f descend)
{
	char *key;

	for (;;) {
		if (!(key = toml_key(&p->c)))
			return NULL;
		toml_blanks(&p->c);
		if (*p->c.p != '.')
			return key;
		p->c.p++;
		toml_blanks(&p->c);
		*table = descend(p, *table, key);
		free(key);
		if (!*table)
			return NULL;
	}
}

/* The way of a [header]: tables that exist, or the last of an array. */
static json_t *
descend_header(struct parser *p, json_t *parent, const char *key)
{
	json_t *o = json_object_get(parent, key);

	if (!o)
		return add_table(p, parent, key, MARK_IMPLICIT);
	if (json_is_array(o) && mark_of(p, o) == MARK_TABLES)
		return json_array_get(o, json_array_size(o) - 1);
	if (json_is_object(o) && mark_of(p, o) != 0)
		return o;
	toml_error(&p->c, "'%s' is not a table that can be extended", key);
	return NULL;
}

/* The way of a dotted key: only tables made by dotted keys. */
static json_t *
descend_dotted(struct parser *p, json_t *parent, const char *key)
{
	json_t *o = json_object_get(parent, key);

	if (!o)
		return add_table(p, parent, key, MARK_DOTTED);
	if (json_is_object(o) && mark_of(p, o) == MARK_DOTTED)
		return o;
	toml_error(&p->c, "'%s' is defined already", key);
	return NULL;
}

/* ---- values that hold values ---- */

static json_t *parse_value(struct parser *p);

static int
parse_pair(struct parser *p, json_t *table)
{
	char *key = parse_key_path(p, &table, descend_dotted);
	json_t *value = NULL;

	if (!key)
		return -1;
	if (json_object_get(table, key)) {
		toml_error(&p->c, "'%s' is defined already", key);
		goto error;
	}
	if (*p->c.p != '=') {
		toml_error(&p->c, "expected '=' after '%s'", key);
		goto error;
	}
	p->c.p++;
	toml_blanks(&p->c);
	if (!(value = parse_value(p)) ||
	    json_object_set_new(table, key, value) < 0)
		goto error;
	free(key);
	return 0;
error:
	free(key);
	return -1;
}

static json_t *
parse_array(struct parser *p)
{
	json_t *a = json_array(), *value;

	p->c.p++;
	for (;;) {
		if (toml_space(&p->c) < 0)
			goto error;
		if (*p->c.p == ']')
			break;
		if (!(value = parse_value(p)) ||
		    json_array_append_new(a, value) < 0 ||
		    toml_space(&p->c) < 0)
			goto error;
		if (*p->c.p == ']')
			break;
		if (*p->c.p != ',') {
			toml_error(&p->c, "expected ',' or ']' in an array");
			goto error;
		}
		p->c.p++;
	}
	p->c.p++;
	return a;
error:
	json_decref(a);
	return NULL;
}

/* Nothing inside an inline table can be extended later: forget its marks. */
static void
close_inline(struct parser *p, size_t nmarks)
{
	p->nmarks = nmarks;
}

static json_t *
parse_inline(struct parser *p)
{
	json_t *o = json_object();
	size_t nmarks = p->nmarks;

	p->c.p++;
	toml_blanks(&p->c);
	if (*p->c.p == '}') {
		p->c.p++;
		return o;
	}
	for (;;) {
		toml_blanks(&p->c);
		if (parse_pair(p, o) < 0)
			goto error;
		toml_blanks(&p->c);
		if (*p->c.p == '}')
			break;
		if (*p->c.p != ',') {
			toml_error(
			    &p->c, "expected ',' or '}' in an inline table");
			goto error;
		}
		p->c.p++;
	}
	p->c.p++;
	close_inline(p, nmarks);
	return o;
error:
	json_decref(o);
	return NULL;
}

static json_t *
parse_value(struct parser *p)
{
	json_t *v;

	if (p->c.depth == TOML_DEPTH_MAX) {
		toml_error(&p->c, "values are nested too deep");
		return NULL;
	}
	p->c.depth++;
	if (*p->c.p == '[')
		v = parse_array(p);
	else if (*p->c.p == '{')
		v = parse_inline(p);
	else
		v = toml_scalar(&p->c);
	p->c.depth--;
	return v;
}

/* ---- headers ---- */

static int
enter_table(struct parser *p, json_t *parent, const char *key)
{
	json_t *o = json_object_get(parent, key);

	if (!o) {
		p->table = add_table(p, parent, key, MARK_HEADER);
		return p->table ? 0 : -1;
	}
	if (!json_is_object(o) || mark_of(p, o) != MARK_IMPLICIT)
		return toml_error(&p->c, "table '%s' is defined already", key);
	p->table = o;
	return mark_set(p, o, MARK_HEADER);
}

static int
enter_array(struct parser *p, json_t *parent, const char *key)
{
	json_t *a = json_object_get(parent, key);
	json_t *o = json_object();

	if (!a) {
		a = json_array();
		if (json_object_set_new(parent, key, a) < 0 ||
		    mark_set(p, a, MARK_TABLES) < 0) {
			json_decref(o);
			return -1;
		}
	}
	if (!json_is_array(a) || mark_of(p, a) != MARK_TABLES) {
		json_decref(o);
		return toml_error(&p->c, "'%s' is defined already", key);
	}
	if (json_array_append_new(a, o) < 0)
		return toml_error(&p->c, "out of memory");
	p->table = o;
	return mark_set(p, o, MARK_HEADER);
}

static int
parse_header(struct parser *p)
{
	bool is_array = p->c.p[1] == '[';
	const char *end = is_array ? "]]" : "]";
	json_t *parent = p->root;
	char *key;
	int rc = -1;

	p->c.p += strlen(end);
	toml_blanks(&p->c);
	if (!(key = parse_key_path(p, &parent, descend_header)))
		return -1;
	if (strncmp(p->c.p, end, strlen(end)) != 0) {
		toml_error(&p->c, "expected '%s'", end);
	} else {
		p->c.p += strlen(end);
		rc = is_array ? enter_array(p, parent, key)
			      : enter_table(p, parent, key);
	}
	free(key);
	return rc;
}

static int
parse_line(struct parser *p)
{
	toml_blanks(&p->c);
	if (*p->c.p == '[') {
		if (parse_header(p) < 0)
			return -1;
	} else if (*p->c.p != '#' && *p->c.p != '\n' && *p->c.p != '\r' &&
		   *p->c.p != '\0') {
		if (parse_pair(p, p->table) < 0)
			return -1;
	}
	return toml_line_end(&p->c);
}

json_t *
toml_parse(const char *text, struct errmsg *em)
{
	struct parser p = { .c = { .p = text, .line = 1, .em = em } };

	if (!(p.root = json_object())) {
		errmsg_set(em, "out of memory");
		return NULL;
	}
	p.table = p.root;
	while (*p.c.p != '\0')
		if (parse_line(&p) < 0) {
			json_decref(p.root);
			p.root = NULL;
			break;
		}
	free(p.marks);
	return p.root;
}
