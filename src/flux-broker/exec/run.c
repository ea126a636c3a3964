/* SPDX-License-Identifier: MIT */
/*
 * Jobs that run, on rank 0: their shells are launched along the tree, and what
 * happens to these is reported back. A job has ended when no shell is active
 * any more. Its log of execution says
 *     init starting (shell.init shell.start shell.task-exit: by the shells)
 *     shell-exit complete done
 */
#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../job-manager/environments.h"
#include "../job-manager/job-manager.h"
#include "../job-manager/job.h"
#include "../log.h"
#include "../overlay/overlay.h"
#include "../resource/resource.h"
#include "../store/store.h"
#include "eventlog.h"
#include "fluid.h"
#include "idset.h"
#include "jobspec.h"
#include "rset.h"
#include "run.h"

/* How long shells may live on when the first has ended, seconds. */
#define SHELL_EXIT_TIMEOUT 30.

/* A shell that cannot be launched is like a command that cannot be found. */
#define LAUNCH_STATUS (127 << 8)

/* ---- words ---- */

static void
append(struct run *run, const char *key, const char *name, json_t *context_new)
{
	char *line = event_encode(0, name, context_new);

	if (!line || store_append(run->x->b, run->id, key, line) < 0)
		log_err(run->x->b->log, "job %ju: event %s", (uintmax_t)run->id,
		    name);
	free(line);
	json_decref(context_new);
}

void
run_log(struct run *run, const char *name, json_t *context_new)
{
	append(run, "guest.exec.eventlog", name, context_new);
}

/* A warning among the job's output. */
static void
warn_user(struct run *run, const char *text)
{
	append(run, "guest.output", "log",
	    json_pack("{s:i s:i s:s s:s}", "rank", 0, "level", 4, "message",
		text, "component", "exception"));
}

const char *
run_host(const struct run *run, unsigned rank)
{
	const struct rset_node *n = rset_find(run->job->R, rank);

	return n ? n->host : "unknown";
}

static void
raise_exec(struct run *run, int severity, const char *note)
{
	job_raise(run->x->b, run->job, "exec", severity, note, -1);
}

/* ---- the end ---- */

void
run_destroy(struct run *run)
{
	if (!run)
		return;
	timers_stop(run);
	TAILQ_REMOVE(&run->x->runs, run, next);
	run->job->exec = NULL;
	idset_destroy(run->ranks);
	idset_destroy(run->active);
	idset_destroy(run->barrier);
	idset_destroy(run->critical);
	free(run);
}

void
run_drain(struct run *run, const struct idset *ranks, const char *reason)
{
	char id[FLUID_STRMAX], text[200];

	snprintf(text, sizeof(text), "job %s %s",
	    fluid_encode(id, sizeof(id), run->id, FLUID_F58), reason);
	resource_drain(run->x->b, ranks, text);
}

void
run_finish(struct run *run)
{
	struct broker *b = run->x->b;
	struct job *job = run->job;
	int status = run->status;
	json_t *usage = NULL;

	timers_stop(run);
	if (run->maxrss >= 0)
		usage = json_pack("{s:I s:f}", "maxrss",
		    (json_int_t)run->maxrss, "cputime", run->cputime);
	run_log(run, "complete",
	    json_pack("{s:i}", "status", job_final_status(job, status)));
	run_log(run, "done", NULL);
	run_destroy(run);
	job_finished(b, job, status, usage);
	job_released(b, job);
}

static void
log_exit(struct run *run, unsigned rank, int status)
{
	json_t *o = json_pack(
	    "{s:I s:i}", "rank", (json_int_t)rank, "wait_status", status);
	char *text;

	if (idset_count(run->active) > 0 &&
	    (text = idset_encode(run->active, 0))) {
		json_object_set_new(o, "active_ranks", json_string(text));
		free(text);
	}
	run_log(run, "shell-exit", o);
}

/* ---- barrier ---- */

static void
release(struct run *run)
{
	ev_timer_stop(run->x->b->loop, &run->wait);
	tree_command_job(
	    run->x, "release", run->id, run->barrier, json_object());
	idset_subtract(run->barrier, run->ranks);
	run->nbarriers++;
}

static void
check_barrier(struct run *run)
{
	size_t n = idset_count(run->barrier);

	if (n > 0 && n == idset_count(run->active))
		release(run);
}

static void
on_barrier(struct run *run, const struct idset *ranks, int status)
{
	(void)status;
	if (run->nbarriers == 0 && idset_count(run->barrier) == 0 &&
	    !run->is_ending && run->x->barrier_timeout > 0) {
		ev_timer_set(&run->wait, run->x->barrier_timeout, 0.);
		ev_timer_start(run->x->b->loop, &run->wait);
	}
	idset_add(run->barrier, ranks);
	check_barrier(run);
}

static void
barrier_timeout(struct run *run)
{
	struct idset *missing = idset_dup(run->active);
	char *text = NULL, note[200];

	if (missing) {
		idset_subtract(missing, run->barrier);
		text = idset_encode(missing, 0);
	}
	if (text) {
		snprintf(note, sizeof(note),
		    "start barrier timeout waiting for %zu/%zu nodes (rank%s "
		    "%s)",
		    idset_count(missing), run->nshells,
		    idset_count(missing) > 1 ? "s" : "", text);
		raise_exec(run, 0, note);
		run_drain(run, missing, "start timeout: possible node hang");
	}
	free(text);
	idset_destroy(missing);
}

void
run_wait_timeout(struct run *run)
{
	char note[200];

	if (idset_test(run->active, run->leader)) {
		barrier_timeout(run);
		return;
	}
	snprintf(note, sizeof(note),
	    "shell rank 0 (on %s) exited, %zu shell(s) are left after %.0fs",
	    run_host(run, run->leader), idset_count(run->active),
	    SHELL_EXIT_TIMEOUT);
	raise_exec(run, 0, note);
}

/* ---- reports ---- */

static bool
is_critical(const struct run *run, int shell_rank)
{
	return !run->critical ||
	       idset_test(run->critical, (unsigned)shell_rank);
}

static int
shell_rank_of(const struct run *run, unsigned rank)
{
	const struct rset *R = run->job->R;
	const struct rset_node *n = rset_find(R, rank);

	return n ? (int)(n - R->nodes) : -1;
}

/* The leader collects from all shells: it must not wait for this one. */
static void
tell_leader(struct run *run, int shell_rank)
{
	struct idset *s;

	if (run->nshells == 1 || !idset_test(run->active, run->leader) ||
	    !(s = idset_create()))
		return;
	if (idset_set(s, run->leader) == 0)
		tree_command_job(run->x, "lost", run->id, s,
		    json_pack("{s:i}", "shell_rank", shell_rank));
	idset_destroy(s);
}

/* A shell did not end in order. The job goes on only if it said that it can do
 * without. */
static void
lose(struct run *run, unsigned rank, const char *note, const char *warning)
{
	int shell_rank = shell_rank_of(run, rank);

	tell_leader(run, shell_rank);
	if (run->is_ending)
		return;
	if (run->nshells > 1)
		warn_user(run, warning);
	raise_exec(run, is_critical(run, shell_rank) ? 0 : 1, note);
}

static void
on_started(struct run *run, const struct idset *ranks, int status)
{
	(void)status;
	run->nstarted += idset_count(ranks);
	if (run->is_started || run->nstarted < run->nshells)
		return;
	run->is_started = true;
	limit_extend(run);
	if (run->job->state == JOB_RUN)
		job_started(run->x->b, run->job);
}

static void
exited_by_signal(struct run *run, unsigned rank, int status)
{
	char note[200];

	snprintf(note, sizeof(note), "shell rank %d (on %s): %s",
	    shell_rank_of(run, rank), run_host(run, rank),
	    strsignal(WTERMSIG(status)));
	lose(run, rank, note, note);
}

static void
exited_early(struct run *run, unsigned rank)
{
	char note[200];

	if (run->is_ending)
		return;
	snprintf(note, sizeof(note),
	    "%s (rank %u) terminated before first barrier", run_host(run, rank),
	    rank);
	raise_exec(run, 0, note);
}

static void
on_exited(struct run *run, const struct idset *ranks, int status)
{
	unsigned rank;

	if (status > run->status)
		run->status = status;
	idset_subtract(run->active, ranks);
	if (idset_test(ranks, run->leader)) {
		log_exit(run, run->leader, status);
		ev_timer_stop(run->x->b->loop, &run->wait);
		ev_timer_set(&run->wait, SHELL_EXIT_TIMEOUT, 0.);
		ev_timer_start(run->x->b->loop, &run->wait);
	}
	for (rank = idset_first(ranks); rank != IDSET_INVALID;
	     rank = idset_next(ranks, rank)) {
		if (run->nshells > 1 && run->nbarriers == 0)
			exited_early(run, rank);
		else if (WIFSIGNALED(status))
			exited_by_signal(run, rank, status);
	}
}

static void
on_failed(struct run *run, const struct idset *ranks, int errnum)
{
	char note[200];
	unsigned rank;

	run->status = LAUNCH_STATUS;
	idset_subtract(run->active, ranks);
	for (rank = idset_first(ranks); rank != IDSET_INVALID;
	     rank = idset_next(ranks, rank)) {
		log_exit(run, rank, -1);
		if (run->is_ending)
			continue;
		snprintf(note, sizeof(note),
		    "job shell exec error on broker %s (rank %u): error "
		    "launching process: %s",
		    run_host(run, rank), rank, strerror(errnum));
		raise_exec(run, 0, note);
	}
}

static void
on_lost(struct run *run, const struct idset *ranks, int status)
{
	char note[200], warning[200];
	unsigned rank;

	(void)status;
	idset_subtract(run->active, ranks);
	for (rank = idset_first(ranks); rank != IDSET_INVALID;
	     rank = idset_next(ranks, rank)) {
		if (rank == run->leader)
			log_exit(run, rank, -1);
		snprintf(note, sizeof(note), "node failure on %s (rank %u)",
		    run_host(run, rank), rank);
		snprintf(warning, sizeof(warning),
		    "node failure on %s (shell rank %d)", run_host(run, rank),
		    shell_rank_of(run, rank));
		lose(run, rank, note, warning);
	}
}

static const struct {
	void (*handle)(struct run *run, const struct idset *ranks, int status);
} handlers[] = {
	[REPORT_STARTED] = { on_started },
	[REPORT_BARRIER] = { on_barrier },
	[REPORT_EXITED] = { on_exited },
	[REPORT_FAILED] = { on_failed },
	[REPORT_LOST] = { on_lost },
};

void
run_report(struct exec *x, const struct report *r)
{
	struct job *job = job_lookup(x->b, r->id);
	struct run *run = job ? job->exec : NULL;
	struct idset *ranks;

	if (!run || run->is_mock || !(ranks = idset_dup(r->ranks)))
		return;
	idset_intersect(ranks, run->active);
	if (idset_count(ranks) > 0) {
		handlers[r->event].handle(run, ranks, r->status);
		idset_intersect(run->barrier, run->active);
		if (idset_count(run->active) == 0)
			run_finish(run);
		else
			check_barrier(run);
	}
	idset_destroy(ranks);
}

void
run_overlay_cb(void *arg, const struct idset *ranks, bool is_up)
{
	struct exec *x = arg;
	struct run *run;

	if (is_up)
		return;
	TAILQ_FOREACH(run, &x->runs, next) {
		struct report r = { .id = run->id,
			.event = REPORT_LOST,
			.ranks = idset_dup(ranks) };

		if (!run->is_mock && r.ranks &&
		    idset_intersects(r.ranks, run->active))
			tree_report(x, &r);
		idset_destroy(r.ranks);
	}
}

/* ---- launch ---- */

static void
report_offline(struct run *run)
{
	struct report r = { .id = run->id,
		.event = REPORT_LOST,
		.ranks = idset_dup(run->ranks) };

	if (r.ranks) {
		idset_subtract(r.ranks, overlay_online(run->x->b->overlay));
		if (idset_count(r.ranks) > 0)
			tree_report(run->x, &r);
	}
	idset_destroy(r.ranks);
}

/* A job that has no shells just takes its time. */
static void
mock_start(struct run *run)
{
	run_log(run, "recoverable", NULL);
	ev_timer_set(&run->mock, run->duration, 0.);
	ev_timer_start(run->x->b->loop, &run->mock);
	run->is_started = true;
	job_started(run->x->b, run->job);
}

/* The jobspec as it is now: the job manager takes the environment out of its
 * own once the job has started, when this may be on its way to other ranks. */
static json_t *
snapshot(const struct jobspec *spec)
{
	json_t *o = json_copy(spec->json);
	json_t *attributes = json_copy(json_object_get(o, "attributes"));

	json_object_set_new(attributes, "system", json_copy(spec->system));
	json_object_set_new(o, "attributes", attributes);
	return o;
}

int
run_launch(struct run *run)
{
	struct job *job = run->job;
	json_t *cmd;

	if (run->is_mock) {
		mock_start(run);
		return 0;
	}
	cmd = json_pack("{s:I s:o s:o}", "userid", (json_int_t)job->userid,
	    "jobspec", snapshot(job->spec), "R", rset_encode(job->R));
	if (job->shared_env)
		json_object_set(cmd, "environment", job->shared_env->variables);
	if (tree_command_job(run->x, "launch", run->id, run->ranks, cmd) < 0)
		return -1;
	report_offline(run);
	return 0;
}

struct run *
run_create(struct exec *x, struct job *job)
{
	struct run *run = calloc(1, sizeof(*run));

	if (!run)
		return NULL;
	run->x = x;
	run->job = job;
	run->id = job->id;
	run->maxrss = -1;
	TAILQ_INSERT_TAIL(&x->runs, run, next);
	job->exec = run;
	timers_init(run);
	run->ranks = rset_ranks(job->R);
	run->active = rset_ranks(job->R);
	run->barrier = idset_create();
	if (!run->ranks || !run->active || !run->barrier) {
		run_destroy(run);
		return NULL;
	}
	run->nshells = idset_count(run->ranks);
	run->leader = idset_first(run->ranks);
	return run;
}
