/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "record.h"

struct stored *
stored_create(uint64_t id)
{
	struct stored *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->id = id;
	r->bytes = sizeof(*r);
	SLIST_INIT(&r->values);
	return r;
}

void
stored_destroy(struct stored *r)
{
	struct value *v;

	while ((v = SLIST_FIRST(&r->values))) {
		SLIST_REMOVE_HEAD(&r->values, next);
		free(v->text);
		free(v);
	}
	free(r->summary);
	free(r);
}

struct value *
stored_find(const struct stored *r, const char *key)
{
	struct value *v;

	SLIST_FOREACH(v, &r->values, next)
		if (strcmp(v->key, key) == 0)
			return v;
	return NULL;
}

struct value *
stored_value(struct stored *r, const char *key)
{
	struct value *v = stored_find(r, key);
	size_t n = strlen(key) + 1;

	if (v || !(v = calloc(1, sizeof(*v) + n)))
		return v;
	memcpy(v->key, key, n);
	SLIST_INSERT_HEAD(&r->values, v, next);
	r->bytes += sizeof(*v) + n;
	return v;
}

int
stored_set(struct stored *r, struct value *v, const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		return -1;
	r->bytes -= v->size;
	free(v->text);
	v->text = copy;
	v->len = strlen(copy);
	v->size = v->len + 1;
	v->replaced = v->written > 0;
	v->written = 0;
	r->bytes += v->size;
	return 0;
}

int
stored_append(struct stored *r, struct value *v, const char *text, size_t len)
{
	size_t need = v->len + len + 1, size = v->size + v->size / 2;
	char *p;

	if (need > v->size) {
		if (size < need)
			size = need < 256 ? 256 : need;
		if (!(p = realloc(v->text, size)))
			return -1;
		r->bytes += size - v->size;
		v->text = p;
		v->size = size;
	}
	memcpy(v->text + v->len, text, len);
	v->len += len;
	v->text[v->len] = '\0';
	return 0;
}
