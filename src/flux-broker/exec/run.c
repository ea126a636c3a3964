/* SPDX-License-Identifier: MIT */
/*
 * Jobs that run, as rank 0 decides: launch, time limit, the ladder of signals
 * that ends a job, and what the exits of its shells amount to.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "../broker.h"
#include "../job-manager/job-manager.h"
#include "../job-manager/job.h"
#include "../log.h"
#include "../overlay.h"
#include "../resource/resource.h"
#include "../store/store.h"
#include "eventlog.h"
#include "fluid.h"
#include "fsd.h"
#include "idset.h"
#include "jobspec.h"
#include "rset.h"
#include "state.h"

#define KILL_TIMEOUT      5.0
#define KILL_TIMEOUT_MAX  300.0
#define SHELL_KILL_ROUNDS 8

struct run {
	struct exec *ex;
	struct job *job;
	uint64_t id;
	struct idset *ranks; /* all of the job */
	struct idset *left;  /* not yet exited */
	struct idset *unstarted;
	int nwaiting; /* in the barrier */
	int status;   /* largest so far */
	unsigned leader;
	ev_timer limit, ladder, mock;
	int step; /* of the ladder */
	bool is_mock;
	RB_ENTRY(run) node;
};

static int
run_cmp(struct run *a, struct run *b)
{
	return a->id < b->id ? -1 : a->id > b->id;
}

RB_GENERATE_INTERNAL(runs, run, node, run_cmp, __attribute__((unused)) static)

static struct run *
run_find(struct exec *ex, uint64_t id)
{
	struct run key = { .id = id };

	return RB_FIND(runs, &ex->runs, &key);
}

static void
run_free(struct run *r)
{
	struct ev_loop *loop = r->ex->b->loop;

	ev_timer_stop(loop, &r->limit);
	ev_timer_stop(loop, &r->ladder);
	ev_timer_stop(loop, &r->mock);
	idset_destroy(r->ranks);
	idset_destroy(r->left);
	idset_destroy(r->unstarted);
	r->job->exec = NULL;
	free(r);
}

static void
note(struct run *r, const char *name, json_t *context_new)
{
	char *line = event_encode(0, name, context_new);

	json_decref(context_new);
	if (line)
		store_append(r->ex->b, r->id, "guest.exec.eventlog", line);
	free(line);
}

static const char *
host_of(const struct run *r, unsigned rank)
{
	const struct rset_node *n =
	    r->job->R ? rset_find(r->job->R, rank) : NULL;

	return n ? n->host : "unknown";
}

/* ---- the end ---- */

static void
finish(struct run *r)
{
	struct broker *b = r->ex->b;
	struct job *job = r->job;
	int status = r->status;

	note(r, "complete",
	    json_pack("{s:i}", "status", job_final_status(job, status)));
	note(r, "done", NULL);
	RB_REMOVE(runs, &r->ex->runs, r);
	run_free(r);
	job_finished(b, job, status);
	job_released(b, job);
}

static int
shell_rank(const struct run *r, unsigned rank)
{
	int i = 0;

	for (unsigned id = idset_first(r->ranks);
	     id != rank && id != IDSET_INVALID; id = idset_next(r->ranks, id))
		i++;
	return i;
}

static void
note_exit(struct run *r, unsigned rank, int status)
{
	json_t *context = json_pack(
	    "{s:i s:i}", "rank", shell_rank(r, rank), "wait_status", status);

	if (idset_count(r->left) > 0) {
		char *left = idset_encode(r->left, 0);
		if (left)
			json_object_set_new(
			    context, "active_ranks", json_string(left));
		free(left);
	}
	note(r, "shell-exit", context);
}

static void
raise_exec(struct run *r, const char *fmt, unsigned rank, const char *what)
{
	char text[300];

	/* one reason is enough */
	if (r->job->exception_occurred && r->job->exception_severity == 0)
		return;
	if (fmt)
		snprintf(text, sizeof(text),
		    "job shell exec error on broker %s (rank %u): error "
		    "launching process: %s",
		    host_of(r, rank), rank, what);
	else
		snprintf(text, sizeof(text), "shell rank %d (on %s): %s",
		    shell_rank(r, rank), host_of(r, rank), what);
	job_raise(r->ex->b, r->job, "exec", 0, text, -1);
}

void
run_exited(struct exec *ex, uint64_t id, const json_t *exit)
{
	struct run *r = run_find(ex, id);
	int rank = -1, status = 0, errnum = 0;

	if (!r ||
	    json_unpack((json_t *)exit, "{s:i s:i s?i}", "rank", &rank,
		"status", &status, "errnum", &errnum) < 0 ||
	    rank < 0 || !idset_test(r->left, (unsigned)rank))
		return;
	idset_clear(r->left, (unsigned)rank);
	idset_clear(r->unstarted, (unsigned)rank);
	if (status > r->status)
		r->status = status;
	if ((unsigned)rank == r->leader || status != 0)
		note_exit(r, (unsigned)rank, errnum ? -1 : status);
	if (errnum)
		raise_exec(r, "launch", (unsigned)rank, strerror(errnum));
	else if (WIFSIGNALED(status))
		raise_exec(
		    r, NULL, (unsigned)rank, strsignal(WTERMSIG(status)));
	if (idset_count(r->left) == 0)
		finish(r);
}

void
run_started(struct exec *ex, uint64_t id, const struct idset *ranks)
{
	struct run *r = run_find(ex, id);

	if (!r || idset_count(r->unstarted) == 0)
		return;
	idset_subtract(r->unstarted, ranks);
	if (idset_count(r->unstarted) == 0 && !r->job->started)
		job_started(ex->b, r->job);
}

void
run_waiting(struct exec *ex, uint64_t id, const struct idset *ranks)
{
	struct run *r = run_find(ex, id);
	char *text;
	json_t *release;

	if (!r)
		return;
	r->nwaiting += (int)idset_count(ranks);
	if (r->nwaiting < (int)idset_count(r->ranks))
		return;
	r->nwaiting = 0;
	if (!(text = idset_encode(r->ranks, 0)))
		return;
	release = json_pack("{s:I s:s}", "id", (json_int_t)id, "ranks", text);
	branch_release(ex, release);
	json_decref(release);
	free(text);
}

/* Brokers are gone, and the shells on them. */
static void
lose_ranks(struct run *r, const struct idset *ranks)
{
	struct idset *gone = idset_dup(r->left);
	char text[200];
	unsigned rank;

	if (!gone)
		return;
	idset_intersect(gone, ranks);
	rank = idset_first(gone);
	if (rank != IDSET_INVALID) {
		snprintf(text, sizeof(text), "node failure on %s (rank %u)",
		    host_of(r, rank), rank);
		idset_subtract(r->unstarted, gone);
		job_raise(r->ex->b, r->job, "exec", 0, text, -1);
	}
	for (; rank != IDSET_INVALID; rank = idset_next(gone, rank)) {
		json_t *exit = json_pack(
		    "{s:i s:i}", "rank", (int)rank, "status", SIGKILL);
		uint64_t id = r->id;
		struct exec *ex = r->ex;
		run_exited(ex, id, exit);
		json_decref(exit);
		if (!run_find(ex, id))
			break;
	}
	idset_destroy(gone);
}

void
run_lost(struct exec *ex, const struct idset *ranks)
{
	struct run *r, *next;

	for (r = RB_MIN(runs, &ex->runs); r; r = next) {
		next = RB_NEXT(runs, &ex->runs, r);
		if (!r->is_mock)
			lose_ranks(r, ranks);
	}
}

/* ---- signals ---- */

static void
send_kill(struct run *r, int signum, bool is_shell)
{
	char *ranks = idset_encode(r->left, 0);
	json_t *o;

	if (!ranks)
		return;
	o = json_pack("{s:I s:s s:i s:b}", "id", (json_int_t)r->id, "ranks",
	    ranks, "signum", signum, "shell", is_shell);
	branch_kill(r->ex, o);
	json_decref(o);
	free(ranks);
}

static void
drain_unkillable(struct run *r)
{
	char id[FLUID_STRMAX], text[200];

	snprintf(text, sizeof(text), "unkillable user processes for job %s",
	    fluid_encode(id, sizeof(id), r->id, FLUID_F58));
	log_error(r->ex->b->log, "%s", text);
	resource_drain(r->ex->b, r->left, text);
}

/* Every kill-timeout SIGKILL to the tasks; from the fifth on to the shells
 * too, with growing pauses; then the nodes are given up. */
static void
ladder_cb(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct run *r = w->data;
	double pause = KILL_TIMEOUT;

	(void)revents;
	r->step++;
	if (r->step >= 5 + SHELL_KILL_ROUNDS) {
		drain_unkillable(r);
		return;
	}
	send_kill(r, SIGKILL, r->step >= 5);
	for (int i = 5; i < r->step && pause < KILL_TIMEOUT_MAX; i++)
		pause *= 2;
	ev_timer_set(
	    w, pause < KILL_TIMEOUT_MAX ? pause : KILL_TIMEOUT_MAX, 0.);
	ev_timer_start(loop, w);
}

void
exec_kill(struct broker *b, struct job *job, int signum)
{
	struct run *r = job->exec;

	(void)b;
	if (r && !r->is_mock)
		send_kill(r, signum, false);
}

void
exec_terminate(struct broker *b, struct job *job, int signum)
{
	struct run *r = job->exec;

	if (!r)
		return;
	ev_timer_stop(b->loop, &r->limit);
	if (r->is_mock) {
		r->status = signum;
		/* not from inside the call: the job manager is at work */
		ev_timer_stop(b->loop, &r->mock);
		ev_timer_set(&r->mock, 0., 0.);
		ev_timer_start(b->loop, &r->mock);
		return;
	}
	send_kill(r, signum, false);
	if (!ev_is_active(&r->ladder)) {
		ev_timer_set(&r->ladder, KILL_TIMEOUT, 0.);
		ev_timer_start(b->loop, &r->ladder);
	}
}

/* ---- time limit ---- */

static void
limit_cb(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct run *r = w->data;

	(void)loop;
	(void)revents;
	job_raise(
	    r->ex->b, r->job, "timeout", 0, "resource allocation expired", -1);
}

void
exec_expiration(struct broker *b, struct job *job)
{
	struct run *r = job->exec;
	struct timespec ts;
	double left;

	if (!r)
		return;
	ev_timer_stop(b->loop, &r->limit);
	if (job->expiration <= 0 || r->step > 0 || ev_is_active(&r->ladder))
		return;
	clock_gettime(CLOCK_REALTIME, &ts);
	left = job->expiration - (ts.tv_sec + ts.tv_nsec / 1e9);
	ev_timer_set(&r->limit, left > 0 ? left : 0., 0.);
	ev_timer_start(b->loop, &r->limit);
}

/* ---- launch ---- */

/* attributes.system.exec.test.run_duration: no processes. 0 = none. */
static bool
is_mock(const struct job *job, double *seconds)
{
	const json_t *test =
	    json_object_get(json_object_get(job->spec->system, "exec"), "test");
	const char *text =
	    json_string_value(json_object_get(test, "run_duration"));

	*seconds = 0;
	if (text)
		fsd_parse(text, seconds);
	return test != NULL;
}

static void
mock_cb(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct run *r = w->data;

	(void)loop;
	(void)revents;
	if (!r->job->started)
		job_started(r->ex->b, r->job);
	finish(r);
}

static void
start_mock(struct run *r, double seconds)
{
	r->is_mock = true;
	note(r, "recoverable", NULL);
	ev_timer_set(&r->mock, seconds, 0.);
	ev_timer_start(r->ex->b->loop, &r->mock);
	job_started(r->ex->b, r->job);
}

/* Ranks that were lost before the launch could reach them. */
static void
check_online(struct run *r)
{
	const struct idset *online = overlay_online(r->ex->b->overlay);
	struct idset *gone = idset_dup(r->ranks);

	if (gone) {
		idset_subtract(gone, online);
		if (idset_count(gone) > 0)
			lose_ranks(r, gone);
	}
	idset_destroy(gone);
}

/* The jobspec as it is now: the job manager takes the environment out of its
 * own once the job has started, when shells may still have to ask for theirs.
 */
static json_t *
snapshot(const struct jobspec *spec)
{
	json_t *o = json_copy(spec->json);
	json_t *attributes = json_copy(json_object_get(o, "attributes"));

	json_object_set_new(attributes, "system", json_copy(spec->system));
	json_object_set_new(o, "attributes", attributes);
	return o;
}

static void
launch(struct run *r)
{
	const struct job *job = r->job;
	char *ranks = idset_encode(r->ranks, 0);
	json_t *o;

	if (!ranks)
		return;
	o = json_pack("{s:I s:I s:s s:o s:o}", "id", (json_int_t)r->id,
	    "userid", (json_int_t)job->userid, "ranks", ranks, "jobspec",
	    snapshot(job->spec), "R", rset_encode(job->R));
	free(ranks);
	branch_launch(r->ex, o);
	json_decref(o);
	check_online(r);
}

static struct run *
run_create(struct exec *ex, struct job *job)
{
	struct run *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->ex = ex;
	r->job = job;
	r->id = job->id;
	r->ranks = rset_ranks(job->R);
	if (r->ranks) {
		r->left = idset_dup(r->ranks);
		r->unstarted = idset_dup(r->ranks);
		r->leader = idset_first(r->ranks);
	}
	ev_timer_init(&r->limit, limit_cb, 0., 0.);
	ev_timer_init(&r->ladder, ladder_cb, 0., 0.);
	ev_timer_init(&r->mock, mock_cb, 0., 0.);
	r->limit.data = r->ladder.data = r->mock.data = r;
	if (!r->left || !r->unstarted) {
		run_free(r);
		return NULL;
	}
	RB_INSERT(runs, &ex->runs, r);
	job->exec = r;
	return r;
}

void
exec_start(struct broker *b, struct job *job)
{
	struct run *r = run_create(b->exec, job);
	double seconds;

	if (!r) {
		job_raise(b, job, "exec", 0, "out of memory", -1);
		job_finished(b, job, 1 << 8);
		job_released(b, job);
		return;
	}
	note(r, "init", NULL);
	note(r, "starting", NULL);
	exec_expiration(b, job);
	if (is_mock(job, &seconds))
		start_mock(r, seconds);
	else
		launch(r);
}

void
run_fini(struct exec *ex)
{
	struct run *r;

	while ((r = RB_MIN(runs, &ex->runs))) {
		RB_REMOVE(runs, &ex->runs, r);
		run_free(r);
	}
}
