/* SPDX-License-Identifier: MIT */
/*
 * Shells tell the leader of the first task that ends and the first that fails.
 * The leader posts the event, watches the clock and raises the exception that
 * ends the job; terminating the other tasks is then the broker's business.
 */
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fsd.h"
#include "guestlog.h"
#include "idset.h"
#include "service.h"
#include "shell.h"
#include "task.h"
#include "taskexit.h"

/* Default exit-timeout in seconds */
#define EXIT_TIMEOUT 30.

/* When the job is being ended, a shell that does not say so may be gone */
#define PATIENCE 2.

/* The end of a task, as told to the leader. */
struct ending {
	int localid, rank, pid, status;
	const char *host;
};

struct taskexit {
	struct shell *sh;
	double timeout; /* seconds; INFINITY = none */
	char timeout_text[32];
	bool on_error;
	bool told, told_failure; /* to the leader, or by the leader */
	bool reported;           /* the exception was raised */
	int status;              /* of the first task that ended */
	int rank;
	char host[256];
	ev_timer timer;     /* exit-timeout */
	ev_timer patience;  /* for shells that are not done */
	struct idset *over; /* shell ranks that are, or are lost (leader) */
	bool gave_up;       /* on the others */
	bool done_told;     /* the leader knows that we are (others) */
};

/* "Exit 3", "Killed" */
static const char *
status_text(int status, char *buf, size_t size)
{
	if (WIFSIGNALED(status))
		return strsignal(WTERMSIG(status));
	snprintf(buf, size, "Exit %d", WEXITSTATUS(status));
	return buf;
}

/* End the job: log why, and raise the exception with the task's status. */
static void
end_job(struct taskexit *te, const char *note, int status)
{
	if (te->reported)
		return;
	te->reported = true;
	shell_log(te->sh, SHELL_FATAL, "task-exit", "%s", note);
	shell_raise(te->sh, note, status);
}

static void
on_timeout(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct taskexit *te = w->data;
	char note[512], buf[32];

	(void)loop;
	(void)revents;
	snprintf(note, sizeof(note),
	    "%s: task rank %d on host %s exited (%s) and exit-timeout=%s has "
	    "expired",
	    te->sh->info.name, te->rank, te->host,
	    status_text(te->status, buf, sizeof(buf)), te->timeout_text);
	end_job(te, note, te->status);
}

static void
on_patience(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct taskexit *te = w->data;

	(void)loop;
	(void)revents;
	te->gave_up = true;
	te->done_told = true;
	shell_check_done(te->sh);
}

/* exit-timeout: an FSD, a number of seconds, or "none". */
static int
read_timeout(struct shell *sh, struct taskexit *te)
{
	json_t *option = info_option(&sh->info, "exit-timeout");
	const char *s = json_string_value(option);

	te->timeout = EXIT_TIMEOUT;
	if (json_is_number(option))
		te->timeout = json_number_value(option);
	else if (s && strcmp(s, "none") == 0)
		te->timeout = INFINITY;
	else if (option && (!s || fsd_parse(s, &te->timeout) < 0))
		te->timeout = -1;
	if (te->timeout < 0) {
		shell_log(sh, SHELL_ERROR, "task-exit",
		    "exit-timeout is not a valid Flux Standard Duration");
		return shell_fatal(sh, 1, NULL,
		    "shell_init: exit-timeout is not a valid Flux Standard "
		    "Duration");
	}
	fsd_format(te->timeout_text, sizeof(te->timeout_text), te->timeout);
	return 0;
}

int
taskexit_create(struct shell *sh)
{
	struct taskexit *te = sh->taskexit = calloc(1, sizeof(*te));

	if (!te)
		return shell_fatal(sh, 1, NULL, "%s", strerror(ENOMEM));
	te->sh = sh;
	ev_init(&te->timer, on_timeout);
	ev_init(&te->patience, on_patience);
	te->timer.data = te->patience.data = te;
	if (!(te->over = idset_create()))
		return shell_fatal(sh, 1, NULL, "%s", strerror(ENOMEM));
	te->on_error = info_option_is_on(&sh->info, "exit-on-error");
	return read_timeout(sh, te);
}

void
taskexit_destroy(struct shell *sh)
{
	if (!sh->taskexit)
		return;
	ev_timer_stop(sh->loop, &sh->taskexit->timer);
	ev_timer_stop(sh->loop, &sh->taskexit->patience);
	idset_destroy(sh->taskexit->over);
	free(sh->taskexit);
	sh->taskexit = NULL;
}

/* ---- tasks ---- */

static void
first_ended(struct taskexit *te, const struct ending *e)
{
	struct shell *sh = te->sh;

	te->told = true;
	te->status = e->status;
	te->rank = e->rank;
	strlcpy(te->host, e->host, sizeof(te->host));
	guestlog_event(sh, GUEST_EXEC, "shell.task-exit",
	    json_pack("{s:i s:i s:s s:i s:i s:i s:i}", "localid", e->localid,
		"rank", e->rank, "state", "Exited", "pid", e->pid,
		"wait_status", e->status, "signaled",
		WIFSIGNALED(e->status) ? WTERMSIG(e->status) : 0, "exitcode",
		task_exit_code(e->status)));
	if (isinf(te->timeout) || sh->info.ntasks == 1)
		return;
	ev_now_update(sh->loop);
	ev_timer_set(&te->timer, te->timeout, 0.);
	ev_timer_start(sh->loop, &te->timer);
}

/* The leader hears of the end of a task, here or elsewhere. */
static void
leader_notify(struct shell *sh, const struct ending *e)
{
	struct taskexit *te = sh->taskexit;
	char note[512], buf[32];

	if (!te->told)
		first_ended(te, e);
	if (!te->on_error || e->status == 0 || sh->killed)
		return;
	snprintf(note, sizeof(note),
	    "%s: task rank %d on host %s failed (%s) and exit-on-error is set",
	    sh->info.name, e->rank, e->host,
	    status_text(e->status, buf, sizeof(buf)));
	end_job(te, note, e->status);
}

void
taskexit_notify(struct task *t)
{
	struct shell *sh = t->sh;
	struct taskexit *te = sh->taskexit;
	struct ending e = { t->index, t->rank, t->pid, t->status,
		sh->info.host };

	if (sh->info.shell_rank == 0) {
		leader_notify(sh, &e);
		return;
	}
	if (te->told && (te->told_failure || t->status == 0))
		return;
	te->told = true;
	te->told_failure |= t->status != 0;
	service_send(sh, 0, "task-exit",
	    json_pack("{s:i s:i s:i s:i s:s}", "localid", e.localid, "rank",
		e.rank, "pid", e.pid, "status", e.status, "host", e.host));
}

void
taskexit_request(struct shell *sh, const struct msg *m)
{
	json_t *o = msg_get_json(m);
	struct ending e;

	if (o && sh->taskexit &&
	    json_unpack(o, "{s:i s:i s:i s:i s:s}", "localid", &e.localid,
		"rank", &e.rank, "pid", &e.pid, "status", &e.status, "host",
		&e.host) == 0)
		leader_notify(sh, &e);
	json_decref(o);
}

/* ---- the end ---- */

static void
on_done(struct handle *h, const struct reply *r, void *arg)
{
	struct shell *sh = arg;

	(void)h;
	(void)r;
	sh->taskexit->done_told = true;
	shell_check_done(sh);
}

static void
tell_done(struct shell *sh)
{
	char topic[128];

	snprintf(topic, sizeof(topic), "%s.done", sh->info.service);
	if (handle_rpc_new(sh->h, topic, info_broker_rank(&sh->info, 0), 0,
		json_pack("{s:i s:o*}", "shell_rank", sh->info.shell_rank,
		    "usage", usage_encode(&sh->usage)),
		on_done, sh) < 0)
		sh->taskexit->done_told = true;
}

void
taskexit_lose_patience(struct shell *sh)
{
	struct taskexit *te = sh->taskexit;

	if (sh->killed != SIGKILL || !te || taskexit_is_done(sh) ||
	    ev_is_active(&te->patience))
		return;
	ev_now_update(sh->loop);
	ev_timer_set(&te->patience, PATIENCE, 0.);
	ev_timer_start(sh->loop, &te->patience);
}

void
taskexit_finish(struct shell *sh)
{
	if (sh->info.nshells > 1 && sh->info.shell_rank > 0)
		tell_done(sh);
	taskexit_lose_patience(sh);
}

bool
taskexit_is_done(const struct shell *sh)
{
	const struct taskexit *te = sh->taskexit;

	if (sh->info.nshells == 1 || !te)
		return true;
	if (sh->info.shell_rank > 0)
		return te->done_told;
	return te->gave_up ||
	       idset_count(te->over) >= (size_t)sh->info.nshells - 1;
}

void
taskexit_shell_over(struct shell *sh, int shell_rank)
{
	if (!sh->taskexit || shell_rank < 1 || shell_rank >= sh->info.nshells ||
	    idset_set(sh->taskexit->over, (unsigned)shell_rank) < 0)
		return;
	shell_check_done(sh);
}

void
taskexit_done_request(struct shell *sh, const struct msg *m)
{
	json_t *o = msg_get_json(m);
	struct usage u = usage_decode(json_object_get(o, "usage"));
	int shell_rank = -1;

	json_unpack(o, "{s:i}", "shell_rank", &shell_rank);
	json_decref(o);
	usage_add(&sh->usage, &u);
	service_reply(sh, m, NULL);
	taskexit_shell_over(sh, shell_rank);
}
