/* SPDX-License-Identifier: MIT */
/*
 * An instance that is a Slurm job ends when that job does: what squeue calls
 * the time left becomes the expiration of the instance. It is asked at the
 * start, before the initial program runs, and now and then later, since the
 * limit of a Slurm job may be changed while it runs.
 */
#include <errno.h>
#include <ev.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../broker.h"
#include "../log.h"
#include "helper.h"
#include "rset.h"
#include "slurm.h"
#include "state.h"
#include "timeleft.h"

/* Seconds between two questions: half of the time left, within these. */
#define ASK_MIN 30.
#define ASK_MAX 300.
/* squeue tells whole seconds: less than this is no change of the limit. */
#define SAME 2.
/* A scheduler that does not answer does not keep us from starting. */
#define FIRST_ANSWER 5.

struct slurm {
	struct resource *r;
	const char *jobid; /* of the environment */
	struct helper *helper;
	ev_timer timer; /* the next question, or the end of our patience */
	bool has_answer;
	double expiration; /* 0 = none */
};

static void
answered(struct slurm *s)
{
	struct resource *r = s->r;

	s->has_answer = true;
	if (r->all)
		resource_expires(r, s->expiration);
	else
		discover_expiration(r, s->expiration);
}

static void
next_question(struct slurm *s, double delay)
{
	ev_timer_stop(s->r->b->loop, &s->timer);
	ev_timer_set(&s->timer, delay, 0.);
	ev_timer_start(s->r->b->loop, &s->timer);
}

static void
squeue_cb(void *arg, const char *text, const char *why)
{
	struct slurm *s = arg;
	double now = ev_now(s->r->b->loop), left;

	s->helper = NULL;
	next_question(s, ASK_MAX);
	if (!text || timeleft_parse(text, &left) < 0) {
		log_error(s->r->b->log, "time limit of Slurm job %s: %s",
		    s->jobid, text ? "squeue: no usable answer" : why);
		if (!s->has_answer)
			answered(s);
		return;
	}
	if (isinf(left)) {
		s->expiration = 0;
	} else {
		next_question(s, fmin(ASK_MAX, fmax(ASK_MIN, left / 2)));
		if (fabs(now + left - s->expiration) <= SAME)
			return;
		s->expiration = now + left;
	}
	answered(s);
}

static void
ask(struct slurm *s)
{
	const char *const argv[] = { "squeue", "-h", "-j", s->jobid, "-o", "%L",
		NULL };

	s->helper = helper_run(s->r->b, argv, squeue_cb, s);
	if (s->helper)
		return;
	log_error(s->r->b->log, "time limit of Slurm job %s: squeue: %s",
	    s->jobid, strerror(errno));
	s->has_answer = true;
}

static void
timer_cb(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct slurm *s = w->data;

	(void)loop;
	(void)revents;
	if (s->helper) { /* it hangs */
		helper_destroy(s->helper);
		squeue_cb(s, NULL, "squeue does not answer");
	} else {
		ask(s);
		next_question(s, s->helper ? ASK_MIN : ASK_MAX);
	}
}

int
slurm_start(struct resource *r)
{
	const char *jobid = getenv("SLURM_JOB_ID");
	struct slurm *s;

	if (!jobid || !*jobid || jobid[strspn(jobid, "0123456789")])
		return 0;
	if (!(s = calloc(1, sizeof(*s))))
		return -1;
	s->r = r;
	s->jobid = jobid;
	ev_timer_init(&s->timer, timer_cb, 0., 0.);
	s->timer.data = s;
	r->slurm = s;
	ask(s);
	next_question(s, s->helper ? FIRST_ANSWER : ASK_MAX);
	return 0;
}

bool
slurm_is_asking(const struct resource *r)
{
	return r->slurm && !r->slurm->has_answer;
}

void
slurm_stop(struct resource *r)
{
	struct slurm *s = r->slurm;

	if (!s)
		return;
	r->slurm = NULL;
	ev_timer_stop(r->b->loop, &s->timer);
	helper_destroy(s->helper);
	free(s);
}
