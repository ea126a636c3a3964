/* SPDX-License-Identifier: MIT */
/*
 * The store: records of jobs in memory, and the file behind them (db.c).
 *
 * A record that is written can be forgotten, and is read back when somebody
 * asks for it.
 */
#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../attrs.h"
#include "../broker.h"
#include "../log.h"
#include "store-core.h"

/* ---- what others call ---- */

static int
append_lines(struct stored *r, struct value *v, const char *lines)
{
	return stored_append(r, v, lines, strlen(lines));
}

/* The value that how() has put text into; NULL with ENOMEM or EROFS. The record
 * may have grown even then. */
static struct value *
change(struct store *s, uint64_t id, const char *key,
    int (*how)(struct stored *r, struct value *v, const char *text),
    const char *text)
{
	struct stored *r;
	struct value *v;
	size_t before;

	if (s->read_only) {
		errno = EROFS;
		return NULL;
	}
	r = cache_find_or_make(s, id);
	before = r ? r->bytes : 0;
	v = r ? stored_value(r, key) : NULL;
	if (v && how(r, v, text) < 0)
		v = NULL;
	if (r)
		s->bytes += r->bytes - before;
	if (v)
		writer_dirty(s, r);
	return v;
}

int
store_put(struct broker *b, uint64_t id, const char *key, const char *value)
{
	return change(b->store, id, key, stored_set, value) ? 0 : -1;
}

int
store_append(struct broker *b, uint64_t id, const char *key, const char *lines)
{
	struct store *s = b->store;
	struct value *v = change(s, id, key, append_lines, lines);
	size_t offset;

	if (!v)
		return -1;
	offset = v->len - strlen(lines);
	for (int i = 0; i < s->nlisteners; i++)
		s->listeners[i].cb(s->listeners[i].arg, id, key, lines, offset);
	return 0;
}

const char *
store_get(struct broker *b, uint64_t id, const char *key, size_t *len)
{
	struct stored *r = cache_find(b->store, id);
	struct value *v = r ? stored_find(r, key) : NULL;

	if (!v || !v->text) {
		errno = ENOENT;
		return NULL;
	}
	if (len)
		*len = v->len;
	return v->text;
}

const char *
store_next_key(struct broker *b, uint64_t id, const char *key)
{
	struct stored *r = cache_find(b->store, id);
	struct value *v = NULL;

	if (r)
		v = key ? stored_find(r, key) : SLIST_FIRST(&r->values);
	if (v && key)
		v = SLIST_NEXT(v, next);
	return v ? v->key : NULL;
}

void
store_remove(struct broker *b, uint64_t id)
{
	struct store *s = b->store;
	struct stored *r = cache_peek(s, id);
	bool is_known = r ? r->is_known : s->db && id <= s->max_known;

	if (r)
		cache_forget(s, r);
	if (is_known && s->db && !s->read_only)
		writer_remove(s, id);
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

int
store_keep(struct broker *b)
{
	struct store *s = b->store;

	if (s->durable || s->read_only || !dump_path(b))
		return 0;
	if (!s->db && writer_open_in_rundir(s) < 0)
		return -1;
	s->durable = true;
	s->max_known = INT64_MAX;
	writer_pump_soon(s);
	return 1;
}

bool
store_is_durable(const struct broker *b)
{
	return b->store->durable;
}

bool
store_is_read_only(const struct broker *b)
{
	return b->store->read_only;
}

int
store_check(const struct broker *b, struct errmsg *em)
{
	const struct store *s = b->store;

	if (s->read_only) {
		errno = EROFS;
		return errmsg_set(
		    em, "this instance only looks at the state of another");
	}
	if (!s->durable || s->errnum == 0)
		return 0;
	errno = s->errnum;
	return errmsg_set(em, "the job store cannot be written: %s", s->why);
}

int
store_retire(
    struct broker *b, uint64_t id, double t, const void *summary, size_t len)
{
	struct store *s = b->store;
	struct stored *r = s->read_only ? NULL : cache_find(s, id);
	void *copy = r ? malloc(len) : NULL;

	if (!copy)
		return -1;
	memcpy(copy, summary, len);
	free(r->summary);
	r->summary = copy;
	r->summary_len = len;
	r->t = t;
	writer_dirty(s, r);
	writer_pump_soon(s);
	return 0;
}

bool
store_is_retired(struct broker *b, uint64_t id)
{
	struct store *s = b->store;
	struct stored *r = cache_peek(s, id);

	return !r || (r->is_retired && r->batch <= s->written_batch);
}

int
store_each_summary(
    struct broker *b, double t, uint64_t id, store_summary_f cb, void *arg)
{
	return b->store->db ? db_each_summary(b->store->db, t, id, cb, arg) : 0;
}

int
store_each_ended(
    struct broker *b, int (*cb)(void *arg, uint64_t id, double t), void *arg)
{
	return b->store->db ? db_each_ended(b->store->db, cb, arg) : 0;
}

int
store_summary(struct broker *b, uint64_t id, store_summary_f cb, void *arg)
{
	struct store *s = b->store;

	return s->db && id <= s->max_known ? db_summary(s->db, id, cb, arg) : 0;
}

uint64_t
store_first_from(struct broker *b, uint64_t id)
{
	return b->store->db ? db_first_from(b->store->db, id) : 0;
}

int
store_each_active(
    struct broker *b, int (*cb)(void *arg, uint64_t id), void *arg)
{
	return b->store->durable ? db_each_active(b->store->db, cb, arg) : 0;
}

char *
store_meta(struct broker *b, const char *key)
{
	errno = ENOENT;
	return b->store->durable ? db_meta(b->store->db, key) : NULL;
}

/* ---- life ---- */

static int
lock_dir(struct store *s, const char *dir, struct errmsg *em)
{
	char *path;

	if (mkdir(dir, 0700) < 0 && errno != EEXIST)
		return errmsg_set(em, "cannot be made: %s", strerror(errno));
	if (asprintf(&path, "%s/lock", dir) < 0)
		return errmsg_set(em, "%s", strerror(ENOMEM));
	s->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	free(path);
	if (s->lock < 0)
		return errmsg_set(em, "%s", strerror(errno));
	if (flock(s->lock, LOCK_EX | LOCK_NB) < 0)
		return errmsg_set(em, "another broker is using it");
	return 0;
}

static int
open_statedir(struct store *s, const char *dir, struct errmsg *em)
{
	char *path;

	if ((!s->read_only && lock_dir(s, dir, em) < 0) ||
	    asprintf(&path, "%s/jobs.sqlite", dir) < 0)
		return -1;
	s->db = db_open(path, s->read_only ? DB_READ_ONLY : DB_DURABLE, em);
	free(path);
	if (!s->db)
		return -1;
	s->durable = true;
	s->max_known = INT64_MAX;
	if (!s->read_only)
		writer_start(s);
	return 0;
}

/* All of it is to be copied at the end. */
static int
open_for_dump(struct store *s, const char *path)
{
	struct errmsg em;

	if (dump_check(path, &em) < 0) {
		log_error(s->b->log, "content.dump: %s", em.text);
		errno = EINVAL;
		return -1;
	}
	if (s->durable)
		return 0;
	s->durable = true;
	s->max_known = INT64_MAX;
	return writer_open_in_rundir(s);
}

static bool
is_recovery(struct broker *b)
{
	const char *mode = attrs_get(b->attrs, "broker.recovery-mode");

	return mode && strcmp(mode, "1") == 0;
}

static void
init(struct store *s, struct broker *b)
{
	s->b = b;
	s->lock = -1;
	cache_init(s);
	writer_init(s);
}

int
store_create(struct broker *b)
{
	const char *dir = attrs_get(b->attrs, "statedir");
	const char *dump = dump_path(b);
	struct errmsg em = { .text = "" };

	if (!(b->store = calloc(1, sizeof(*b->store))))
		return -1;
	init(b->store, b);
	b->store->read_only = dir && is_recovery(b);
	if (!dir || open_statedir(b->store, dir, &em) == 0)
		return dump && !b->store->read_only
			   ? open_for_dump(b->store, dump)
			   : 0;
	log_error(b->log, "the job store in %s %s", dir, em.text);
	if (!b->store->read_only)
		log_error(b->log,
		    "what can be read of it: flux start --recovery=%s", dir);
	errno = EINVAL;
	return -1;
}

void
store_flush(struct broker *b)
{
	if (b->store && b->store->durable)
		writer_flush(b->store);
}

void
store_destroy(struct broker *b)
{
	struct store *s = b->store;

	if (!s)
		return;
	if (s->durable)
		writer_flush(s);
	dump_write(s);
	writer_fini(s);
	db_close(s->db);
	cache_clear(s);
	if (s->lock >= 0)
		close(s->lock);
	free(s->listeners);
	free(s);
	b->store = NULL;
}
