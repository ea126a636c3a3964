/* SPDX-License-Identifier: MIT */
/*
 * Signals while attached. Those that a batch system or a user sends to us go
 * on to the job; ctrl-C asks for a second ctrl-C (cancel) or a ctrl-Z
 * (detach) within two seconds, because most people who type it once do not
 * want to lose the job.
 */
#include <sys/signalfd.h>

#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "attach.h"

static const double window = 2.0; /* seconds between two keys */

static const int caught[] = { SIGINT, SIGTSTP, SIGTERM, SIGHUP, SIGALRM,
	SIGUSR1, SIGUSR2, SIGWINCH };

void
signals_init(struct attach *a)
{
	sigset_t set;

	if (a->o.read_only)
		return;
	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(caught) / sizeof(*caught); i++)
		sigaddset(&set, caught[i]);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		err(1, "sigprocmask");
	a->sigfd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (a->sigfd < 0)
		err(1, "signalfd");
}

static void
on_kill(struct handle *h, const struct reply *r, void *arg)
{
	struct attach *a = arg;

	(void)h;
	if (r->errnum == 0 || r->errnum == ECONNRESET)
		return;
	status_clear(a);
	warnx("kill: %s", r->text);
}

void
signals_forward(struct attach *a, int signum)
{
	json_t *o =
	    json_pack("{s:I s:i}", "id", (json_int_t)a->id, "signum", signum);

	if (handle_rpc_new(
		a->h, "job-manager.kill", NODEID_ANY, 0, o, on_kill, a) < 0)
		warn("kill");
}

static void
on_cancel(struct handle *h, const struct reply *r, void *arg)
{
	struct attach *a = arg;

	(void)h;
	if (r->errnum == 0 || r->errnum == ECONNRESET)
		return;
	status_clear(a);
	warnx("cancel: %s", r->text);
}

static void
cancel(struct attach *a)
{
	json_t *o = json_pack("{s:I s:s s:i s:s}", "id", (json_int_t)a->id,
	    "type", "cancel", "severity", 0, "note", "interrupted by ctrl-C");

	if (handle_rpc_new(
		a->h, "job-manager.raise", NODEID_ANY, 0, o, on_cancel, a) < 0)
		warn("cancel");
}

static bool
is_second(const struct attach *a)
{
	return a->last_int > 0 && attach_now() - a->last_int < window;
}

static void
on_interrupt(struct attach *a)
{
	if (is_second(a)) {
		a->last_int = 0;
		cancel(a);
		return;
	}
	a->last_int = attach_now();
	status_clear(a);
	warnx("one more ctrl-C within 2s to cancel or ctrl-Z to detach");
}

/* After ctrl-C: leave the job alone. Otherwise as in any program, but asked
 * for twice, since a stopped attach does not read the job's output. */
static void
on_stop(struct attach *a)
{
	status_clear(a);
	if (!is_second(a)) {
		a->last_int = attach_now();
		a->stop_armed = true;
		warnx("one more ctrl-Z to suspend");
		return;
	}
	a->last_int = 0;
	if (a->stop_armed) {
		a->stop_armed = false;
		kill(getpid(), SIGSTOP);
		return;
	}
	warnx("detaching...");
	a->failed = true;
	a->code = 0;
}

void
signals_read(struct attach *a)
{
	struct signalfd_siginfo si;

	while (read(a->sigfd, &si, sizeof(si)) == sizeof(si)) {
		if (si.ssi_signo == SIGWINCH)
			pty_resize(a);
		else if (si.ssi_signo == SIGINT)
			on_interrupt(a);
		else if (si.ssi_signo == SIGTSTP)
			on_stop(a);
		else
			signals_forward(a, si.ssi_signo);
	}
}
