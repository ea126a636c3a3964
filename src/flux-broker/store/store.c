/* SPDX-License-Identifier: MIT */
/*
 * The store in its simplest form: in memory. A record for each job, in a tree
 * by id; in it a short list of keys with their text.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/tree.h>

#include "../broker.h"
#include "store.h"

struct value {
	SLIST_ENTRY(value) next;
	char *text; /* NUL at the end */
	size_t len, size;
	char key[];
};

struct record {
	RB_ENTRY(record) by_id;
	uint64_t id;
	SLIST_HEAD(, value) values;
};

RB_HEAD(record_tree, record);

struct listener {
	store_append_f cb;
	void *arg;
};

struct store {
	struct record_tree records;
	struct listener *listeners;
	int nlisteners;
};

static int
compare(const struct record *a, const struct record *b)
{
	return a->id < b->id ? -1 : a->id > b->id;
}

RB_GENERATE_INTERNAL(
    record_tree, record, by_id, compare, static __attribute__((unused)))

int
store_create(struct broker *b)
{
	b->store = calloc(1, sizeof(*b->store));
	if (!b->store)
		return -1;
	RB_INIT(&b->store->records);
	return 0;
}

static void
record_destroy(struct record *r)
{
	struct value *v;

	while ((v = SLIST_FIRST(&r->values))) {
		SLIST_REMOVE_HEAD(&r->values, next);
		free(v->text);
		free(v);
	}
	free(r);
}

void
store_destroy(struct broker *b)
{
	struct record *r, *next;

	if (!b->store)
		return;
	RB_FOREACH_SAFE(r, record_tree, &b->store->records, next) {
		RB_REMOVE(record_tree, &b->store->records, r);
		record_destroy(r);
	}
	free(b->store->listeners);
	free(b->store);
	b->store = NULL;
}

static struct record *
find(struct store *s, uint64_t id)
{
	struct record key = { .id = id };

	return RB_FIND(record_tree, &s->records, &key);
}

static struct value *
find_value(struct record *r, const char *key)
{
	struct value *v;

	SLIST_FOREACH(v, &r->values, next)
		if (strcmp(v->key, key) == 0)
			return v;
	return NULL;
}

/* The value to be written, made if it is not there; NULL with ENOMEM. */
static struct value *
get(struct store *s, uint64_t id, const char *key)
{
	struct record *r = find(s, id);
	size_t n = strlen(key) + 1;
	struct value *v;

	if (!r) {
		if (!(r = calloc(1, sizeof(*r))))
			return NULL;
		r->id = id;
		SLIST_INIT(&r->values);
		RB_INSERT(record_tree, &s->records, r);
	}
	if ((v = find_value(r, key)) || !(v = calloc(1, sizeof(*v) + n)))
		return v;
	memcpy(v->key, key, n);
	SLIST_INSERT_HEAD(&r->values, v, next);
	return v;
}

int
store_put(struct broker *b, uint64_t id, const char *key, const char *value)
{
	struct value *v = get(b->store, id, key);
	char *text = v ? strdup(value) : NULL;

	if (!text)
		return -1;
	free(v->text);
	v->text = text;
	v->len = strlen(text);
	v->size = v->len + 1;
	return 0;
}

static int
grow(struct value *v, size_t need)
{
	size_t size = v->size + v->size / 2;
	char *p;

	if (need <= v->size)
		return 0;
	if (size < need)
		size = need < 256 ? 256 : need;
	if (!(p = realloc(v->text, size)))
		return -1;
	v->text = p;
	v->size = size;
	return 0;
}

int
store_append(struct broker *b, uint64_t id, const char *key, const char *lines)
{
	struct store *s = b->store;
	struct value *v = get(s, id, key);
	size_t n = strlen(lines), offset;
	int i;

	if (!v || grow(v, v->len + n + 1) < 0)
		return -1;
	offset = v->len;
	memcpy(v->text + offset, lines, n + 1);
	v->len += n;
	for (i = 0; i < s->nlisteners; i++)
		s->listeners[i].cb(s->listeners[i].arg, id, key, lines, offset);
	return 0;
}

const char *
store_get(struct broker *b, uint64_t id, const char *key, size_t *len)
{
	struct record *r = find(b->store, id);
	struct value *v = r ? find_value(r, key) : NULL;

	if (!v || !v->text) {
		errno = ENOENT;
		return NULL;
	}
	if (len)
		*len = v->len;
	return v->text;
}

void
store_remove(struct broker *b, uint64_t id)
{
	struct record *r = find(b->store, id);

	if (!r)
		return;
	RB_REMOVE(record_tree, &b->store->records, r);
	record_destroy(r);
}

const char *
store_next_key(struct broker *b, uint64_t id, const char *key)
{
	struct record *r = find(b->store, id);
	struct value *v = NULL;

	if (r)
		v = key ? find_value(r, key) : SLIST_FIRST(&r->values);
	if (v && key)
		v = SLIST_NEXT(v, next);
	return v ? v->key : NULL;
}

int
store_on_append(struct broker *b, store_append_f cb, void *arg)
{
	struct store *s = b->store;
	struct listener *l = reallocarray(
	    s->listeners, s->nlisteners + 1, sizeof(*s->listeners));

	if (!l)
		return -1;
	s->listeners = l;
	l[s->nlisteners++] = (struct listener){ .cb = cb, .arg = arg };
	return 0;
}
