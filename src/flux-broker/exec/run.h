/* SPDX-License-Identifier: MIT */
#ifndef RUN_H
#define RUN_H

#include "state.h"

struct job;

/* A job that runs, on rank 0: run.c says what happens to it, ladder.c what
 * time does to it. It is job->exec, and exists from exec_start until the job
 * has finished. */
struct run {
	struct exec *x;
	struct job *job;
	uint64_t id;
	TAILQ_ENTRY(run) next;
	struct idset *ranks;    /* that shells were asked for on */
	struct idset *active;   /* that have, or will have, a shell */
	struct idset *barrier;  /* that wait in it */
	struct idset *critical; /* shell ranks; NULL = all */
	size_t nstarted, nshells;
	unsigned leader;   /* rank of shell 0 */
	int status;        /* the largest so far */
	int64_t maxrss;    /* KB; -1 = not told */
	double cputime;    /* s */
	int nbarriers;     /* that were passed */
	bool is_started;   /* all shells are */
	bool is_ending;    /* the ladder goes */
	bool is_mock;      /* no shells: attributes.system.exec.test */
	double duration;   /* of a mock job, seconds */
	int nkills;        /* steps of the ladder that were taken */
	double pause;      /* before its next step, seconds */
	double limit_time; /* when limit is due, since the epoch; 0 = never */
	ev_timer ladder, mock;
	ev_timer wait;     /* barrier-timeout, later shell-exit-timeout */
	ev_periodic limit; /* the end of its time */
};

/* job->exec. NULL with ENOMEM. */
struct run *run_create(struct exec *x, struct job *job);
void run_destroy(struct run *run);
/* Launch the shells. -1 with ENOMEM. */
int run_launch(struct run *run);
/* All shells are gone, or count as gone: the job has finished. */
void run_finish(struct run *run);

/* Something happened to shells. */
void run_report(struct exec *x, const struct report *r);
/* overlay_on_change */
void run_overlay_cb(void *arg, const struct idset *ranks, bool is_up);
/* The time that run->wait gave is over. */
void run_wait_timeout(struct run *run);

/* Append to guest.exec.eventlog. */
void run_log(struct run *run, const char *name, json_t *context_new);
const char *run_host(const struct run *run, unsigned rank);
/* Drain ranks, "job ƒID REASON". */
void run_drain(struct run *run, const struct idset *ranks, const char *reason);

/* ---- ladder.c ---- */

/* End the job: signum to its tasks, then harder means. */
void ladder_start(struct run *run, int signum);
/* A signal to the tasks, or to the shells. */
void run_kill(struct run *run, int signum, bool is_shell);
/* The job's time ends then (since the epoch; 0 = never). */
void limit_set(struct run *run, double expiration);
/* A launch that took long does not go at the job's expense. */
void limit_extend(struct run *run);
void timers_init(struct run *run);
void timers_stop(struct run *run);

#endif
