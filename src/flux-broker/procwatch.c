/* SPDX-License-Identifier: MIT */
#include <sys/syscall.h>
#include <sys/utsname.h>

#include <string.h>
#include <unistd.h>

#include "procwatch.h"

static void
ended_cb(struct ev_loop *loop, ev_io *io, int revents)
{
	struct procwatch *w = io->data;

	(void)loop;
	(void)revents;
	procwatch_stop(w);
	w->cb(w->arg);
}

void
procwatch_init(
    struct procwatch *w, struct ev_loop *loop, void (*cb)(void *arg), void *arg)
{
	w->loop = loop;
	w->fd = -1;
	w->cb = cb;
	w->arg = arg;
}

bool
procwatch_start(struct procwatch *w, const char *host, int pid)
{
	struct utsname u;

	if (pid <= 0 || uname(&u) < 0 || strcmp(host, u.nodename) != 0)
		return false;
	procwatch_stop(w);
	if ((w->fd = (int)syscall(SYS_pidfd_open, pid, 0)) < 0)
		return false;
	ev_io_init(&w->io, ended_cb, w->fd, EV_READ);
	w->io.data = w;
	ev_io_start(w->loop, &w->io);
	return true;
}

void
procwatch_stop(struct procwatch *w)
{
	if (w->fd < 0)
		return;
	ev_io_stop(w->loop, &w->io);
	close(w->fd);
	w->fd = -1;
}
