/* SPDX-License-Identifier: MIT */
/*
 * SQLite under the store: opening and checking the file, the thread that
 * writes, and the queries.
 *
 *   job (id, t, summary)   t and summary are NULL until the job has ended
 *   piece (id, key, at, text)
 *   meta (key, text)
 */
#include <errno.h>
#include <ev.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "db-core.h"

static const char *const write_sql[ST_NWRITE] = {
	[ST_JOB] = "insert or ignore into job (id) values (?1)",
	[ST_PIECE] = "insert or replace into piece values (?1, ?2, ?3, ?4)",
	[ST_CLEAR] = "delete from piece where id = ?1 and key = ?2",
	[ST_SUMMARY] = "insert or replace into job values (?1, ?2, ?3)",
	[ST_REMOVE] = "delete from job where id = ?1",
	[ST_REMOVE_PIECES] = "delete from piece where id = ?1",
	[ST_META] = "insert or replace into meta values (?1, ?2)",
	[ST_BEGIN] = "begin immediate",
	[ST_COMMIT] = "commit",
	[ST_ROLLBACK] = "rollback",
};

/* ---- errors ---- */

int
db_errnum(int rc)
{
	switch (rc & 0xff) {
	case SQLITE_FULL:
		return ENOSPC;
	case SQLITE_NOMEM:
		return ENOMEM;
	case SQLITE_READONLY:
	case SQLITE_PERM:
		return EROFS;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return EBUSY;
	default:
		return EIO;
	}
}

/* ---- opening ---- */

static int
exec_sql(sqlite3 *c, const char *sql, struct errmsg *em)
{
	if (sqlite3_exec(c, sql, NULL, NULL, NULL) == SQLITE_OK)
		return 0;
	errno = db_errnum(sqlite3_errcode(c));
	return errmsg_set(em, "%s", sqlite3_errmsg(c));
}

static int
user_version(sqlite3 *c, struct errmsg *em)
{
	sqlite3_stmt *s;
	int version = -1;

	if (sqlite3_prepare_v2(c, "pragma user_version", -1, &s, NULL) ==
		SQLITE_OK &&
	    sqlite3_step(s) == SQLITE_ROW)
		version = sqlite3_column_int(s, 0);
	else
		errmsg_set(em, "%s", sqlite3_errmsg(c));
	sqlite3_finalize(s);
	return version;
}

static int
set_version(sqlite3 *c, struct errmsg *em)
{
	char sql[48];

	snprintf(sql, sizeof(sql), "pragma user_version = %d", DB_VERSION);
	return exec_sql(c, sql, em);
}

static int
make_tables(sqlite3 *c, struct errmsg *em)
{
	if (exec_sql(c,
		"begin immediate;"
		"create table job (id integer primary key, t real, summary "
		"blob);"
		"create index job_by_t on job (t, id);"
		"create table piece (id integer, key text, at integer, text "
		"blob,"
		" primary key (id, key, at)) without rowid;"
		"create table meta (key text primary key, text text)"
		" without rowid;",
		em) < 0 ||
	    set_version(c, em) < 0)
		return -1;
	return exec_sql(c, "commit", em);
}

static int
check_version(struct db *db, struct errmsg *em)
{
	int version = user_version(db->writer, em);

	if (version < 0)
		return -1;
	if (version > DB_VERSION)
		return errmsg_set(em,
		    "is of version %d, this broker reads up to %d", version,
		    DB_VERSION);
	if (version == 0)
		return make_tables(db->writer, em);
	return version == DB_VERSION ? 0 : set_version(db->writer, em);
}

static int
db_prepare(sqlite3 *c, const char *const *sql, int n, sqlite3_stmt **out,
    struct errmsg *em)
{
	for (int i = 0; i < n; i++)
		if (sqlite3_prepare_v3(c, sql[i], -1, SQLITE_PREPARE_PERSISTENT,
			&out[i], NULL) != SQLITE_OK)
			return errmsg_set(em, "%s", sqlite3_errmsg(c));
	return 0;
}

/* For the owner's eyes only: the files that SQLite makes beside it get its
 * mode. */
static void
make_private(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd >= 0)
		close(fd);
}

static int
open_writer(struct db *db, const char *path, struct errmsg *em)
{
	bool durable = db->flags & DB_DURABLE;

	make_private(path);
	if (sqlite3_open_v2(path, &db->writer,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
		    SQLITE_OPEN_NOMUTEX,
		NULL) != SQLITE_OK)
		return errmsg_set(em, "%s", sqlite3_errmsg(db->writer));
	if (exec_sql(db->writer, "pragma journal_mode = wal", em) < 0 ||
	    exec_sql(db->writer,
		durable ? "pragma synchronous = full"
			: "pragma synchronous = off",
		em) < 0 ||
	    exec_sql(db->writer, "pragma cache_size = -1000", em) < 0 ||
	    check_version(db, em) < 0)
		return -1;
	return db_prepare(db->writer, write_sql, ST_NWRITE, db->writes, em);
}

/* A store that may not be written, in a directory that may not be either, is
 * read as it was when it was last put in order. */
static int
open_as_it_is(struct db *db, const char *path)
{
	char *uri;
	int rc;

	sqlite3_close(db->reader);
	db->reader = NULL;
	if (asprintf(&uri, "file:%s?immutable=1", path) < 0)
		return SQLITE_NOMEM;
	rc = sqlite3_open_v2(uri, &db->reader,
	    SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, NULL);
	free(uri);
	return rc;
}

static int
open_reader(struct db *db, const char *path, struct errmsg *em)
{
	bool alone = db->flags & DB_READ_ONLY;
	int rc = sqlite3_open_v2(path, &db->reader,
	    (alone ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE) |
		SQLITE_OPEN_NOMUTEX,
	    NULL);

	if (alone && rc == SQLITE_OK && user_version(db->reader, em) < 0)
		rc = open_as_it_is(db, path);
	if (rc != SQLITE_OK)
		return errmsg_set(em, "%s", sqlite3_errmsg(db->reader));
	sqlite3_busy_timeout(db->reader, 1000);
	if (exec_sql(db->reader, "pragma cache_size = -1000", em) < 0)
		return -1;
	if (alone && user_version(db->reader, em) <= 0)
		return errmsg_set(em, "holds no jobs");
	return db_prepare(db->reader, db_read_sql, RD_N, db->reads, em);
}

struct db *
db_open(const char *path, int flags, struct errmsg *em)
{
	struct db *db = calloc(1, sizeof(*db));

	if (!db) {
		errmsg_set(em, "%s", strerror(ENOMEM));
		return NULL;
	}
	db->flags = flags;
	pthread_mutex_init(&db->lock, NULL);
	pthread_cond_init(&db->cond, NULL);
	if ((!(flags & DB_READ_ONLY) && open_writer(db, path, em) < 0) ||
	    open_reader(db, path, em) < 0) {
		db_close(db);
		return NULL;
	}
	return db;
}

/* ---- the thread ---- */

static int
step(sqlite3_stmt *s)
{
	int rc = sqlite3_step(s);

	sqlite3_reset(s);
	return rc == SQLITE_DONE || rc == SQLITE_ROW ? SQLITE_OK : rc;
}

static int
write_op(struct db *db, const struct db_batch *batch, const struct db_op *op)
{
	static const int statement[] = { [DB_OP_JOB] = ST_JOB,
		[DB_OP_PIECE] = ST_PIECE,
		[DB_OP_CLEAR] = ST_CLEAR,
		[DB_OP_SUMMARY] = ST_SUMMARY,
		[DB_OP_REMOVE] = ST_REMOVE,
		[DB_OP_META] = ST_META };
	sqlite3_stmt *s = db->writes[statement[op->kind]];
	const char *key = batch->bytes + op->at, *text = key + op->key_len;
	int rc = SQLITE_OK;

	if (op->kind == DB_OP_META) {
		sqlite3_bind_text(s, 1, key, op->key_len, SQLITE_STATIC);
		sqlite3_bind_text(s, 2, text, op->len, SQLITE_STATIC);
		return step(s);
	}
	sqlite3_bind_int64(s, 1, (sqlite3_int64)op->id);
	if (op->kind == DB_OP_PIECE || op->kind == DB_OP_CLEAR)
		sqlite3_bind_text(s, 2, key, op->key_len, SQLITE_STATIC);
	if (op->kind == DB_OP_PIECE) {
		sqlite3_bind_int64(s, 3, (sqlite3_int64)op->offset);
		sqlite3_bind_blob64(s, 4, text, op->len, SQLITE_STATIC);
	} else if (op->kind == DB_OP_SUMMARY) {
		sqlite3_bind_double(s, 2, op->t);
		sqlite3_bind_blob64(s, 3, text, op->len, SQLITE_STATIC);
	} else if (op->kind == DB_OP_REMOVE) {
		sqlite3_stmt *pieces = db->writes[ST_REMOVE_PIECES];

		sqlite3_bind_int64(pieces, 1, (sqlite3_int64)op->id);
		rc = step(pieces);
	}
	return rc == SQLITE_OK ? step(s) : rc;
}

/* One transaction; 0 or the errno, with the reason. */
static int
write_batch(struct db *db, const struct db_batch *batch, char *why, size_t size)
{
	int rc = step(db->writes[ST_BEGIN]);

	for (size_t i = 0; rc == SQLITE_OK && i < batch->n; i++)
		rc = write_op(db, batch, &batch->ops[i]);
	if (rc == SQLITE_OK)
		rc = step(db->writes[ST_COMMIT]);
	if (rc == SQLITE_OK)
		return 0;
	snprintf(why, size, "%s", sqlite3_errstr(rc));
	if (!sqlite3_get_autocommit(db->writer))
		step(db->writes[ST_ROLLBACK]);
	return db_errnum(rc);
}

static void *
run(void *arg)
{
	struct db *db = arg;
	char why[sizeof(db->why)];
	int errnum;

	pthread_mutex_lock(&db->lock);
	for (;;) {
		while (!db->quit && (!db->todo || db->finished))
			pthread_cond_wait(&db->cond, &db->lock);
		if (!db->todo || db->finished)
			break;
		pthread_mutex_unlock(&db->lock);
		why[0] = '\0';
		errnum = write_batch(db, db->todo, why, sizeof(why));
		pthread_mutex_lock(&db->lock);
		db->errnum = errnum;
		memcpy(db->why, why, sizeof(why));
		db->finished = true;
		pthread_cond_broadcast(&db->cond);
		ev_async_send(db->loop, &db->async);
	}
	pthread_mutex_unlock(&db->lock);
	return NULL;
}

/* ---- the loop's side of writing ---- */

static void
take_result(struct db *db)
{
	struct db_batch *batch = db->batch;
	char why[sizeof(db->why)];
	int errnum;

	pthread_mutex_lock(&db->lock);
	if (!db->finished) {
		pthread_mutex_unlock(&db->lock);
		return;
	}
	errnum = db->errnum;
	memcpy(why, db->why, sizeof(why));
	db->todo = NULL;
	db->finished = false;
	pthread_mutex_unlock(&db->lock);
	db->failed = errnum != 0;
	if (errnum == 0) {
		db->batch = NULL;
		db_batch_destroy(batch);
	}
	db->done(db->arg, errnum, why);
}

static void
async_cb(struct ev_loop *loop, struct ev_async *w, int revents)
{
	(void)loop;
	(void)revents;
	take_result(w->data);
}

void
db_start(struct db *db, struct ev_loop *loop,
    void (*done)(void *arg, int errnum, const char *why), void *arg)
{
	db->loop = loop;
	db->done = done;
	db->arg = arg;
	ev_async_init(&db->async, async_cb);
	db->async.data = db;
	ev_async_start(loop, &db->async);
	ev_unref(loop);
}

/* Signals are for the loop. The thread begins with the first batch: most
 * instances never have one. */
static int
begin_thread(struct db *db)
{
	sigset_t all, old;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	db->has_thread = pthread_create(&db->thread, NULL, run, db) == 0;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return db->has_thread ? 0 : -1;
}

static void
hand_over(struct db *db)
{
	pthread_mutex_lock(&db->lock);
	db->todo = db->batch;
	db->finished = false;
	if (!db->has_thread && begin_thread(db) < 0) {
		db->errnum = EAGAIN;
		snprintf(db->why, sizeof(db->why), "no thread for the store");
		db->finished = true;
		ev_async_send(db->loop, &db->async);
	}
	pthread_cond_broadcast(&db->cond);
	pthread_mutex_unlock(&db->lock);
}

void
db_write(struct db *db, struct db_batch *batch)
{
	db->batch = batch;
	hand_over(db);
}

bool
db_is_writing(const struct db *db)
{
	return db->batch != NULL;
}

void
db_retry(struct db *db)
{
	if (db->batch && db->failed) {
		db->failed = false;
		hand_over(db);
	}
}

void
db_wait(struct db *db)
{
	if (!db->batch || db->failed)
		return;
	pthread_mutex_lock(&db->lock);
	while (!db->finished)
		pthread_cond_wait(&db->cond, &db->lock);
	pthread_mutex_unlock(&db->lock);
	take_result(db);
}

static void
close_connection(sqlite3 *c, sqlite3_stmt **statements, int n)
{
	for (int i = 0; i < n; i++)
		sqlite3_finalize(statements[i]);
	sqlite3_close(c);
}

void
db_close(struct db *db)
{
	if (!db)
		return;
	if (db->has_thread) {
		pthread_mutex_lock(&db->lock);
		db->quit = true;
		pthread_cond_broadcast(&db->cond);
		pthread_mutex_unlock(&db->lock);
		pthread_join(db->thread, NULL);
	}
	if (db->loop) {
		ev_ref(db->loop);
		ev_async_stop(db->loop, &db->async);
	}
	close_connection(db->reader, db->reads, RD_N);
	close_connection(db->writer, db->writes, ST_NWRITE);
	db_batch_destroy(db->batch);
	pthread_mutex_destroy(&db->lock);
	pthread_cond_destroy(&db->cond);
	free(db);
}
