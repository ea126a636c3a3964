/* SPDX-License-Identifier: MIT */
#ifndef BROKER_H
#define BROKER_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "service.h"

struct ev_loop;

/*
 * One broker of an instance. All state hangs here; each part has a header of
 * its own and is created in the order of services.c. Services that only rank
 * 0 has are NULL elsewhere.
 */
struct broker {
	struct ev_loop *loop;
	uint32_t rank, size;
	uid_t owner;
	const char *rundir; /* owned by attrs */
	bool made_rundir;
	pid_t starter;  /* flux start, which made rundir; 0 = none */
	double t_start; /* seconds since the epoch */
	struct log *log;
	struct attrs *attrs;
	json_t *config; /* the whole configuration, an object */
	json_t *conf;   /* values of --conf, an array: a reload heeds them */
	struct waitlist config_watchers;
	struct router *router;   /* router.h: requests, responses */
	struct local *local;     /* local.h: client sockets */
	struct overlay *overlay; /* overlay.h: tree of brokers */
	struct health *health;   /* health.h */
	struct events *events;   /* events.h */
	struct groups *groups;   /* groups.h */
	struct parent *parent;   /* parent.h: the enclosing instance; NULL */
	struct lifecycle *life;  /* lifecycle.h: states, rc2, shutdown */
	/* services */
	struct resource *resource;
	struct sched *sched;
	struct store *store;
	struct environments *environments;
	struct last_submission *last_submission; /* job-ingest/last.h */
	struct job_manager *jm;
	struct job_list *job_list;
	struct job_info *job_info;
	struct exec *exec;
	struct rexec *rexec;
	struct kvs *kvs;
	struct history *history; /* history/: of jobs that were instances */
};

#endif
