/* SPDX-License-Identifier: MIT */
#ifndef STORE_RECORD_H
#define STORE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/tree.h>

/*
 * What is in memory of one job: a short list of keys with their text, each
 * with the part of it that was written to the file.
 */
struct value {
	SLIST_ENTRY(value) next;
	char *text; /* NUL at the end */
	size_t len, size;
	size_t written; /* so much of it is in the file, or on the way */
	bool replaced;  /* what is in the file is of an earlier text */
	char key[];
};

/* Each record is in one of three lists, the one used last at its end. */
enum stored_list {
	STORED_CLEAN, /* all of it is in the file, or on the way */
	STORED_DIRTY,
	STORED_ENDED, /* dirty, and with a summary: the job has ended */
	STORED_NLISTS,
};

struct stored {
	RB_ENTRY(stored) by_id;
	TAILQ_ENTRY(stored) by_use;
	enum stored_list list;
	uint64_t id;
	SLIST_HEAD(, value) values;
	size_t bytes;
	bool is_known;  /* the file has, or gets, the job */
	uint64_t batch; /* the last one that something of it went into */
	void *summary;  /* not written yet */
	size_t summary_len;
	double t;        /* of the end */
	bool is_retired; /* a summary is in the file, or on the way */
};

/* NULL with ENOMEM. */
struct stored *stored_create(uint64_t id);
void stored_destroy(struct stored *r);
struct value *stored_find(const struct stored *r, const char *key);
/* Find or make; NULL with ENOMEM. */
struct value *stored_value(struct stored *r, const char *key);
/* Replace or extend the text; -1 with ENOMEM. */
int stored_set(struct stored *r, struct value *v, const char *text);
int stored_append(
    struct stored *r, struct value *v, const char *text, size_t len);

#endif
