/* SPDX-License-Identifier: MIT */
/*
 * Output formats: parsing, and what can be asked about the fields.
 *
 * A format is kept as pieces: a field together with the text before it, since
 * both vanish if the column is dropped.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "formatimpl.h"
#include "utf8.h"

static int
no_memory(struct errmsg *em)
{
	return errmsg_set(em, "%s", strerror(ENOMEM));
}

static int
get_nothing(const void *row, const struct field *f, const char *rest,
    struct value *v, struct errmsg *em)
{
	(void)row, (void)f, (void)rest, (void)v, (void)em;
	return 0;
}

static const struct field empty_field = {
	.name = "", .header = "", .get = get_nothing
};

/* The entry of a name; *rest = what follows an entry that ends in '.'. */
static const struct field *
find_field(const struct field *table, const char *name, const char **rest)
{
	const struct field *f;
	size_t len;

	*rest = "";
	if (*name == '\0')
		return &empty_field;
	for (f = table; f->name; f++)
		if (strcmp(f->name, name) == 0)
			return f;
	for (f = table; f->name; f++) {
		len = strlen(f->name);
		if (f->name[len - 1] == '.' &&
		    strncmp(f->name, name, len) == 0 && name[len]) {
			*rest = name + len;
			return f;
		}
	}
	return NULL;
}

static void
piece_fini(struct piece *p)
{
	free(p->literal);
	free(p->name);
	formatspec_fini(&p->spec);
}

void
format_destroy(struct format *f)
{
	size_t i;
	int saved = errno;

	if (!f)
		return;
	for (i = 0; i < f->npieces; i++)
		piece_fini(&f->pieces[i]);
	free(f->pieces);
	free(f->keys);
	free(f);
	errno = saved;
}

static struct piece *
add_piece(struct format *f)
{
	struct piece *p = reallocarray(f->pieces, f->npieces + 1, sizeof(*p));

	if (!p)
		return NULL;
	f->pieces = p;
	p += f->npieces++;
	memset(p, 0, sizeof(*p));
	return p;
}

/* Text up to a field or the end: "{{" and "}}" stand for one brace. */
static int
parse_literal(struct piece *p, const char **text, struct errmsg *em)
{
	const char *s = *text;
	char *out = malloc(strlen(s) + 1);

	if (!out)
		return no_memory(em);
	p->literal = out;
	for (; *s; s++) {
		if (*s == '{' && s[1] != '{')
			break;
		if (*s == '}' && s[1] != '}')
			return errmsg_set(
			    em, "Single '}' encountered in format string");
		if (*s == '{' || *s == '}')
			s++;
		*out++ = *s;
	}
	*out = '\0';
	*text = s;
	return 0;
}

/* "?:", "+:" or "?+:" right before a field. */
static void
parse_sentinel(struct piece *p)
{
	char *end = p->literal + strlen(p->literal);

	if (end - p->literal < 2 || end[-1] != ':')
		return;
	if (end[-2] == '?')
		p->hide = true;
	else if (end[-2] == '+')
		p->widen = true;
	else
		return;
	end -= 2;
	if (p->widen && end > p->literal && end[-1] == '?') {
		p->hide = true;
		end--;
	}
	*end = '\0';
}

static int
parse_conversion(struct piece *p, const char **text, struct errmsg *em)
{
	const char *s = *text + 1;
	size_t len;

	p->conv = utf8_decode(s, &len);
	s += len;
	if (len == 0)
		return errmsg_set(
		    em, "end of string while looking for conversion specifier");
	if (*s == '\0')
		return errmsg_set(em, "expected '}' before end of string");
	if (*s != ':' && *s != '}')
		return errmsg_set(
		    em, "expected ':' after conversion specifier");
	*text = s;
	return 0;
}

static int
parse_spec(struct piece *p, const char **text, struct errmsg *em)
{
	const char *s = *text;
	size_t len;

	if (*s == ':')
		s++;
	len = strcspn(s, "{}");
	if (s[len] == '{')
		return errmsg_set(
		    em, "a field inside of a field is not supported");
	if (s[len] == '\0')
		return errmsg_set(em, "expected '}' before end of string");
	if (formatspec_parse(&p->spec, s, len, p->conv == 'd') < 0)
		return no_memory(em);
	*text = s + len + 1;
	return 0;
}

/* *text is at '{'. */
static int
parse_field(
    struct format *f, struct piece *p, const char **text, struct errmsg *em)
{
	const char *s = *text + 1;
	size_t len = strcspn(s, "!:}{");

	parse_sentinel(p);
	p->name = strndup(s, len);
	if (!p->name)
		return no_memory(em);
	s += len;
	if (*s == '\0')
		return errmsg_set(em, "expected '}' before end of string");
	if (*s == '{')
		return errmsg_set(em, "unexpected '{' in field name");
	if (*s == '!' && parse_conversion(p, &s, em) < 0)
		return -1;
	if (parse_spec(p, &s, em) < 0)
		return -1;
	p->field = find_field(f->table, p->name, &p->rest);
	if (!p->field)
		return errmsg_set(em, "Unknown format field: %s", p->name);
	*text = s;
	return 0;
}

static int
parse_pieces(struct format *f, const char *text, struct errmsg *em)
{
	struct piece *p;

	do {
		p = add_piece(f);
		if (!p)
			return no_memory(em);
		if (parse_literal(p, &text, em) < 0)
			return -1;
		if (*text && parse_field(f, p, &text, em) < 0)
			return -1;
	} while (p->field);
	return 0;
}

static int
add_key(struct format *f, const char *key, struct errmsg *em)
{
	bool is_reversed = *key == '-';
	const char *rest;
	const struct field *field =
	    find_field(f->table, key + is_reversed, &rest);
	struct sortkey *k;

	/* names such as "user.note" are not known before a row is seen */
	if (!field || *rest || field == &empty_field)
		return errmsg_set(
		    em, "Invalid sort key: %s", key + is_reversed);
	k = reallocarray(f->keys, f->nkeys + 1, sizeof(*k));
	if (!k)
		return no_memory(em);
	f->keys = k;
	f->keys[f->nkeys].field = field;
	f->keys[f->nkeys++].is_reversed = is_reversed;
	return 0;
}

int
format_set_sort(struct format *f, const char *keys, struct errmsg *em)
{
	char *copy = strdup(keys), *rest = copy, *key;
	int rc = 0;

	if (!copy)
		return no_memory(em);
	f->nkeys = 0;
	while (rc == 0 && (key = strsep(&rest, ",")))
		if (*key)
			rc = add_key(f, key, em);
	free(copy);
	return rc;
}

/* "sort:KEYS " or "sort:KEYS{": *text moves behind it. */
static int
parse_sort(struct format *f, const char **text, struct errmsg *em)
{
	const char *s = *text;
	size_t len;
	char *keys;
	int rc;

	if (strncmp(s, "sort:", 5) != 0)
		return 0;
	s += 5;
	len = strcspn(s, " {");
	keys = strndup(s, len);
	if (!keys)
		return no_memory(em);
	rc = format_set_sort(f, keys, em);
	free(keys);
	if (rc == 0 && f->nkeys == 0)
		return errmsg_set(em, "sort: no key given");
	*text = s + len + (s[len] == ' ');
	return rc;
}

struct format *
format_parse(const char *text, const struct field *table, struct errmsg *em)
{
	struct format *f = calloc(1, sizeof(*f));

	if (!f) {
		no_memory(em);
		return NULL;
	}
	f->table = table;
	if (parse_sort(f, &text, em) < 0 || parse_pieces(f, text, em) < 0) {
		format_destroy(f);
		return NULL;
	}
	return f;
}

const struct field *
format_field(const struct format *f, size_t i, const char **name)
{
	size_t n = f->npieces - 1; /* the last one is text */
	const struct field *field;

	if (i < n)
		field = f->pieces[i].field;
	else if (i - n < f->nkeys)
		field = f->keys[i - n].field;
	else
		return NULL;
	if (name)
		*name = i < n ? f->pieces[i].name : field->name;
	return field;
}

bool
format_has(const struct format *f, const char *name)
{
	size_t i;

	for (i = 0; i < f->npieces; i++)
		if (f->pieces[i].field && !f->pieces[i].is_dropped &&
		    strcmp(f->pieces[i].name, name) == 0)
			return true;
	return false;
}

size_t
format_count(const struct format *f)
{
	size_t i, n = 0;

	for (i = 0; i < f->npieces; i++)
		n += f->pieces[i].field && !f->pieces[i].is_dropped;
	return n;
}

bool
format_is_sorted(const struct format *f)
{
	return f->nkeys > 0;
}

bool
format_is_measured(const struct format *f, size_t i)
{
	return i + 1 < f->npieces && (f->pieces[i].hide || f->pieces[i].widen);
}

bool
format_needs_rows(const struct format *f)
{
	size_t i;

	for (i = 0; i < f->npieces; i++)
		if (f->pieces[i].hide || f->pieces[i].widen)
			return true;
	return f->nkeys > 0;
}

void
format_drop(struct format *f, const char *name)
{
	size_t i;

	for (i = 0; i < f->npieces; i++)
		if (f->pieces[i].field && strcmp(f->pieces[i].name, name) == 0)
			f->pieces[i].is_dropped = true;
}
