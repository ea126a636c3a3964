/* SPDX-License-Identifier: MIT */
#ifndef JOBSTATE_H
#define JOBSTATE_H

#include "errmsg.h"

/*
 * Names of job states and results (RFC 21). Both are bits, so that a set is a
 * mask.
 */
enum {
	JOBSTATE_PENDING = 14, /* depend, priority, sched */
	JOBSTATE_RUNNING = 48, /* run, cleanup */
	JOBSTATE_ACTIVE = 62,  /* pending, running */
	JOBSTATE_RUN = 16,
	JOBSTATE_INACTIVE = 64,
	JOBSTATE_ALL = 126,
};

/* The mask of a state (depend priority sched run cleanup inactive) or of a
 * set of them (pending running active), in any case; -1 if there is none. */
int jobstate_parse(const char *name);
/* The bit of a result (completed failed canceled timeout); -1 if none. */
int jobresult_parse(const char *name);
/* "pending,run" to a mask > 0; -1 with em = the word that is no state. */
int jobstate_parse_list(const char *list, struct errmsg *em);

#endif
