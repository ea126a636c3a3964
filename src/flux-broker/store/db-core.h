/* SPDX-License-Identifier: MIT */
#ifndef DB_CORE_H
#define DB_CORE_H

#include <ev.h>
#include <pthread.h>
#include <sqlite3.h>

#include "db.h"

/* What db.c (opening, writing), db-read.c and batch.c share. */

/* The operations of one transaction. The bytes of
 * all are in one buffer, as key and text, one after the other. */
enum db_op_kind {
	DB_OP_JOB,
	DB_OP_PIECE,
	DB_OP_CLEAR,
	DB_OP_SUMMARY,
	DB_OP_REMOVE,
	DB_OP_META,
};

struct db_op {
	enum db_op_kind kind;
	uint64_t id;
	size_t offset; /* of the piece in its text */
	double t;
	size_t at, key_len, len; /* in the buffer */
};

struct db_batch {
	struct db_op *ops;
	size_t n, size;
	char *bytes;
	size_t nbytes, bytes_size;
};

enum {
	ST_JOB,
	ST_PIECE,
	ST_CLEAR,
	ST_SUMMARY,
	ST_REMOVE,
	ST_REMOVE_PIECES,
	ST_META,
	ST_BEGIN,
	ST_COMMIT,
	ST_ROLLBACK,
	ST_NWRITE
};
enum {
	RD_ENDED,
	RD_LOAD,
	RD_ACTIVE,
	RD_SUMMARIES,
	RD_SUMMARY,
	RD_FROM,
	RD_META,
	RD_N
};

struct db {
	sqlite3 *writer, *reader;
	sqlite3_stmt *writes[ST_NWRITE], *reads[RD_N];
	int flags;
	struct ev_loop *loop;
	struct ev_async async;
	void (*done)(void *arg, int errnum, const char *why);
	void *arg;
	/* shared with the thread */
	pthread_t thread;
	bool has_thread;
	pthread_mutex_t lock;
	pthread_cond_t cond;
	struct db_batch *todo; /* to be written now */
	bool finished;         /* todo was written, or failed */
	bool quit;
	int errnum;
	char why[160];
	/* the loop's own */
	struct db_batch *batch; /* until it is written */
	bool failed;
};

extern const char *const db_read_sql[RD_N];

/* Of a result code of SQLite. */
int db_errnum(int rc);

#endif
