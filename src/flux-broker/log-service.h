/* SPDX-License-Identifier: MIT */
#ifndef LOG_SERVICE_H
#define LOG_SERVICE_H

#include "errmsg.h"

struct broker;
struct log;

/* Life cycle of log.h. The log works before the broker knows its rank. */
struct log *log_create(struct broker *b);
void log_destroy(struct log *l);
/* The attributes log-* are set: use them. -1 with em. */
int log_configure(struct log *l, struct errmsg *em);
/* Topics log.*. */
int log_register(struct broker *b);
/* Follow the log from inside (shutdown.start): text is "broker.info[0]: ..." */
typedef void (*log_f)(void *arg, int severity, const char *text);
void log_set_follower(struct log *l, log_f cb, void *arg);

enum {
	LOG_SEV_CRIT = 2,
	LOG_SEV_ERR,
	LOG_SEV_WARNING,
	LOG_SEV_NOTICE,
	LOG_SEV_INFO,
	LOG_SEV_DEBUG,
};
/* A record of any severity, as said by somebody (appname). */
void log_write(
    struct log *l, int severity, const char *appname, const char *text);

#endif
