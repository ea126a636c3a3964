/* SPDX-License-Identifier: MIT */
/*
 * Records in memory: found by id, read back from the file, and forgotten in the
 * order in which they were used.
 */
#include <errno.h>
#include <string.h>

#include "../broker.h"
#include "../log.h"
#include "store-core.h"

/* Bytes of records to keep in memory. */
#define KEEP_BYTES ((size_t)8 << 20)

static int
compare(const struct stored *a, const struct stored *b)
{
	return a->id < b->id ? -1 : a->id > b->id;
}

RB_GENERATE_INTERNAL(
    record_tree, stored, by_id, compare, static __attribute__((unused)))

/* ---- records in memory ---- */

void
cache_forget(struct store *s, struct stored *r)
{
	TAILQ_REMOVE(&s->lists[r->list], r, by_use);
	RB_REMOVE(record_tree, &s->records, r);
	s->bytes -= r->bytes;
	stored_destroy(r);
}

void
cache_move(struct store *s, struct stored *r, enum stored_list list)
{
	TAILQ_REMOVE(&s->lists[r->list], r, by_use);
	TAILQ_INSERT_TAIL(&s->lists[list], r, by_use);
	r->list = list;
}

struct stored *
cache_first(struct store *s, enum stored_list list)
{
	return TAILQ_FIRST(&s->lists[list]);
}

bool
cache_is_dirty(struct store *s)
{
	return cache_first(s, STORED_DIRTY) || cache_first(s, STORED_ENDED);
}

static struct stored *
insert(struct store *s, uint64_t id)
{
	struct stored *r = stored_create(id);

	if (!r)
		return NULL;
	RB_INSERT(record_tree, &s->records, r);
	TAILQ_INSERT_TAIL(&s->lists[r->list], r, by_use);
	s->bytes += r->bytes;
	return r;
}

static int
load_piece(
    void *arg, const char *key, size_t offset, const char *text, size_t len)
{
	struct stored *r = arg;
	struct value *v = stored_value(r, key);

	(void)offset;
	if (!v || stored_append(r, v, text, len) < 0)
		return -1;
	v->written = v->len;
	return 0;
}

/* Read a job back. NULL with ENOENT. */
static struct stored *
load(struct store *s, uint64_t id)
{
	struct stored *r;
	size_t before;
	int n;

	errno = ENOENT;
	if (!s->db || id > s->max_known || !(r = insert(s, id)))
		return NULL;
	before = r->bytes;
	r->is_known = true;
	n = db_load(s->db, id, load_piece, r);
	s->bytes += r->bytes - before;
	if (n > 0) {
		if (cache_is_full(s))
			writer_pump_soon(s);
		return r;
	}
	if (n < 0)
		log_error(s->b->log, "store: job %ju: %s", (uintmax_t)id,
		    strerror(errno));
	cache_forget(s, r);
	errno = ENOENT;
	return NULL;
}

/* The record, put among those used last. */
struct stored *
cache_find(struct store *s, uint64_t id)
{
	struct stored *r = cache_peek(s, id);

	if (!r)
		return load(s, id);
	cache_move(s, r, r->list);
	return r;
}

struct stored *
cache_find_or_make(struct store *s, uint64_t id)
{
	struct stored *r = cache_find(s, id);

	return r ? r : insert(s, id);
}

static bool
is_written(const struct store *s, const struct stored *r)
{
	return r->is_known && r->batch <= s->written_batch;
}

void
cache_shrink(struct store *s)
{
	struct stored *r;

	while (cache_is_full(s) && (r = cache_first(s, STORED_CLEAN)) &&
	       is_written(s, r))
		cache_forget(s, r);
}

struct stored *
cache_peek(struct store *s, uint64_t id)
{
	struct stored key = { .id = id };

	return RB_FIND(record_tree, &s->records, &key);
}

bool
cache_is_full(const struct store *s)
{
	return s->bytes > KEEP_BYTES;
}

void
cache_init(struct store *s)
{
	RB_INIT(&s->records);
	for (int i = 0; i < STORED_NLISTS; i++)
		TAILQ_INIT(&s->lists[i]);
}

void
cache_clear(struct store *s)
{
	struct stored *r;

	for (int i = 0; i < STORED_NLISTS; i++)
		while ((r = cache_first(s, i)))
			cache_forget(s, r);
}
