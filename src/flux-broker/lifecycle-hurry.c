/* SPDX-License-Identifier: MIT */
/*
 * An end that does not take longer than asked for: when the time is over, what
 * the instance waits for is killed, one step after the other. Each warning says
 * what that was.
 */
#include <signal.h>

#include "broker.h"
#include "fluid.h"
#include "job-manager/job-manager.h"
#include "job-manager/job.h"
#include "lifecycle-state.h"
#include "log.h"
#include "rc2.h"

/* How long (s) each further step may take. */
#define HURRY_STEP 5.0

static void
log_jobs(struct broker *b)
{
	char id[FLUID_STRMAX];

	for (struct job *job = job_first(b); job; job = job_next(b, job))
		if (job->state & JOB_RUNNING)
			log_warn(b->log, "killed job %s (%s)",
			    fluid_encode(id, sizeof(id), job->id, FLUID_F58),
			    job->name ? job->name : "");
}

static void
hurry_cb(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct lifecycle *life = w->data;

	(void)loop;
	(void)revents;
	if (life->rc2) {
		log_warn(life->b->log, "killed the initial program");
		rc2_signal(life->rc2, SIGKILL);
	} else if (life->state == LIFE_CLEANUP) {
		log_jobs(life->b);
		lifecycle_cut_short(life);
	} else if (life->state == LIFE_SHUTDOWN) {
		log_warn(life->b->log, "not all ranks have shut down in time");
		lifecycle_cut_short(life);
	}
}

void
lifecycle_hurry_init(struct lifecycle *life)
{
	ev_timer_init(&life->hurry, hurry_cb, 0., 0.);
	life->hurry.data = life;
}

void
lifecycle_hurry(struct lifecycle *life, double seconds)
{
	ev_timer_stop(life->b->loop, &life->hurry);
	ev_timer_set(&life->hurry, seconds, HURRY_STEP);
	ev_timer_start(life->b->loop, &life->hurry);
}
