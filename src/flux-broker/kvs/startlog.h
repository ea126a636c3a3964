/* SPDX-License-Identifier: MIT */
#ifndef STARTLOG_H
#define STARTLOG_H

#include <jansson.h>

struct broker;

/*
 * The key admin.eventlog (flux startlog): an event for each start of the
 * instance and for each end that was no crash. With a statedir it is kept in
 * a file there, else it knows this start only. A file that cannot be read or
 * written is logged, and no reason not to start.
 */
void startlog_start(struct broker *b, json_t *root);
void startlog_finish(struct broker *b);

#endif
