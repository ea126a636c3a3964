/* SPDX-License-Identifier: MIT */
#ifndef LIFECYCLE_STATE_H
#define LIFECYCLE_STATE_H

#include <ev.h>
#include <stdbool.h>

#include "service.h"

/* The state behind lifecycle.h, shared by lifecycle.c and its topics. */

/* The numbers are those of state-machine.monitor. */
enum life_state {
	LIFE_LOAD,
	LIFE_JOIN,
	LIFE_CONFIG_SYNC,
	LIFE_INIT,
	LIFE_QUORUM,
	LIFE_RUN,
	LIFE_CLEANUP,
	LIFE_SHUTDOWN,
	LIFE_FINALIZE,
	LIFE_GOODBYE,
	LIFE_UNLOAD,
	LIFE_EXIT,
};

struct rc2;

struct lifecycle {
	struct broker *b;
	enum life_state state;
	double t_start, t_state; /* loop time */
	int holds;               /* services that hold back run */
	int unquiet;             /* services that are still coming to rest */
	char **argv;             /* of the initial program */
	struct rc2 *rc2;
	int exit_code;
	bool signalled;
	ev_timer timeout, alone, begin;
	ev_timer hurry;  /* lifecycle-hurry.c's own */
	ev_timer quorum; /* lifecycle-quorum.c's own */
	struct waitlist run_waiters, monitors, shutdowns;
	int shutdown_level; /* severity that shutdown.start wants to see */
};

const char *lifecycle_state_name(enum life_state state);
/* lifecycle-topics.c: tell those who wait. */
void lifecycle_tell_state(struct lifecycle *life);
void lifecycle_free_waiters(struct lifecycle *life);
/* lifecycle-hurry.c: kill what we wait for in so many seconds. */
void lifecycle_hurry_init(struct lifecycle *life);
void lifecycle_hurry(struct lifecycle *life, double seconds);
/* lifecycle-quorum.c: say who is missing, while we wait for the quorum. */
void lifecycle_watch_quorum(struct lifecycle *life);
/* Do not wait for the jobs (cleanup), or the other ranks (shutdown). */
void lifecycle_cut_short(struct lifecycle *life);

#endif
