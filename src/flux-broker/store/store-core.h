/* SPDX-License-Identifier: MIT */
#ifndef STORE_CORE_H
#define STORE_CORE_H

#include <ev.h>
#include <sys/queue.h>

#include "db.h"
#include "record.h"
#include "store.h"

/* What the files of the store share: cache.c (records in memory), writer.c
 * (from there into the file), store.c (what others call). */

RB_HEAD(record_tree, stored);
TAILQ_HEAD(record_list, stored);

struct listener {
	store_append_f cb;
	void *arg;
};

struct sync {
	STAILQ_ENTRY(sync) next;
	uint64_t batch; /* when this one is written */
	store_sync_f cb;
	void *arg;
};

struct meta {
	STAILQ_ENTRY(meta) next;
	char *text;
	char key[];
};

struct store {
	struct broker *b;
	struct record_tree records;
	struct record_list lists[STORED_NLISTS];
	size_t bytes;
	struct listener *listeners;
	int nlisteners;
	struct db *db; /* NULL: no file yet */
	bool durable;
	bool read_only; /* nothing changes */
	int lock;
	uint64_t next_batch, written_batch;
	STAILQ_HEAD(, sync) syncs;
	STAILQ_HEAD(, meta) metas;
	struct ev_timer pump;  /* at the end of this turn of the loop */
	struct ev_timer retry; /* after a failure */
	int errnum;            /* of the last write; 0 = all is well */
	char why[200];
	uint64_t max_known; /* no job of a greater id is in the file */
};

/* -- dump.c ---------------------------------------------------------------- */
/* The file that the jobs are to be copied to at the end; NULL = none. */
const char *dump_path(struct broker *b);
/* Can it be made? -1 with em. */
int dump_check(const char *path, struct errmsg *em);
/* All is in the store's file: copy it. */
void dump_write(struct store *s);

/* -- cache.c -------------------------------------------------------------- */
void cache_init(struct store *s);
void cache_clear(struct store *s);
/* The record, read back if need be, and put among those used last. NULL with
 * ENOENT. */
struct stored *cache_find(struct store *s, uint64_t id);
/* Only if it is in memory. */
struct stored *cache_peek(struct store *s, uint64_t id);
struct stored *cache_find_or_make(struct store *s, uint64_t id);
void cache_forget(struct store *s, struct stored *r);
/* To the end of a list, maybe the one that it is in. */
void cache_move(struct store *s, struct stored *r, enum stored_list list);
/* The first of a list; NULL: it is empty. */
struct stored *cache_first(struct store *s, enum stored_list list);
bool cache_is_dirty(struct store *s);
bool cache_is_full(const struct store *s);
/* What is written and was not used for long goes. */
void cache_shrink(struct store *s);

/* -- writer.c ------------------------------------------------------------- */
void writer_init(struct store *s);
void writer_start(struct store *s);
/* The file in rundir, of a store without statedir. */
int writer_open_in_rundir(struct store *s);
/* The record has something new. */
void writer_dirty(struct store *s, struct stored *r);
void writer_pump_soon(struct store *s);
void writer_remove(struct store *s, uint64_t id);
/* All that is dirty, now. */
void writer_flush(struct store *s);
void writer_fini(struct store *s);

#endif
