/* SPDX-License-Identifier: MIT */
#ifndef RECORD_H
#define RECORD_H

/*
 * One record of the broker's log, close to RFC 5424:
 *     <48>1 2026-11-23T08:22:53.032381Z 0 logger 18505 - - hello there
 * but the number in front is severity * 8.
 */
struct record {
	int severity; /* 0..7 */
	double time;  /* seconds since the epoch */
	int rank;
	char name[64];
	const char *text; /* borrowed from the line */
};

/* 0, or -1 with EINVAL. */
int record_decode(struct record *r, const char *line);
/* emerg .. debug */
const char *record_severity(const struct record *r);

#endif
