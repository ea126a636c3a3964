/* SPDX-License-Identifier: MIT */
#include <sys/socket.h>

#include <errno.h>
#include <ev.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dial.h"

enum step { CONNECTING, CHALLENGE, REPLY };

struct dial {
	struct ev_loop *loop;
	struct dial_to to;
	int fd;
	ev_io io;
	ev_timer timeout;
	enum step step;
	struct seal_shake shake;
	unsigned char buf[SEAL_REPLY_LEN]; /* the longer of both */
	size_t used;
	const struct dial_ops *ops;
	void *arg;
};

static void
stop(struct dial *d)
{
	ev_io_stop(d->loop, &d->io);
	ev_timer_stop(d->loop, &d->timeout);
}

static void
discard(struct dial *d)
{
	explicit_bzero(&d->shake, sizeof(d->shake));
	free(d);
}

static void
give_up(struct dial *d, int errnum, const char *why)
{
	stop(d);
	close(d->fd);
	d->ops->failed(d->arg, errnum, why);
	discard(d);
}

static void
succeed(struct dial *d)
{
	struct seal s;

	if (seal_finish(&s, &d->shake, d->buf) < 0) {
		give_up(d, EACCES, "it is not who it should be");
		return;
	}
	stop(d);
	d->ops->joined(d->arg, d->fd, &s);
	explicit_bzero(&s, sizeof(s));
	discard(d);
}

/* ---- steps ---- */

static void
say_hello(struct dial *d)
{
	unsigned char hello[SEAL_HELLO_LEN];

	if (seal_hello(&d->shake, d->to.pair, d->to.ranks, d->buf, hello) < 0) {
		give_up(d, EACCES, "it is no broker");
		return;
	}
	if (send(d->fd, hello, sizeof(hello), MSG_NOSIGNAL) != sizeof(hello)) {
		give_up(d, errno, strerror(errno));
		return;
	}
	d->step = REPLY;
	d->used = 0;
}

static void
connected(struct dial *d)
{
	int errnum = 0;
	socklen_t len = sizeof(errnum);

	getsockopt(d->fd, SOL_SOCKET, SO_ERROR, &errnum, &len);
	if (errnum) {
		give_up(d, errnum, strerror(errnum));
		return;
	}
	d->step = CHALLENGE;
	ev_io_stop(d->loop, &d->io);
	ev_io_set(&d->io, d->fd, EV_READ);
	ev_io_start(d->loop, &d->io);
}

static void
read_some(struct dial *d)
{
	size_t want = d->step == REPLY ? SEAL_REPLY_LEN : SEAL_CHALLENGE_LEN;
	ssize_t n = read(d->fd, d->buf + d->used, want - d->used);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		give_up(d, n < 0 ? errno : EACCES,
		    n < 0 ? strerror(errno) : "it does not let us in");
		return;
	}
	d->used += (size_t)n;
	if (d->used < want)
		return;
	if (d->step == REPLY)
		succeed(d);
	else
		say_hello(d);
}

static void
io_cb(struct ev_loop *loop, ev_io *io, int revents)
{
	struct dial *d = io->data;

	(void)loop;
	(void)revents;
	if (d->step == CONNECTING)
		connected(d);
	else
		read_some(d);
}

static void
timeout_cb(struct ev_loop *loop, ev_timer *t, int revents)
{
	(void)loop;
	(void)revents;
	give_up(t->data, ETIMEDOUT, strerror(ETIMEDOUT));
}

/* ---- life ---- */

struct dial *
dial_start(struct ev_loop *loop, const struct dial_to *to,
    const struct dial_ops *ops, void *arg)
{
	struct dial *d = calloc(1, sizeof(*d));
	const struct sockaddr *sa;

	if (!d)
		return NULL;
	d->loop = loop;
	d->to = *to;
	d->ops = ops;
	d->arg = arg;
	sa = (const struct sockaddr *)&d->to.address.sa;
	d->fd = socket(
	    sa->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (d->fd < 0 ||
	    (connect(d->fd, sa, to->address.len) < 0 && errno != EINPROGRESS)) {
		if (d->fd >= 0)
			close(d->fd);
		free(d);
		return NULL;
	}
	ev_io_init(&d->io, io_cb, d->fd, EV_WRITE);
	ev_timer_init(&d->timeout, timeout_cb, to->timeout, 0.);
	d->io.data = d->timeout.data = d;
	ev_io_start(loop, &d->io);
	ev_timer_start(loop, &d->timeout);
	return d;
}

void
dial_cancel(struct dial *d)
{
	if (!d)
		return;
	stop(d);
	close(d->fd);
	discard(d);
}
