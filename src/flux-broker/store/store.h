/* SPDX-License-Identifier: MIT */
#ifndef STORE_H
#define STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "errmsg.h"

struct broker;

/*
 * What is kept of each job, by key: "J", "jobspec", "R" (values), and
 * "eventlog", "guest.exec.eventlog", "guest.output", "guest.input" (logs:
 * lines that end in newline). Rank 0.
 *
 * Records are in memory while they are worked with; all are, or can be, in a
 * file: with attribute statedir in it, and then what is put is on the disk
 * when store_sync says so; else in rundir, where records go when memory for
 * them runs short. What is written is written in the order of the calls.
 */

/* -1 with ENOMEM. Lines: one or more, each with its newline. */
int store_put(
    struct broker *b, uint64_t id, const char *key, const char *value);
int store_append(
    struct broker *b, uint64_t id, const char *key, const char *lines);
/* The text (belongs to the store until the loop goes on, or the job is written
 * to), NULL with ENOENT: no such job or key. */
const char *store_get(
    struct broker *b, uint64_t id, const char *key, size_t *len);
void store_remove(struct broker *b, uint64_t id);
/* The keys of a job, in no order: the first (key NULL), or the one after key.
 * NULL: no more. Belongs to the store. */
const char *store_next_key(struct broker *b, uint64_t id, const char *key);
/* Listen to appends of all jobs (job-info's watchers). offset = where in the
 * log the new lines begin. */
typedef void (*store_append_f)(
    void *arg, uint64_t id, const char *key, const char *lines, size_t offset);
int store_on_append(struct broker *b, store_append_f cb, void *arg);

/* -- durability --------------------------------------------------------- */
bool store_is_durable(const struct broker *b);
/* All of it is to be in the dump (attribute content.dump), also what was put
 * before that was asked for: from now on, as with a statedir. 1: it has become
 * so, and the caller is to put what it has not; 0: there is no need; -1. */
int store_keep(struct broker *b);
/* Can the dump be written, if one is asked for? -1 with em. */
int store_check_dump(struct broker *b, struct errmsg *em);
/* Attribute broker.recovery-mode: what is in statedir is looked at. Whatever
 * would change it fails with EROFS. */
bool store_is_read_only(const struct broker *b);
/* Call cb when all that was put so far is on the disk, from the loop; at once
 * if there is no statedir. errnum: it could not be written, and is kept to be
 * tried again. -1 with ENOMEM: cb will not be called. */
typedef void (*store_sync_f)(void *arg, int errnum);
int store_sync(struct broker *b, store_sync_f cb, void *arg);
/* Can new jobs be kept? -1 with ENOSPC, EROFS or EIO, and em. */
int store_check(const struct broker *b, struct errmsg *em);

/* -- jobs that have ended ------------------------------------------------ */
/* What lists need of a job that ended at t (seconds since the epoch), opaque
 * to the store. In a store without statedir this also sends the record to the
 * file. */
int store_retire(
    struct broker *b, uint64_t id, double t, const void *summary, size_t len);
/* Is the summary in the file, so that the functions below find it? */
bool store_is_retired(struct broker *b, uint64_t id);
/* Summaries in the file, the latest first, those that ended before (t, id)
 * (INFINITY, UINT64_MAX: all), until cb returns other than 0. */
typedef int (*store_summary_f)(
    void *arg, uint64_t id, const void *summary, size_t len);
int store_each_summary(
    struct broker *b, double t, uint64_t id, store_summary_f cb, void *arg);
/* ids of those in the file and when they ended, the earliest first, until cb
 * returns other than 0. */
int store_each_ended(
    struct broker *b, int (*cb)(void *arg, uint64_t id, double t), void *arg);
/* 1: there is one; 0: none. */
int store_summary(struct broker *b, uint64_t id, store_summary_f cb, void *arg);
/* The first id from id on in the file; 0: none. */
uint64_t store_first_from(struct broker *b, uint64_t id);

/* -- restart ------------------------------------------------------------- */
/* ids of jobs in the file that have not ended, ascending. */
int store_each_active(
    struct broker *b, int (*cb)(void *arg, uint64_t id), void *arg);
/* A text of the instance: malloc'd, NULL with ENOENT. Put: written with the
 * next batch; kept only with a statedir. */
char *store_meta(struct broker *b, const char *key);
int store_put_meta(struct broker *b, const char *key, const char *text);

/* Before the services end: write all, and answer who waits for it. */
void store_flush(struct broker *b);
int store_create(struct broker *b);
void store_destroy(struct broker *b);

#endif
