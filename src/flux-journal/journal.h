/* SPDX-License-Identifier: MIT */
#ifndef JOURNAL_H
#define JOURNAL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "eventfmt.h"

struct source;

/* An event of a job. */
struct record {
	char *path;    /* ids of the job and those it is in: "ƒA/ƒB"; owned */
	uint64_t id;   /* of the job, in its instance */
	json_t *event; /* entry of its eventlog; owned */
	double t;      /* time of it */
	size_t number; /* in the order of arrival */
};

struct journal {
	/* options */
	bool follow, only_new, recursive, json;
	long count;     /* records to print; 0 = no limit */
	json_t *filter; /* object {event: 1}; NULL = all events */
	struct eventfmt fmt;
	/* state */
	struct source **sources; /* instances; the first is our own */
	size_t nsources, sources_size;
	struct record *past; /* not printed yet: what was there at the start */
	size_t npast, past_size, arrived;
	long printed;
	bool done;
};

/* source.c: connect to the instance, run until there is nothing more to print,
 * and disconnect. Exits on failure. */
void journal_run(struct journal *j);

/* ---- record.c ---- */

/* Does the filter let an event pass? */
bool record_wanted(const struct journal *j, const char *name);
/* Print now; j->done after the last one that is asked for. */
void record_print(struct journal *j, const struct record *r);
/* Keep for record_print_past. Takes what r owns. */
void record_keep(struct journal *j, struct record *r);
/* Print what was kept, by time. */
void record_print_past(struct journal *j);
void record_fini(struct record *r);

#endif
