/* SPDX-License-Identifier: MIT */
/*
 * One broker of an instance: reads its options, bootstraps, creates its parts,
 * and runs the loop until the life cycle has ended.
 */
#include <sys/prctl.h>

#include <err.h>
#include <errno.h>
#include <ev.h>
#include <locale.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "attrs-service.h"
#include "attrs.h"
#include "bootstrap/rejoin.h"
#include "broker.h"
#include "lifecycle-core.h"
#include "log-service.h"
#include "options.h"
#include "optparse.h"
#include "orphans.h"
#include "overlay/overlay-core.h"
#include "parts.h"

static void
raise_limits(void)
{
	struct rlimit rl;

	/* each client and each shell needs a descriptor */
	if (getrlimit(RLIMIT_NOFILE, &rl) == 0) {
		rl.rlim_cur = rl.rlim_max;
		setrlimit(RLIMIT_NOFILE, &rl);
	}
}

static void
signal_cb(struct ev_loop *loop, ev_signal *w, int revents)
{
	(void)loop;
	(void)revents;
	lifecycle_signal(w->data, w->signum);
}

static void
watch_signals(struct broker *b, ev_signal *watchers)
{
	static const int signums[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM,
		SIGALRM, SIGUSR1, SIGUSR2 };

	for (size_t i = 0; i < sizeof(signums) / sizeof(*signums); i++) {
		ev_signal_init(&watchers[i], signal_cb, signums[i]);
		watchers[i].data = b;
		ev_signal_start(b->loop, &watchers[i]);
	}
	signal(SIGPIPE, SIG_IGN);
	signal(SIGTTOU, SIG_IGN);
}

/* What the initial program left in the background. A job's shell has put us
 * at the head of a process group, with nobody else in it. */
static void
hang_up(bool is_job)
{
	if (is_job && getpgrp() == getpid()) {
		signal(SIGHUP, SIG_IGN);
		kill(0, SIGHUP);
	}
	orphans_end();
}

int
main(int argc, char **argv)
{
	struct optparse p = {
		.usage = "[OPTIONS] [INITIAL-PROGRAM [ARGS...]]",
		.summary = "a broker of a Flux instance",
		.example = "flux broker sh -c 'flux resource info'",
		.opts = broker_options,
		.stop_at_first = true,
	};
	struct broker b = { .owner = getuid() };
	ev_signal watchers[8];
	struct timespec now;
	struct rejoin_fds fds;
	bool is_job, is_returning;
	int code;

	setlocale(LC_CTYPE, "");
	setprogname("flux-broker");
	clock_gettime(CLOCK_REALTIME, &now);
	b.t_start = now.tv_sec + now.tv_nsec / 1e9;
	raise_limits();
	orphans_adopt();
	if (!(b.loop = ev_default_loop(EVFLAG_AUTO)) ||
	    !(b.attrs = attrs_create()) || !(b.log = log_create(&b)))
		err(1, NULL);
	options_read(&b, &p, argc, argv);
	watch_signals(&b, watchers);
	parts_create(&b);
	lifecycle_start(&b, p.operands);
	ev_run(b.loop, 0);
	code = lifecycle_exit_code(&b);
	is_job = attrs_get(b.attrs, "jobid") != NULL;
	is_returning = overlay_prepare_return(b.overlay, &fds) == 0;
	parts_destroy(&b);
	optparse_fini(&p);
	hang_up(is_job);
	if (is_returning)
		rejoin_exec(&fds, argv);
	return code;
}
