/* SPDX-License-Identifier: MIT */
/*
 * What is asked of the store's file.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "db-core.h"

const char *const db_read_sql[RD_N] = {
	[RD_LOAD] = "select key, at, text from piece where id = ?1 "
		    "order by key, at",
	[RD_ENDED] = "select id, t from job where t is not null order by t, id",
	[RD_ACTIVE] = "select id from job where t is null order by id",
	[RD_SUMMARIES] = "select id, summary from job where (t, id) < (?1, ?2) "
			 "order by t desc, id desc",
	[RD_SUMMARY] = "select id, summary from job where id = ?1 "
		       "and t is not null",
	[RD_FROM] = "select id from job where id >= ?1 order by id limit 1",
	[RD_META] = "select text from meta where key = ?1",
};

/* A pass over a query: one from inside another of the same is not possible. */
static int
finish(sqlite3_stmt *s, int rc, int n)
{
	sqlite3_reset(s);
	if (rc == SQLITE_DONE || rc == SQLITE_ROW)
		return n;
	errno = db_errnum(rc);
	return -1;
}

int
db_load(struct db *db, uint64_t id, db_piece_f cb, void *arg)
{
	sqlite3_stmt *s = db->reads[RD_LOAD];
	int rc, n = 0;

	sqlite3_bind_int64(s, 1, (sqlite3_int64)id);
	while ((rc = sqlite3_step(s)) == SQLITE_ROW) {
		if (cb(arg, (const char *)sqlite3_column_text(s, 0),
			(size_t)sqlite3_column_int64(s, 1),
			sqlite3_column_blob(s, 2),
			(size_t)sqlite3_column_bytes(s, 2)) != 0)
			break;
		n++;
	}
	return finish(s, rc, n);
}

int
db_each_active(struct db *db, db_id_f cb, void *arg)
{
	sqlite3_stmt *s = db->reads[RD_ACTIVE];
	int rc, n = 0;

	while ((rc = sqlite3_step(s)) == SQLITE_ROW) {
		if (cb(arg, (uint64_t)sqlite3_column_int64(s, 0)) != 0)
			break;
		n++;
	}
	return finish(s, rc, n);
}

static int
each_summary(sqlite3_stmt *s, db_summary_f cb, void *arg)
{
	int rc, n = 0;

	while ((rc = sqlite3_step(s)) == SQLITE_ROW) {
		n++;
		if (cb(arg, (uint64_t)sqlite3_column_int64(s, 0),
			sqlite3_column_blob(s, 1),
			(size_t)sqlite3_column_bytes(s, 1)) != 0)
			break;
	}
	return finish(s, rc, n);
}

int
db_each_summary(
    struct db *db, double t, uint64_t id, db_summary_f cb, void *arg)
{
	sqlite3_stmt *s = db->reads[RD_SUMMARIES];

	sqlite3_bind_double(s, 1, t);
	sqlite3_bind_int64(
	    s, 2, (sqlite3_int64)(id > INT64_MAX ? INT64_MAX : id));
	return each_summary(s, cb, arg);
}

int
db_each_ended(struct db *db, db_ended_f cb, void *arg)
{
	sqlite3_stmt *s = db->reads[RD_ENDED];
	int rc, n = 0;

	while ((rc = sqlite3_step(s)) == SQLITE_ROW) {
		n++;
		if (cb(arg, (uint64_t)sqlite3_column_int64(s, 0),
			sqlite3_column_double(s, 1)) != 0)
			break;
	}
	return finish(s, rc, n);
}

int
db_summary(struct db *db, uint64_t id, db_summary_f cb, void *arg)
{
	sqlite3_stmt *s = db->reads[RD_SUMMARY];

	sqlite3_bind_int64(s, 1, (sqlite3_int64)id);
	return each_summary(s, cb, arg);
}

uint64_t
db_first_from(struct db *db, uint64_t id)
{
	sqlite3_stmt *s = db->reads[RD_FROM];
	uint64_t found = 0;

	sqlite3_bind_int64(s, 1, (sqlite3_int64)id);
	if (sqlite3_step(s) == SQLITE_ROW)
		found = (uint64_t)sqlite3_column_int64(s, 0);
	sqlite3_reset(s);
	return found;
}

char *
db_meta(struct db *db, const char *key)
{
	sqlite3_stmt *s = db->reads[RD_META];
	char *text = NULL;

	sqlite3_bind_text(s, 1, key, -1, SQLITE_STATIC);
	errno = ENOENT;
	if (sqlite3_step(s) == SQLITE_ROW)
		text = strdup((const char *)sqlite3_column_text(s, 0));
	sqlite3_reset(s);
	return text;
}

int
db_copy(struct db *db, const char *path, struct errmsg *em)
{
	sqlite3_stmt *s = NULL;
	int rc = sqlite3_prepare_v2(db->reader, "vacuum into ?1", -1, &s, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_bind_text(s, 1, path, -1, SQLITE_STATIC);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(s);
	if (rc != SQLITE_DONE)
		errmsg_set(em, "%s", sqlite3_errmsg(db->reader));
	sqlite3_finalize(s);
	return rc == SQLITE_DONE ? 0 : -1;
}
