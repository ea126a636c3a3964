/* SPDX-License-Identifier: MIT */
#ifndef EVENTLOG_H
#define EVENTLOG_H

#include <jansson.h>

/*
 * RFC 18 eventlogs: lines of
 *     {"timestamp":1795422161.2436869,"name":"submit","context":{...}}\n
 * context is left out when empty.
 */
struct event {
	double timestamp;
	const char *name; /* borrowed from json */
	json_t *context;  /* borrowed from json; NULL if none */
	json_t *json;     /* the whole entry, owned */
};

/* Seconds since the epoch, in whole microseconds, which an entry shows. */
double event_now(void);
/* One line, newline included (malloc'd). timestamp 0 = now. context may be
 * NULL and is borrowed. NULL with ENOMEM. */
char *event_encode(double timestamp, const char *name, const json_t *context);
/* One line, with or without newline. 0, or -1 with EINVAL: not an event. */
int event_decode(struct event *e, const char *line);
int event_decode_json(struct event *e, json_t *entry); /* takes a new ref */
void event_fini(struct event *e);

#endif
