/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "define.h"
#include "expression.h"

struct define {
	struct define *next;
	char *name;
	const char *code; /* behind the name, in the same text */
};

static struct define *
create(const char *text)
{
	struct define *d = calloc(1, sizeof(*d));
	char *eq;

	if (!d || !(d->name = strdup(text)))
		err(1, NULL);
	if (!(eq = strchr(d->name, '=')) || eq == d->name)
		errx(1, "ERROR: --define=%s: not NAME=CODE", text);
	*eq = '\0';
	d->code = eq + 1;
	return d;
}

struct define *
defines_create(const struct args *a)
{
	struct define *list = NULL, *d;

	for (size_t i = 0; i < a->n; i++) {
		if (a->list[i].id != OPT_DEFINE)
			continue;
		d = create(a->list[i].value);
		d->next = list;
		list = d;
	}
	return list;
}

void
defines_destroy(struct define *d)
{
	while (d) {
		struct define *next = d->next;
		free(d->name);
		free(d);
		d = next;
	}
}

static const struct define *
find(const struct define *d, const char *name)
{
	while (d && strcmp(d->name, name) != 0)
		d = d->next;
	return d;
}

bool
define_has(const struct define *d, const char *name)
{
	return find(d, name) != NULL;
}

void
define_apply(
    const struct define *d, const char *name, const char *x, struct value *v)
{
	struct errmsg em;

	d = find(d, name);
	if (expression_eval(d->code, x, v, &em) < 0)
		errx(1, "ERROR: --define=%s=%s: %s", d->name, d->code, em.text);
}
