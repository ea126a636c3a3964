/* SPDX-License-Identifier: MIT */
/*
 * Messages over a stream socket in a libev loop. A callback may close the
 * stream that called it: while one is on the stack the memory stays
 * (`depth`), and goes when the stack has unwound.
 */
#include <sys/socket.h>

#include <errno.h>
#include <ev.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "outqueue.h"
#include "stream.h"

enum { READ_SIZE = 65536, READS_PER_TURN = 4 };

struct stream {
	struct ev_loop *loop;
	int fd, fd_out;
	ev_io in, out;
	ev_prepare later; /* never started, but fed: write what is new */
	const struct stream_ops *ops;
	void *arg;
	struct msg_reader reader;
	struct outqueue queue;
	size_t patience; /* see stream_set_patience; 0 = none */
	int depth;       /* callbacks on the stack */
	bool is_waiting; /* not reading for want of patience */
	bool dead;       /* lost was called, or a write failed */
	bool closed;     /* stream_close was called */
};

static void
stream_free(struct stream *s)
{
	ev_io_stop(s->loop, &s->in);
	ev_io_stop(s->loop, &s->out);
	ev_clear_pending(s->loop, &s->later);
	if (s->fd_out != s->fd)
		close(s->fd_out);
	close(s->fd);
	msg_reader_fini(&s->reader);
	outqueue_fini(&s->queue);
	free(s);
}

static void
lost(struct stream *s, int errnum)
{
	if (s->dead)
		return;
	s->dead = true;
	ev_io_stop(s->loop, &s->in);
	ev_io_stop(s->loop, &s->out);
	s->ops->lost(s->arg, errnum);
}

/* Go on reading from a peer that has taken what it asked for, or is gone. */
static void
end_patience(struct stream *s)
{
	if (s->is_waiting && stream_backlog(s) <= s->patience / 2) {
		s->is_waiting = false;
		ev_io_start(s->loop, &s->in);
	}
}

static void
write_queue(struct stream *s)
{
	int r = outqueue_write(&s->queue, s->fd_out);

	if (r == 0) {
		ev_io_start(s->loop, &s->out);
		return;
	}
	/* If it is lost, the reading side will find that, after it has
	 * delivered what the peer said last. */
	if (r < 0)
		outqueue_clear(&s->queue);
	ev_io_stop(s->loop, &s->out);
}

static void
flush(struct stream *s)
{
	write_queue(s);
	if (!s->dead && !s->closed)
		end_patience(s);
}

/* What is sent while the loop handles what there is goes in one write: this
 * has the lowest priority. */
static void
later_cb(struct ev_loop *loop, ev_prepare *w, int revents)
{
	struct stream *s = w->data;

	(void)loop;
	(void)revents;
	if (!ev_is_active(&s->out))
		flush(s);
}

static void
out_cb(struct ev_loop *loop, ev_io *w, int revents)
{
	(void)loop;
	(void)revents;
	flush(w->data);
}

static void
deliver(struct stream *s)
{
	struct msg *m;

	while (!s->closed && !s->dead && (m = msg_reader_next(&s->reader))) {
		s->ops->msg(s->arg, m);
		msg_unref(m);
		errno = 0;
	}
	if (!s->closed && !s->dead && errno)
		lost(s, errno);
	if (!s->closed && !s->dead && s->patience &&
	    stream_backlog(s) > s->patience) {
		s->is_waiting = true;
		ev_io_stop(s->loop, &s->in);
	}
}

static void
read_some(struct stream *s)
{
	char buf[READ_SIZE];

	for (int i = 0;
	     i < READS_PER_TURN && !s->closed && !s->dead && !s->is_waiting;
	     i++) {
		ssize_t n = read(s->fd, buf, sizeof(buf));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return;
		if (n <= 0) {
			lost(s, n < 0 ? errno : ECONNRESET);
			return;
		}
		if (msg_reader_feed(&s->reader, buf, n) < 0) {
			lost(s, ENOMEM);
			return;
		}
		deliver(s);
		if ((size_t)n < sizeof(buf))
			return;
	}
}

static void
in_cb(struct ev_loop *loop, ev_io *w, int revents)
{
	struct stream *s = w->data;

	(void)loop;
	s->depth++;
	if (revents & EV_ERROR)
		lost(s, ECONNRESET);
	else
		read_some(s);
	if (--s->depth == 0 && s->closed)
		stream_free(s);
}

static int
set_flags(int fd)
{
	int fl = fcntl(fd, F_GETFL);

	if (fl < 0 || fcntl(fd, F_SETFL, fl | O_NONBLOCK) < 0)
		return -1;
	return fcntl(fd, F_SETFD, FD_CLOEXEC);
}

struct stream *
stream_open(struct ev_loop *loop, int fd, int fd_out,
    const struct stream_ops *ops, void *arg)
{
	struct stream *s = calloc(1, sizeof(*s));

	if (!s || set_flags(fd) < 0 || set_flags(fd_out) < 0) {
		int saved = errno;
		free(s);
		close(fd);
		if (fd_out != fd)
			close(fd_out);
		errno = saved;
		return NULL;
	}
	s->loop = loop;
	s->fd = fd;
	s->fd_out = fd_out;
	s->ops = ops;
	s->arg = arg;
	msg_reader_init(&s->reader);
	ev_io_init(&s->in, in_cb, fd, EV_READ);
	ev_io_init(&s->out, out_cb, fd_out, EV_WRITE);
	ev_prepare_init(&s->later, later_cb);
	ev_set_priority(&s->later, EV_MINPRI);
	s->in.data = s->out.data = s->later.data = s;
	ev_io_start(loop, &s->in);
	return s;
}

void
stream_close(struct stream *s)
{
	int saved = errno;

	if (!s)
		return;
	if (!s->dead && stream_backlog(s) > 0)
		flush(s);
	s->closed = true;
	ev_io_stop(s->loop, &s->in);
	ev_io_stop(s->loop, &s->out);
	ev_clear_pending(s->loop, &s->later);
	if (s->depth == 0)
		stream_free(s);
	errno = saved;
}

int
stream_send_bytes(struct stream *s, const void *data, size_t len)
{
	if (s->dead || s->closed) {
		errno = ECONNRESET;
		return -1;
	}
	if (outqueue_add(&s->queue, data, len) < 0)
		return -1;
	if (stream_backlog(s) > READ_SIZE && !ev_is_active(&s->out))
		flush(s);
	if (stream_backlog(s) > 0 && !ev_is_active(&s->out))
		ev_feed_event(s->loop, &s->later, EV_CUSTOM);
	return 0;
}

int
stream_send(struct stream *s, const struct msg *m)
{
	size_t len;
	char *frame = msg_encode_frame(m, &len);
	int rc;

	if (!frame)
		return -1;
	rc = stream_send_bytes(s, frame, len);
	free(frame);
	return rc;
}

void
stream_abort(struct stream *s)
{
	if (s->dead || s->closed)
		return;
	outqueue_clear(&s->queue);
	ev_io_stop(s->loop, &s->out);
	ev_clear_pending(s->loop, &s->later);
	/* reading finds the end; a pipe has no other way to be ended */
	ev_io_start(s->loop, &s->in);
	if (shutdown(s->fd, SHUT_RDWR) < 0)
		ev_feed_event(s->loop, &s->in, EV_ERROR);
}

size_t
stream_backlog(const struct stream *s)
{
	return outqueue_len(&s->queue);
}

void
stream_set_patience(struct stream *s, size_t bytes)
{
	s->patience = bytes;
}

void
stream_pause(struct stream *s)
{
	ev_io_stop(s->loop, &s->in);
}

void
stream_resume(struct stream *s)
{
	if (!s->dead && !s->closed)
		ev_io_start(s->loop, &s->in);
}
