/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "shell.h"
#include "sigoption.h"

struct sigoption {
	struct shell *sh;
	int signum;
	double timeleft; /* seconds before the end */
	double expiration;
	ev_timer timer;
};

static const char *
name(int signum)
{
	const char *s = sigabbrev_np(signum);

	return s ? s : "?";
}

static void
on_sent(struct handle *h, const struct reply *r, void *arg)
{
	struct sigoption *so = arg;

	(void)h;
	if (r->errnum && r->msg)
		shell_log(so->sh, SHELL_ERROR, "signal", "%s", r->text);
}

static void
on_timer(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct sigoption *so = w->data;
	struct shell *sh = so->sh;

	(void)loop;
	(void)revents;
	shell_log(sh, SHELL_NOTICE, "signal",
	    "job will expire in %.1fs, sending SIG%s to job",
	    so->expiration - ev_time(), name(so->signum));
	if (handle_rpc_new(sh->h, "job-manager.kill", NODEID_ANY, 0,
		json_pack("{s:I s:i}", "id", (json_int_t)sh->info.id, "signum",
		    so->signum),
		on_sent, so) < 0)
		warn("job %s: job-manager.kill", sh->info.f58);
}

static void
start(struct sigoption *so)
{
	struct ev_loop *loop = so->sh->loop;
	double after = so->expiration - so->timeleft - ev_time();

	ev_timer_stop(loop, &so->timer);
	if (so->expiration <= 0)
		return;
	ev_now_update(loop);
	ev_timer_set(&so->timer, after > 0 ? after : 0, 0.);
	ev_timer_start(loop, &so->timer);
}

int
sigoption_create(struct shell *sh)
{
	json_t *option = info_option(&sh->info, "signal");
	struct sigoption *so;
	json_error_t error;
	int signum = SIGUSR1;
	double timeleft = 60;

	if (!option || sh->info.shell_rank > 0 ||
	    (json_is_integer(option) && json_integer_value(option) == 0))
		return 0;
	if (!json_is_integer(option) &&
	    json_unpack_ex(option, &error, 0, "{s?i s?F}", "signum", &signum,
		"timeleft", &timeleft) < 0)
		return shell_fatal(sh, 1, "signal",
		    "error in shell `signal' option: %s", error.text);
	if (signum <= 0 || signum >= NSIG)
		return shell_fatal(
		    sh, 1, "signal", "invalid signal number %d", signum);
	if (!(so = sh->sigoption = calloc(1, sizeof(*so))))
		return shell_fatal(sh, 1, NULL, "%s", strerror(ENOMEM));
	so->sh = sh;
	so->signum = signum;
	so->timeleft = timeleft;
	so->expiration = sh->info.R->expiration;
	ev_init(&so->timer, on_timer);
	so->timer.data = so;
	if (so->expiration <= 0)
		shell_log(sh, SHELL_NOTICE, "signal",
		    "job has no expiration, SIG%s will not be sent",
		    name(signum));
	start(so);
	return 0;
}

void
sigoption_destroy(struct shell *sh)
{
	if (!sh->sigoption)
		return;
	ev_timer_stop(sh->loop, &sh->sigoption->timer);
	free(sh->sigoption);
	sh->sigoption = NULL;
}

void
sigoption_update(struct shell *sh, double expiration)
{
	if (!sh->sigoption || expiration == sh->sigoption->expiration)
		return;
	sh->sigoption->expiration = expiration;
	start(sh->sigoption);
}
