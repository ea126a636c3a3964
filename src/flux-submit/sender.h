/* SPDX-License-Identifier: MIT */
#ifndef SENDER_H
#define SENDER_H

#include "args.h"

/*
 * Sends jobspecs to job-ingest, many at a time, prints the ids in the order of
 * submission, and waits for the jobs if asked to (--wait, --watch, --progress).
 */
struct sender;

/* Connects; exits if it cannot. a is borrowed for the options that say what to
 * print and to wait for. */
struct sender *sender_create(const struct args *a);
/* Submit jobspec (text, borrowed) with urgency and flags of a job's own
 * options. cc: NULL, or the id to name in an error; log, log_stderr: files,
 * NULL = none. */
struct submission {
	const char *jobspec;
	const char *cc;
	const char *log, *log_stderr;
	int urgency, flags;
};
void sender_submit(struct sender *s, const struct submission *sub);
/* How many will come (for the bar). */
void sender_expect(struct sender *s, int total);
/* Wait for answers, and for jobs; frees. The exit status. */
int sender_finish(struct sender *s);

#endif
