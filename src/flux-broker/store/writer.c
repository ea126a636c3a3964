/* SPDX-License-Identifier: MIT */
/*
 * From memory into the file. Changed records are dirty. With a statedir all of
 * them go into the next batch as soon as the one before is written, so that
 * many changes share one write. Without, only those do that were not used for
 * the longest time, when there are more than memory is meant for.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../broker.h"
#include "../log.h"
#include "store-core.h"

/* Bytes to write at a time. */
#define BATCH_BYTES ((size_t)2 << 20)
#define RETRY_AFTER 1.0 /* seconds after a write that failed */

void
writer_pump_soon(struct store *s)
{
	if (!ev_is_active(&s->pump))
		ev_timer_start(s->b->loop, &s->pump);
}

void
writer_dirty(struct store *s, struct stored *r)
{
	cache_move(s, r, r->summary ? STORED_ENDED : STORED_DIRTY);
	if (s->durable || cache_is_full(s))
		writer_pump_soon(s);
}

static int
add_value(struct db_batch *batch, struct stored *r, struct value *v)
{
	if (v->replaced && db_batch_clear(batch, r->id, v->key) < 0)
		return -1;
	if (v->len > v->written &&
	    db_batch_piece(batch, r->id, v->key, v->written,
		v->text + v->written, v->len - v->written) < 0)
		return -1;
	v->replaced = false;
	v->written = v->len;
	return 0;
}

/* All that is new of r into the batch. */
static int
add_record(struct store *s, struct db_batch *batch, struct stored *r)
{
	struct value *v;

	if (!r->is_known && db_batch_job(batch, r->id) < 0)
		return -1;
	r->is_known = true;
	SLIST_FOREACH(v, &r->values, next)
		if (add_value(batch, r, v) < 0)
			return -1;
	if (r->summary) {
		if (db_batch_summary(
			batch, r->id, r->t, r->summary, r->summary_len) < 0)
			return -1;
		free(r->summary);
		r->summary = NULL;
		r->is_retired = true;
	}
	r->batch = s->next_batch;
	cache_move(s, r, STORED_CLEAN);
	if (r->id > s->max_known)
		s->max_known = r->id;
	return 0;
}

static int
add_metas(struct store *s, struct db_batch *batch)
{
	struct meta *m;

	while ((m = STAILQ_FIRST(&s->metas))) {
		if (db_batch_meta(batch, m->key, m->text) < 0)
			return -1;
		STAILQ_REMOVE_HEAD(&s->metas, next);
		free(m->text);
		free(m);
	}
	return 0;
}

/* With a statedir, all that is dirty. Records may refer to texts of the
 * instance, which must not come after them. */
static int
collect_all(struct store *s, struct db_batch *batch)
{
	struct stored *r;

	if (add_metas(s, batch) < 0)
		return -1;
	while ((r = cache_first(s, STORED_ENDED)) ||
	       (r = cache_first(s, STORED_DIRTY)))
		if (add_record(s, batch, r) < 0)
			return -1;
	return 0;
}

/* Without, those of ended jobs that are to go, and what is used least. */
static int
collect_least_used(struct store *s, struct db_batch *batch)
{
	size_t bytes = 0;
	struct stored *r;

	while ((r = cache_first(s, STORED_ENDED))) {
		bytes += r->bytes;
		if (add_record(s, batch, r) < 0)
			return -1;
	}
	while (cache_is_full(s) && bytes < BATCH_BYTES &&
	       (r = cache_first(s, STORED_DIRTY))) {
		bytes += r->bytes;
		if (add_record(s, batch, r) < 0)
			return -1;
	}
	return 0;
}

int
writer_open_in_rundir(struct store *s)
{
	struct errmsg em = { .text = "" };
	char *path;

	if (asprintf(&path, "%s/jobs.sqlite", s->b->rundir) < 0)
		return -1;
	s->db = db_open(path, 0, &em);
	if (!s->db)
		log_error(s->b->log, "%s: %s", path, em.text);
	free(path);
	if (s->db)
		writer_start(s);
	return s->db ? 0 : -1;
}

static void written(void *arg, int errnum, const char *why);

static bool
ready_to_write(struct store *s)
{
	if (!s->db)
		writer_open_in_rundir(s);
	return s->db && !db_is_writing(s->db);
}

static void
pump_cb(struct ev_loop *loop, struct ev_timer *w, int revents)
{
	struct store *s = w->data;
	struct db_batch *batch;

	(void)loop;
	(void)revents;
	/* while a batch is written nothing more can go */
	if (!s->db || !db_is_writing(s->db) || s->errnum)
		cache_shrink(s);
	if (!ready_to_write(s) || !(batch = db_batch_create()))
		return;
	if ((s->durable ? collect_all(s, batch)
			: collect_least_used(s, batch)) < 0)
		log_error(s->b->log, "store: %s", strerror(ENOMEM));
	if (db_batch_is_empty(batch)) {
		db_batch_destroy(batch);
		return;
	}
	s->next_batch++;
	db_write(s->db, batch);
}

/* Answer those who wait for a batch up to last. */
static void
answer_syncs(struct store *s, uint64_t last, int errnum)
{
	struct sync *x;

	while ((x = STAILQ_FIRST(&s->syncs)) && x->batch <= last) {
		STAILQ_REMOVE_HEAD(&s->syncs, next);
		x->cb(x->arg, errnum);
		free(x);
	}
}

static void
written(void *arg, int errnum, const char *why)
{
	struct store *s = arg;

	if (errnum && !s->errnum)
		log_error(s->b->log,
		    "the job store cannot be written: %s. No new jobs are "
		    "taken until it can",
		    why);
	if (!errnum && s->errnum)
		log_info(s->b->log, "the job store can be written again");
	s->errnum = errnum;
	snprintf(s->why, sizeof(s->why), "%s", why);
	if (errnum) {
		ev_timer_again(s->b->loop, &s->retry);
	} else {
		s->written_batch = s->next_batch - 1;
		ev_timer_stop(s->b->loop, &s->retry);
		writer_pump_soon(s);
	}
	/* what has come meanwhile cannot be written either, for now */
	answer_syncs(s, errnum ? UINT64_MAX : s->next_batch - 1, errnum);
}

static void
retry_cb(struct ev_loop *loop, struct ev_timer *w, int revents)
{
	struct store *s = w->data;

	(void)revents;
	ev_timer_stop(loop, w);
	db_retry(s->db);
}

void
writer_start(struct store *s)
{
	db_start(s->db, s->b->loop, written, s);
}

/* Rare, and alone in its batch: nothing of the job may come after it. */
void
writer_remove(struct store *s, uint64_t id)
{
	struct db_batch *batch = db_batch_create();

	db_wait(s->db);
	if (!batch || db_is_writing(s->db) || db_batch_remove(batch, id) < 0) {
		db_batch_destroy(batch);
		return;
	}
	s->next_batch++;
	db_write(s->db, batch);
}

int
store_sync(struct broker *b, store_sync_f cb, void *arg)
{
	struct store *s = b->store;
	struct sync *x;

	if (!s->durable ||
	    (!cache_is_dirty(s) && s->written_batch + 1 == s->next_batch)) {
		cb(arg, 0);
		return 0;
	}
	if (!(x = calloc(1, sizeof(*x))))
		return -1;
	x->batch = !cache_is_dirty(s) ? s->next_batch - 1 : s->next_batch;
	x->cb = cb;
	x->arg = arg;
	STAILQ_INSERT_TAIL(&s->syncs, x, next);
	return 0;
}

int
store_put_meta(struct broker *b, const char *key, const char *text)
{
	struct store *s = b->store;
	size_t n = strlen(key) + 1;
	struct meta *m;

	if (!s->durable || s->read_only)
		return 0;
	if (!(m = calloc(1, sizeof(*m) + n)) || !(m->text = strdup(text))) {
		free(m);
		return -1;
	}
	memcpy(m->key, key, n);
	STAILQ_INSERT_TAIL(&s->metas, m, next);
	writer_pump_soon(s);
	return 0;
}

/* What is dirty is written before the end; once more is enough, for a disk that
 * is full stays so. */
void
writer_flush(struct store *s)
{
	for (int i = 0; i < 2; i++) {
		db_wait(s->db);
		pump_cb(s->b->loop, &s->pump, 0);
	}
	db_wait(s->db);
	answer_syncs(s, UINT64_MAX, EIO);
}

void
writer_init(struct store *s)
{
	s->next_batch = 1;
	STAILQ_INIT(&s->syncs);
	STAILQ_INIT(&s->metas);
	ev_timer_init(&s->pump, pump_cb, 0., 0.);
	ev_timer_init(&s->retry, retry_cb, 0., RETRY_AFTER);
	s->pump.data = s->retry.data = s;
}

void
writer_fini(struct store *s)
{
	struct meta *m;

	ev_timer_stop(s->b->loop, &s->pump);
	ev_timer_stop(s->b->loop, &s->retry);
	while ((m = STAILQ_FIRST(&s->metas))) {
		STAILQ_REMOVE_HEAD(&s->metas, next);
		free(m->text);
		free(m);
	}
}
