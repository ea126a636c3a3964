/* SPDX-License-Identifier: MIT */
#ifndef EVENTFMT_H
#define EVENTFMT_H

#include <stdbool.h>

#include "eventlog.h"

/*
 * Eventlog entries as people read them:
 *     1795422163.545811 exception type="timeout" severity=0
 *     2026-11-23T08:23:29.246200Z submit userid=0        (local time zone)
 *     0.012239 validate                            (since the first entry)
 *     [Nov23 08:23] submit userid=0    (human: the first one of a minute,
 *     [  +0.012239] validate            then seconds since that one)
 * or as RFC 18 lines ("json").
 */
enum eventfmt_time {
	EVENTFMT_RAW,
	EVENTFMT_ISO,
	EVENTFMT_OFFSET,
	EVENTFMT_HUMAN,
};

/* All zero is a good start: text, raw time, no colour. */
struct eventfmt {
	bool json, color;
	enum eventfmt_time time;
	int offset_width; /* of the offset form, 0 = as it comes */
	/* state */
	double first;  /* time of the first entry; 0 = none yet */
	double minute; /* of the last line with a date; 0 = none yet */
};

/* "text", "json"; "raw", "iso", "offset", "human" (or "reltime").
 * -1 with EINVAL. */
int eventfmt_set_format(struct eventfmt *f, const char *name);
int eventfmt_set_time(struct eventfmt *f, const char *name);
/* malloc'd line without newline; NULL with ENOMEM. */
char *eventfmt_line(struct eventfmt *f, const struct event *e);
/* An entry that is not to be shown counts as the first one, too. */
void eventfmt_skip(struct eventfmt *f, const struct event *e);

#endif
