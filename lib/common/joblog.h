/* SPDX-License-Identifier: MIT */
#ifndef JOBLOG_H
#define JOBLOG_H

#include <stdint.h>

#include "eventlog.h"
#include "handle.h"

/*
 * Follow the logs of a job (job-info.eventlog-watch). Logs are named by their
 * key under the job: "eventlog", "guest.exec.eventlog", "guest.output",
 * "guest.input". A guest log of a job that has not started is silent until it
 * starts; every log ends with ENODATA.
 */
enum joblog_flag {
	JOBLOG_WAITCREATE = 1, /* wait for the log to exist; else ENOENT */
	JOBLOG_SENTINEL = 2,   /* one answer without an event after the entries
				  that were there at the start */
};

/* cb gets one answer per entry: see joblog_event. Returns the matchtag, or -1
 * with errno. */
int64_t joblog_watch(struct handle *h, uint64_t id, const char *path, int flags,
    rpc_f cb, void *arg);

/* The entry of an answer with errnum 0. e must be given to event_fini.
 * 0, or -1: ENODATA = the sentinel, EPROTO = not an event. */
int joblog_event(struct event *e, const struct reply *r);

/* Stop a watch early; its callback gets a last ENODATA. */
void joblog_cancel(struct handle *h, uint32_t matchtag);

#endif
