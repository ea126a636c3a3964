/* SPDX-License-Identifier: MIT */
#ifndef DB_H
#define DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "errmsg.h"

struct ev_loop;

/*
 * The file of the store: SQLite in WAL mode. Writing is done by a thread of
 * its own, one batch at a time, each in one transaction; reading by the caller
 * over a connection of its own, which sees what is committed.
 *
 * A text is kept in pieces: (job id, key, offset) → bytes at that offset.
 */
struct db;
struct db_batch;

enum db_flag {
	DB_DURABLE = 1,   /* a batch is on the disk when it is reported */
	DB_READ_ONLY = 2, /* whatever its version is */
};

/* 1: J and jobspec of each job in full; 2: what jobs share of J is in meta, and
 * a jobspec that is as in J is not there. The first is read as it is. */
#define DB_VERSION 2

/* Open or make the file. NULL with em: no store, damaged, of a newer version,
 * or in use by another broker. done(arg, errnum) is called from the loop for
 * each batch; after a failure the batch is kept, see db_retry. */
struct db *db_open(const char *path, int flags, struct errmsg *em);
void db_start(struct db *db, struct ev_loop *loop,
    void (*done)(void *arg, int errnum, const char *why), void *arg);
/* Ends the thread after the batch that it is at. Takes NULL. */
void db_close(struct db *db);

/* -- writing ------------------------------------------------------------ */
/* NULL with ENOMEM. The functions that add: -1 with ENOMEM. */
struct db_batch *db_batch_create(void);
void db_batch_destroy(struct db_batch *batch);
bool db_batch_is_empty(const struct db_batch *batch);
/* A job that has not ended. */
int db_batch_job(struct db_batch *batch, uint64_t id);
int db_batch_piece(struct db_batch *batch, uint64_t id, const char *key,
    size_t offset, const char *text, size_t len);
/* Forget all pieces of a key. */
int db_batch_clear(struct db_batch *batch, uint64_t id, const char *key);
/* A job that has ended at t, and what lists need of it. */
int db_batch_summary(struct db_batch *batch, uint64_t id, double t,
    const void *summary, size_t len);
/* Forget a job. */
int db_batch_remove(struct db_batch *batch, uint64_t id);
int db_batch_meta(struct db_batch *batch, const char *key, const char *text);

/* Write it; taken. Only when none is being written. */
void db_write(struct db *db, struct db_batch *batch);
bool db_is_writing(const struct db *db);
/* Try the batch that failed once more. */
void db_retry(struct db *db);
/* Wait for the batch that is being written; done is called. */
void db_wait(struct db *db);

/* -- reading ------------------------------------------------------------ */
/* Each piece of a job, by key and offset. The number of pieces, -1: error. */
typedef int (*db_piece_f)(
    void *arg, const char *key, size_t offset, const char *text, size_t len);
int db_load(struct db *db, uint64_t id, db_piece_f cb, void *arg);
/* ids of jobs that have not ended, ascending. */
typedef int (*db_id_f)(void *arg, uint64_t id);
int db_each_active(struct db *db, db_id_f cb, void *arg);
/* Summaries of jobs that have ended, the latest first, those before (t, id)
 * (INFINITY, UINT64_MAX: all), until cb returns other than 0. -1: error. */
typedef int (*db_summary_f)(
    void *arg, uint64_t id, const void *summary, size_t len);
int db_each_summary(
    struct db *db, double t, uint64_t id, db_summary_f cb, void *arg);
/* ids of jobs that have ended and when, the earliest first. */
typedef int (*db_ended_f)(void *arg, uint64_t id, double t);
int db_each_ended(struct db *db, db_ended_f cb, void *arg);
/* The summary of one. 1: there is one, 0: none, -1: error. */
int db_summary(struct db *db, uint64_t id, db_summary_f cb, void *arg);
/* The id of the first job from id on that is there, or 0. */
uint64_t db_first_from(struct db *db, uint64_t id);
/* All that is written, to a file that is not there yet. -1 with em. */
int db_copy(struct db *db, const char *path, struct errmsg *em);
/* malloc'd, NULL with ENOENT. */
char *db_meta(struct db *db, const char *key);

#endif
