/* SPDX-License-Identifier: MIT */
/*
 * The states of an instance, seen from one broker.
 *
 * Rank 0 goes join → quorum → run when all ranks are online and no service
 * holds it back, runs the initial program, then asks each service to come to
 * rest (cleanup), ends the tree (shutdown) and leaves. The other ranks are in
 * run as soon as their parent welcomed them, and leave when it says so or is
 * lost.
 */
#include <sys/wait.h>

#include <errno.h>
#include <ev.h>
#include <math.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attrs.h"
#include "broker.h"
#include "events-service.h"
#include "fsd.h"
#include "history/history.h"
#include "idset.h"
#include "lifecycle-core.h"
#include "lifecycle-state.h"
#include "log-service.h"
#include "log.h"
#include "overlay/overlay-core.h"
#include "parent-core.h"
#include "rc2.h"
#include "services.h"

/* How long (s) to wait for the subtree, if no attribute says, and for rc2
 * after a hangup. */
#define SHUTDOWN_TIMEOUT 15.0
#define RC2_TIMEOUT      10.0
/* And for the parent to take our job history. */
#define HANDOVER_TIMEOUT 5.0

static const char *const names[] = { "load-builtins", "join", "config-sync",
	"init", "quorum", "run", "cleanup", "shutdown", "finalize", "goodbye",
	"unload-builtins", "exit" };

const char *
lifecycle_state_name(enum life_state state)
{
	return names[state];
}

const char *
lifecycle_state(const struct broker *b)
{
	return names[b->life->state];
}

int
lifecycle_is_online(const struct broker *b)
{
	return b->life->state >= LIFE_INIT;
}

int
lifecycle_exit_code(const struct broker *b)
{
	return b->life->exit_code;
}

static void
enter(struct lifecycle *life, enum life_state state)
{
	double now = ev_now(life->b->loop);

	log_debug(life->b->log, "%s->%s %.6fs", names[life->state],
	    names[state], now - life->t_state);
	life->state = state;
	life->t_state = now;
	lifecycle_tell_state(life);
}

/* ---- leaving ---- */

static void
finish(struct lifecycle *life)
{
	if (life->state >= LIFE_FINALIZE)
		return;
	ev_timer_stop(life->b->loop, &life->timeout);
	enter(life, LIFE_FINALIZE);
	enter(life, LIFE_GOODBYE);
	overlay_goodbye(life->b->overlay);
	/* let the last words get out of the sockets */
	enter(life, LIFE_EXIT);
	ev_break(life->b->loop, EVBREAK_ALL);
}

static void
start_timeout(struct lifecycle *life, double seconds)
{
	ev_timer_stop(life->b->loop, &life->timeout);
	ev_timer_set(&life->timeout, seconds, 0.);
	ev_timer_start(life->b->loop, &life->timeout);
}

/* An attribute that is a duration; `otherwise` if it is unset or "none". */
static double
duration(const struct lifecycle *life, const char *name, double otherwise)
{
	const char *s = attrs_get(life->b->attrs, name);
	double seconds;

	return s && fsd_parse(s, &seconds) == 0 && isfinite(seconds)
		   ? seconds
		   : otherwise;
}

static void
shutdown_tree(struct lifecycle *life)
{
	enter(life, LIFE_SHUTDOWN);
	overlay_shutdown(life->b->overlay);
	if (overlay_children_up(life->b->overlay) == 0)
		finish(life);
	else
		start_timeout(life, duration(life, "broker.shutdown-timeout",
					SHUTDOWN_TIMEOUT));
}

static void
timeout_cb(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct lifecycle *life = w->data;

	(void)loop;
	(void)revents;
	if (life->state == LIFE_SHUTDOWN) {
		log_warn(life->b->log, "not all ranks have shut down in time");
		finish(life);
	} else if (life->state == LIFE_CLEANUP) {
		log_warn(life->b->log, "not all jobs have ended in time");
		shutdown_tree(life);
	} else if (life->rc2) {
		rc2_signal(life->rc2, SIGKILL);
	}
}

void
lifecycle_cut_short(struct lifecycle *life)
{
	if (life->state == LIFE_CLEANUP)
		shutdown_tree(life);
	else if (life->state == LIFE_SHUTDOWN)
		finish(life);
}

void
lifecycle_children_gone(struct broker *b)
{
	if (b->life->state == LIFE_SHUTDOWN)
		finish(b->life);
}

static void
handed_over(struct broker *b)
{
	if (b->life->state == LIFE_CLEANUP)
		shutdown_tree(b->life);
}

void
lifecycle_quiet(struct broker *b)
{
	struct lifecycle *life = b->life;

	if (life->unquiet > 0 && --life->unquiet == 0 &&
	    life->state == LIFE_CLEANUP) {
		ev_timer_stop(b->loop, &life->timeout);
		if (!history_hand_over(b, handed_over, HANDOVER_TIMEOUT))
			shutdown_tree(life);
	}
}

static void
cleanup(struct lifecycle *life)
{
	struct broker *b = life->b;
	double timeout = duration(life, "broker.cleanup-timeout", 0);

	enter(life, LIFE_CLEANUP);
	if (timeout > 0)
		start_timeout(life, timeout);
	/* one for ourselves, so that none can finish the loop early */
	life->unquiet = 1;
	for (const struct service_entry *s = services; s->name; s++) {
		if (!s->quiesce || (s->rank0_only && b->rank != 0))
			continue;
		life->unquiet++;
		s->quiesce(b);
	}
	lifecycle_quiet(b);
}

static void
leave(struct lifecycle *life)
{
	if (life->state >= LIFE_CLEANUP)
		return;
	if (life->b->rank == 0 && life->state == LIFE_RUN)
		cleanup(life);
	else
		shutdown_tree(life);
}

/* ---- rc2 ---- */

static int
exit_code(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status)
				   : WEXITSTATUS(status);
}

static void
rc2_done(void *arg, int status)
{
	struct lifecycle *life = arg;

	ev_timer_stop(life->b->loop, &life->timeout);
	life->exit_code = exit_code(status);
	rc2_destroy(life->rc2);
	life->rc2 = NULL;
	leave(life);
}

static void
run(struct lifecycle *life)
{
	struct broker *b = life->b;

	enter(life, LIFE_RUN);
	waitlist_respond_all(&life->run_waiters, NULL);
	events_start_heartbeat(b);
	parent_announce(b);
	if (attrs_get(b->attrs, "broker.rc2_none"))
		return;
	life->rc2 = rc2_start(b, life->argv, rc2_done, life);
	if (!life->rc2)
		lifecycle_shutdown(b, 1);
}

static size_t
quorum(const struct broker *b)
{
	const char *s = attrs_get(b->attrs, "broker.quorum");

	/* bootstrap has checked it */
	return s ? strtoul(s, NULL, 10) : b->size;
}

static void
check_run(struct lifecycle *life)
{
	struct broker *b = life->b;

	if (b->rank == 0 && life->state == LIFE_QUORUM && life->holds == 0 &&
	    idset_count(overlay_online(b->overlay)) >= quorum(b))
		run(life);
}

static void
online_cb(void *arg, const struct idset *ranks, bool is_up)
{
	struct lifecycle *life = arg;

	(void)ranks;
	(void)is_up;
	check_run(life);
}

void
lifecycle_hold(struct broker *b)
{
	b->life->holds++;
}

void
lifecycle_release(struct broker *b)
{
	if (b->life->holds > 0)
		b->life->holds--;
	check_run(b->life);
}

void
lifecycle_welcomed(struct broker *b)
{
	if (b->life->state < LIFE_RUN) {
		enter(b->life, LIFE_RUN);
		waitlist_respond_all(&b->life->run_waiters, NULL);
	}
}

void
lifecycle_leave(struct broker *b)
{
	b->life->exit_code = 1;
	finish(b->life);
}

void
lifecycle_parent_lost(struct broker *b)
{
	if (b->life->state >= LIFE_SHUTDOWN)
		return;
	b->life->exit_code = 1;
	leave(b->life);
}

void
lifecycle_parent_shutdown(struct broker *b)
{
	leave(b->life);
}

void
lifecycle_shutdown(struct broker *b, int code)
{
	struct lifecycle *life = b->life;

	if (life->state >= LIFE_CLEANUP)
		return;
	if (life->rc2) {
		rc2_signal(life->rc2, SIGHUP);
		start_timeout(life, RC2_TIMEOUT);
		return;
	}
	life->exit_code = code;
	leave(life);
}

/* The jobs of the instance get these. */
static void
signal_jobs(struct broker *b, int signum)
{
	broker_rpc_new(b, 0, "job-manager.killall", 0,
	    json_pack("{s:b s:I s:i}", "dry_run", 0, "userid",
		(json_int_t)USERID_UNKNOWN, "signum", signum),
	    NULL, NULL);
}

/*
 * A signal to the broker. On rank 0 the first one asks the initial program to
 * end, the next kills it; later ones cut short what we are waiting for. The
 * other ranks wait for their parent, for it got the same signal; if it does
 * not act they leave.
 */
void
lifecycle_signal(struct broker *b, int signum)
{
	struct lifecycle *life = b->life;

	if (signum == SIGUSR1 || signum == SIGUSR2) {
		if (b->rank == 0)
			signal_jobs(b, signum);
	} else if (b->rank > 0) {
		if (signum == SIGTERM && !ev_is_active(&life->alone))
			ev_timer_start(b->loop, &life->alone);
	} else if (life->state >= LIFE_CLEANUP) {
		lifecycle_cut_short(life);
	} else {
		if (life->rc2 && life->signalled)
			rc2_signal(life->rc2, SIGKILL);
		life->signalled = true;
		lifecycle_shutdown(b, 128 + signum);
	}
}

static void
alone_cb(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct lifecycle *life = w->data;

	(void)loop;
	(void)revents;
	life->exit_code = 128 + SIGTERM;
	leave(life);
}

/* ---- life ---- */

static void
begin_cb(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct lifecycle *life = w->data;

	(void)loop;
	(void)revents;
	enter(life, LIFE_JOIN);
	overlay_start(life->b->overlay);
	if (life->b->rank == 0) {
		enter(life, LIFE_INIT);
		enter(life, LIFE_QUORUM);
		lifecycle_watch_quorum(life);
		check_run(life);
	}
}

void
lifecycle_start(struct broker *b, char **argv)
{
	struct lifecycle *life = b->life;

	life->argv = argv;
	overlay_on_change(b->overlay, online_cb, life);
	/* from inside the loop, as this may also end it */
	ev_timer_start(b->loop, &life->begin);
}

struct lifecycle *
lifecycle_create(struct broker *b)
{
	struct lifecycle *life = calloc(1, sizeof(*life));

	if (!life)
		return NULL;
	life->b = b;
	life->t_start = life->t_state = ev_now(b->loop);
	ev_timer_init(&life->timeout, timeout_cb, 0., 0.);
	ev_timer_init(&life->alone, alone_cb, SHUTDOWN_TIMEOUT, 0.);
	ev_timer_init(&life->begin, begin_cb, 0., 0.);
	lifecycle_hurry_init(life);
	life->timeout.data = life->alone.data = life->begin.data = life;
	return life;
}

void
lifecycle_destroy(struct lifecycle *life)
{
	if (!life)
		return;
	ev_timer_stop(life->b->loop, &life->timeout);
	ev_timer_stop(life->b->loop, &life->alone);
	ev_timer_stop(life->b->loop, &life->begin);
	ev_timer_stop(life->b->loop, &life->hurry);
	ev_timer_stop(life->b->loop, &life->quorum);
	rc2_destroy(life->rc2);
	lifecycle_free_waiters(life);
	free(life);
}
