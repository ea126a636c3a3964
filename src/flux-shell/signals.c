/* SPDX-License-Identifier: MIT */
#include <sys/signalfd.h>

#include <signal.h>
#include <unistd.h>

#include "rexec.h"
#include "shell.h"
#include "signals.h"
#include "task.h"

static void
on_signal(struct ev_loop *loop, ev_io *w, int revents)
{
	struct signalfd_siginfo info[8];
	struct shell *sh = w->data;
	ssize_t n = read(w->fd, info, sizeof(info));

	(void)loop;
	(void)revents;
	for (ssize_t i = 0; i < n / (ssize_t)sizeof(*info); i++) {
		if (info[i].ssi_signo != SIGCHLD)
			shell_kill(sh, (int)info[i].ssi_signo);
	}
	if (sh->tasks)
		tasks_reap(sh);
	rexec_reap(sh);
}

int
signals_init(struct shell *sh)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGALRM);
	if ((fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)) < 0)
		return -1;
	ev_io_init(&sh->signals, on_signal, fd, EV_READ);
	sh->signals.data = sh;
	ev_io_start(sh->loop, &sh->signals);
	return 0;
}

void
signals_fini(struct shell *sh)
{
	if (!sh->signals.data)
		return;
	ev_io_stop(sh->loop, &sh->signals);
	close(sh->signals.fd);
}
