/* SPDX-License-Identifier: MIT */
#ifndef JOBINFO_H
#define JOBINFO_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "format.h"

/*
 * A job as job-list describes it, as the listing commands show it: a row of
 * format.h with the fields of flux-jobs(1).
 */
struct instanceinfo;

/* What the jobs of one listing share: the time, the names of users. */
struct jobinfo_shared;
/* Reads FLUX_URI_RESOLVE_LOCAL. NULL with ENOMEM. */
struct jobinfo_shared *jobinfo_shared_create(void);
void jobinfo_shared_destroy(struct jobinfo_shared *s);

struct jobinfo {
	json_t *job; /* owned; see job-list.list */
	struct jobinfo_shared *shared;
	struct instanceinfo *instance; /* owned, may be NULL; for instance.* */
	const char *id_text; /* shown as the id, whatever form; NULL = none */
};

enum jobstate_bit {
	JOB_NEW = 1,
	JOB_DEPEND = 2,
	JOB_PRIORITY = 4,
	JOB_SCHED = 8,
	JOB_RUN = 16,
	JOB_CLEANUP = 32,
	JOB_INACTIVE = 64,
};

enum jobresult_bit {
	JOB_COMPLETED = 1,
	JOB_FAILED = 2,
	JOB_CANCELED = 4,
	JOB_TIMEOUT = 8,
};

/* Takes a new reference to job. NULL with EPROTO: no object with an id. */
struct jobinfo *jobinfo_create(struct jobinfo_shared *s, json_t *job);
void jobinfo_destroy(struct jobinfo *j);

uint64_t jobinfo_id(const struct jobinfo *j);
/* 0 if not known. */
int jobinfo_state(const struct jobinfo *j);
int jobinfo_result(const struct jobinfo *j);
/* annotations.user.uri, or NULL; belongs to j. */
const char *jobinfo_uri(const struct jobinfo *j);
/* Is it an instance that can be connected to (running, and has a URI)? */
bool jobinfo_is_instance(const struct jobinfo *j);
/* -1 if not known. */
int64_t jobinfo_userid(const struct jobinfo *j);

/* The fields; ends with a NULL name. */
extern const struct field jobinfo_fields[];

/* The attributes that job-list has to be asked for (new array of strings, no
 * doubles): those of the format and, separated by blanks, more. */
json_t *jobinfo_attrs(const struct format *f, const char *more);
/* Those that format_measure looks at. */
json_t *jobinfo_attrs_measured(const struct format *f);
/* Does a field of the format start with "instance."? */
bool jobinfo_wants_instance(const struct format *f);

/* The object that --json shows (new reference); NULL with ENOMEM. */
json_t *jobinfo_json(const struct jobinfo *j);

#endif
