/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

#include "bulk.h"
#include "define.h"

struct list {
	char **words;
	int n;
	bool is_linked;
};

enum { LISTS_MAX = 32, ROWS_MAX = 10 * 1000 * 1000 };

struct lists {
	struct list list[LISTS_MAX];
	int n;
};

static void
list_add(struct list *l, const char *word, size_t len)
{
	/* grown by doubling: capacity is the next power of two */
	if ((l->n & (l->n - 1)) == 0) {
		char **p =
		    realloc(l->words, (l->n ? 2 * l->n : 1) * sizeof(*p));
		if (!p)
			err(1, NULL);
		l->words = p;
	}
	if (!(l->words[l->n] = strndup(word, len)))
		err(1, NULL);
	if (!args_is_text(l->words[l->n++]))
		errx(1, "ERROR: an input is not UTF-8");
}

static void
split_space(struct list *l, const char *text)
{
	while (*text) {
		size_t n;
		text += strspn(text, " \t\n\r");
		n = strcspn(text, " \t\n\r");
		if (n > 0)
			list_add(l, text, n);
		text += n;
	}
}

static void
split_at(struct list *l, const char *text, const char *sep)
{
	size_t len = strlen(sep);

	for (;;) {
		const char *end = strstr(text, sep);
		size_t n = end ? (size_t)(end - text) : strlen(text);
		if (n > 0)
			list_add(l, text, n);
		if (!end)
			return;
		text = end + len;
	}
}

/* The character that an escape stands for; moves *p behind it. */
static char
unescape(const char **p)
{
	static const char letters[] = "abfnrtv", meant[] = "\a\b\f\n\r\t\v";
	const char *at = **p ? strchr(letters, **p) : NULL;
	char digits[3] = "", *end;
	long n;

	if (at) {
		(*p)++;
		return meant[at - letters];
	}
	if (**p == 'x' && isxdigit((unsigned char)(*p)[1]) &&
	    isxdigit((unsigned char)(*p)[2])) {
		memcpy(digits, *p + 1, 2);
		n = strtol(digits, &end, 16);
		*p += 3;
		return (char)n;
	}
	return *(*p)++;
}

/* The text of --sep with the escapes of C in it. */
static char *
separator(const struct args *a)
{
	const char *given = args_get(a, OPT_SEP), *p = given ? given : "\n";
	char *s = malloc(strlen(p) + 1), *out = s;

	if (!s)
		err(1, NULL);
	while (*p) {
		if (*p == '\\' && p[1] && strchr("abfnrtvx\\'\"", p[1])) {
			p++;
			*out++ = unescape(&p);
		} else {
			*out++ = *p++;
		}
	}
	*out = '\0';
	return s;
}

static void
read_file(struct list *l, const char *path, const struct args *a)
{
	FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");
	char *text = NULL, *sep;
	size_t size = 0;

	if (!f)
		errx(1, "ERROR: [Errno %d] %s: '%s'", errno, strerror(errno),
		    path);
	if (getdelim(&text, &size, '\0', f) > 0) {
		sep = separator(a);
		if (strcasecmp(sep, "none") == 0)
			split_space(l, text);
		else if (*sep)
			split_at(l, text, sep);
		else
			errx(1, "ERROR: empty separator");
		free(sep);
	}
	free(text);
	if (f != stdin)
		fclose(f);
}

/* Is the word a delimiter? ":::" with anything behind it is one; 4 is one of
 * a file, 0 none. */
static int
delimiter(const char *word, bool *is_linked)
{
	size_t len = strlen(word);

	if (strncmp(word, ":::", 3) != 0)
		return 0;
	*is_linked = word[len - 1] == '+';
	len -= *is_linked;
	return len == 4 && word[3] == ':' ? 4 : 3;
}

static void
take_lists(struct lists *ls, struct args *a)
{
	int first = a->ncommand, colons;
	bool linked;

	for (int i = 0; i < a->ncommand; i++)
		if (delimiter(a->command[i], &linked) && i < first)
			first = i;
	for (int i = first; i < a->ncommand;) {
		struct list *l = &ls->list[ls->n];
		if (ls->n++ == LISTS_MAX)
			errx(1, "ERROR: more than %d input lists", LISTS_MAX);
		colons = delimiter(a->command[i++], &l->is_linked);
		if (colons == 4 &&
		    (i == a->ncommand || delimiter(a->command[i], &linked)))
			errx(1, "ERROR: no file after ::::");
		if (colons == 4)
			read_file(l, a->command[i++], a);
		if (colons == 4 && i < a->ncommand &&
		    !delimiter(a->command[i], &linked))
			errx(1, "ERROR: Multiple args not allowed after ::::");
		while (i < a->ncommand && !delimiter(a->command[i], &linked)) {
			list_add(l, a->command[i], strlen(a->command[i]));
			i++;
		}
	}
	for (int i = first; i < a->ncommand; i++) {
		free(a->command[i]);
		a->command[i] = NULL;
	}
	a->ncommand = first;
	if (ls->n == 0)
		read_file(&ls->list[ls->n++], "-", a);
}

/* Lists without a word do not count; the first list is linked to nothing. */
static void
drop_empty(struct lists *ls)
{
	int n = 0;

	for (int i = 0; i < ls->n; i++) {
		if (ls->list[i].n > 0)
			ls->list[n++] = ls->list[i];
		else
			free(ls->list[i].words);
	}
	ls->n = n;
	if (n > 0)
		ls->list[0].is_linked = false;
}

static long
count_rows(const struct lists *ls)
{
	long rows = ls->n > 0;

	for (int i = 0; i < ls->n; i++) {
		if (!ls->list[i].is_linked)
			rows *= ls->list[i].n;
		if (rows > ROWS_MAX)
			errx(1, "ERROR: more than %d jobs", ROWS_MAX);
	}
	return rows;
}

/* The last list varies fastest; a linked one takes a step for each row. */
static char **
make_row(const struct lists *ls, long row)
{
	char **inputs = calloc(ls->n + 1, sizeof(*inputs));
	long left = row;

	if (!inputs)
		err(1, NULL);
	for (int i = ls->n - 1; i >= 0; i--) {
		const struct list *l = &ls->list[i];
		inputs[i] =
		    strdup(l->words[(l->is_linked ? row : left) % l->n]);
		if (!inputs[i])
			err(1, NULL);
		if (!l->is_linked)
			left /= l->n;
	}
	return inputs;
}

static void
shuffle(struct bulk *b)
{
	for (int i = b->nrows - 1; i > 0; i--) {
		unsigned r;
		char **t;
		if (getrandom(&r, sizeof(r), 0) < 0)
			err(1, "getrandom");
		r %= (unsigned)i + 1;
		t = b->rows[i];
		b->rows[i] = b->rows[r];
		b->rows[r] = t;
	}
}

static void
free_lists(struct lists *ls)
{
	for (int i = 0; i < ls->n; i++) {
		for (int k = 0; k < ls->list[i].n; k++)
			free(ls->list[i].words[k]);
		free(ls->list[i].words);
	}
}

void
bulk_read(struct bulk *b, struct args *a)
{
	struct lists ls = { .n = 0 };

	take_lists(&ls, a);
	drop_empty(&ls);
	b->ninputs = ls.n;
	b->nrows = (int)count_rows(&ls);
	if (b->nrows == 0)
		errx(1, "ERROR: no jobs provided for bulk submission");
	if (!(b->rows = calloc(b->nrows, sizeof(*b->rows))))
		err(1, NULL);
	for (int i = 0; i < b->nrows; i++)
		b->rows[i] = make_row(&ls, i);
	if (args_has(a, OPT_SHUFFLE))
		shuffle(b);
	b->defines = defines_create(a);
	free_lists(&ls);
}

void
bulk_free(struct bulk *b)
{
	for (int i = 0; i < b->nrows; i++) {
		for (int k = 0; k < b->ninputs; k++)
			free(b->rows[i][k]);
		free(b->rows[i]);
	}
	free(b->rows);
	defines_destroy(b->defines);
}
