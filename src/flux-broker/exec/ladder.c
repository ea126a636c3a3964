/* SPDX-License-Identifier: MIT */
/*
 * What time does to a job: its limit, and the ladder by which it is ended.
 *
 *     at once            SIGTERM (SIGALRM at the time limit) to the tasks
 *     each kill-timeout  SIGKILL to the tasks
 *     from the 5th on    SIGKILL to the shells, pauses doubling up to 300 s
 *     after max-kill-count of these the nodes are drained and the job ends
 */
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "../job-manager/job-manager.h"
#include "../job-manager/job.h"
#include "../log.h"
#include "idset.h"
#include "jobspec.h"
#include "rset.h"
#include "run.h"

enum { TASK_KILLS = 4 }; /* before shells are killed */
#define PAUSE_MAX 300.

/* A launch may take this part of the job's time. */
#define LAUNCH_SHARE 0.25

static double
wall_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* ---- the ladder ---- */

void
run_kill(struct run *run, int signum, bool is_shell)
{
	if (run->is_mock)
		return;
	tree_command_job(run->x, "kill", run->id, run->active,
	    json_pack("{s:i s:b}", "signum", signum, "shell", is_shell));
}

static void
next_step(struct run *run)
{
	ev_timer_stop(run->x->b->loop, &run->ladder);
	ev_timer_set(&run->ladder, run->pause, 0.);
	ev_timer_start(run->x->b->loop, &run->ladder);
}

void
ladder_start(struct run *run, int signum)
{
	struct ev_loop *loop = run->x->b->loop;

	if (run->is_ending)
		return;
	run->is_ending = true;
	ev_periodic_stop(loop, &run->limit);
	ev_timer_stop(loop, &run->wait);
	if (run->is_mock) {
		/* not from inside the action that asked for the end */
		run->status = signum;
		ev_timer_stop(loop, &run->mock);
		ev_timer_set(&run->mock, 0., 0.);
		ev_timer_start(loop, &run->mock);
		return;
	}
	run_kill(run, signum, false);
	run->pause = run->x->kill_timeout;
	next_step(run);
}

static void
give_up(struct run *run)
{
	log_error(run->x->b->log, "job %ju: unkillable processes",
	    (uintmax_t)run->id);
	run_drain(run, run->active, "unkillable user processes");
	if (run->status == 0)
		run->status = SIGKILL;
	run_finish(run);
}

static void
ladder_cb(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct run *run = w->data;
	int nshellkills = run->nkills++ - TASK_KILLS;

	(void)loop;
	(void)revents;
	if (nshellkills >= run->x->max_kill_count) {
		give_up(run);
		return;
	}
	log_debug(run->x->b->log, "job %ju: SIGKILL to %s", (uintmax_t)run->id,
	    nshellkills < 0 ? "tasks" : "shells");
	run_kill(run, SIGKILL, nshellkills >= 0);
	if (nshellkills >= 0)
		run->pause =
		    2 * run->pause < PAUSE_MAX ? 2 * run->pause : PAUSE_MAX;
	next_step(run);
}

/* ---- the limit ---- */

static void
limit_cb(struct ev_loop *loop, ev_periodic *w, int revents)
{
	struct run *run = w->data;

	(void)loop;
	(void)revents;
	job_raise(run->x->b, run->job, "timeout", 0,
	    "resource allocation expired", -1);
}

void
limit_set(struct run *run, double expiration)
{
	struct ev_loop *loop = run->x->b->loop;

	ev_periodic_stop(loop, &run->limit);
	run->limit_time = expiration;
	if (expiration <= 0 || run->is_ending)
		return;
	/* by the clock on the wall, also if that is set */
	ev_periodic_set(&run->limit, expiration, 0., NULL);
	ev_periodic_start(loop, &run->limit);
}

void
limit_extend(struct run *run)
{
	double duration = run->job->duration;
	double delay = wall_now() - run->job->R->starttime;

	if (run->limit_time > 0 && duration > 0 &&
	    delay > LAUNCH_SHARE * duration)
		limit_set(run, run->limit_time + delay);
}

/* ---- */

static void
wait_cb(struct ev_loop *loop, ev_timer *w, int revents)
{
	(void)loop;
	(void)revents;
	run_wait_timeout(w->data);
}

static void
mock_cb(struct ev_loop *loop, ev_timer *w, int revents)
{
	(void)loop;
	(void)revents;
	run_finish(w->data);
}

void
timers_init(struct run *run)
{
	ev_timer_init(&run->ladder, ladder_cb, 0., 0.);
	ev_timer_init(&run->wait, wait_cb, 0., 0.);
	ev_timer_init(&run->mock, mock_cb, 0., 0.);
	ev_periodic_init(&run->limit, limit_cb, 0., 0., NULL);
	run->ladder.data = run->wait.data = run->mock.data = run;
	run->limit.data = run;
}

void
timers_stop(struct run *run)
{
	struct ev_loop *loop = run->x->b->loop;

	ev_timer_stop(loop, &run->ladder);
	ev_timer_stop(loop, &run->wait);
	ev_timer_stop(loop, &run->mock);
	ev_periodic_stop(loop, &run->limit);
}
