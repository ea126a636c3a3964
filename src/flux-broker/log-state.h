/* SPDX-License-Identifier: MIT */
#ifndef LOG_STATE_H
#define LOG_STATE_H

#include <stdio.h>

#include "log-service.h"
#include "service.h"

/* The state behind log.h, shared by log.c and log-topics.c. */

enum { LOG_LINE_MAX = 2048 };

/* One line of the log and what is in it. */
struct record {
	char line[LOG_LINE_MAX]; /* <PRI>1 WHEN RANK APP PID - - TEXT */
	int severity;
	unsigned rank;
	char when[40], app[64];
	const char *text; /* into line */
};

struct log {
	struct broker *b;
	char **ring;
	unsigned size;  /* of the ring */
	unsigned count; /* records ever kept; the next is at count % size */
	unsigned first; /* oldest one kept */
	unsigned remote;
	int level, forward_level, critical_level, syslog_level;
	FILE *file; /* log-filename, or NULL */
	struct waitlist followers;
	log_f follower;
	void *follower_arg;
};

/* Take a line apart. -1 if it is none. */
int record_parse(struct record *r, const char *data, size_t len);
/* Keep it, and tell all who want to know. */
void log_record(struct log *l, const struct record *r);

#endif
