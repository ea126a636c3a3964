/* SPDX-License-Identifier: MIT */
/*
 * See wire.h. Frames to send are queued as they are, and what the socket takes
 * goes out at once. What comes is read into one buffer, in which frames are
 * opened; it grows with what has come, not with what a length says.
 */
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <errno.h>
#include <ev.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "wire.h"

enum {
	READ_SIZE = 65536,
	READS_PER_TURN = 16,
	WRITES_PER_TURN = 32,
	DRAIN_MS = 200,
};

struct wire_text {
	STAILQ_ENTRY(wire_text) next;
	size_t len;  /* of the text, then of the frame */
	size_t done; /* bytes that were sent */
	unsigned char frame[];
};

struct wire {
	struct ev_loop *loop;
	int fd;
	ev_io in, out;
	struct seal seal;
	STAILQ_HEAD(, wire_text) queue;
	unsigned char *buf;
	size_t used, size;
	const struct wire_ops *ops;
	void *arg;
	bool is_over;      /* the owner was told, or is about to destroy it */
	bool is_busy;      /* a callback runs */
	bool is_destroyed; /* by that callback */
};

void
wire_tune(int fd, double user_timeout)
{
	int on = 1;
	unsigned ms = user_timeout < 2e6 ? (unsigned)(user_timeout * 1000) : 0;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	if (ms > 0)
		setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &ms, sizeof(ms));
}

static void
over(struct wire *w, const char *why)
{
	if (w->is_over)
		return;
	w->is_over = true;
	ev_io_stop(w->loop, &w->in);
	ev_io_stop(w->loop, &w->out);
	w->ops->closed(w->arg, why);
}

/* ---- out ---- */

struct wire_text *
wire_text(size_t len)
{
	struct wire_text *t;

	if (len > WIRE_MAX) {
		errno = EMSGSIZE;
		return NULL;
	}
	t = malloc(sizeof(*t) + SEAL_LENGTH_LEN + len + SEAL_TAG_LEN);
	if (t) {
		t->len = len;
		t->done = 0;
	}
	return t;
}

char *
wire_text_data(struct wire_text *t)
{
	return (char *)t->frame + SEAL_LENGTH_LEN;
}

static void
drop_first(struct wire *w)
{
	struct wire_text *t = STAILQ_FIRST(&w->queue);

	STAILQ_REMOVE_HEAD(&w->queue, next);
	free(t);
}

/* 0: the socket takes no more now, or the queue is empty. -1 with errno. */
static int
flush(struct wire *w)
{
	struct iovec iov[WRITES_PER_TURN];
	struct wire_text *t;
	ssize_t n;

	while (!STAILQ_EMPTY(&w->queue)) {
		struct msghdr mh = { .msg_iov = iov };

		STAILQ_FOREACH(t, &w->queue, next) {
			iov[mh.msg_iovlen].iov_base = t->frame + t->done;
			iov[mh.msg_iovlen].iov_len = t->len - t->done;
			if (++mh.msg_iovlen == WRITES_PER_TURN)
				break;
		}
		n = sendmsg(w->fd, &mh, MSG_NOSIGNAL);
		if (n < 0)
			return errno == EAGAIN || errno == EINTR ? 0 : -1;
		while (n > 0 && (t = STAILQ_FIRST(&w->queue))) {
			size_t left = t->len - t->done;

			if ((size_t)n < left) {
				t->done += (size_t)n;
				break;
			}
			n -= (ssize_t)left;
			drop_first(w);
		}
	}
	return 0;
}

static void
out_cb(struct ev_loop *loop, ev_io *io, int revents)
{
	struct wire *w = io->data;

	(void)revents;
	if (flush(w) < 0)
		over(w, strerror(errno));
	else if (STAILQ_EMPTY(&w->queue))
		ev_io_stop(loop, io);
}

/* What goes wrong here is told from the loop, not to the sender. */
void
wire_send(struct wire *w, struct wire_text *t)
{
	bool was_empty = STAILQ_EMPTY(&w->queue);

	if (w->is_over) {
		free(t);
		return;
	}
	seal_close(&w->seal, t->frame, t->len);
	t->len += SEAL_LENGTH_LEN + SEAL_TAG_LEN;
	STAILQ_INSERT_TAIL(&w->queue, t, next);
	if (was_empty && flush(w) == 0 && STAILQ_EMPTY(&w->queue))
		return;
	ev_io_start(w->loop, &w->out);
}

/* ---- in ---- */

static int
make_room(struct wire *w)
{
	size_t size = w->size ? 2 * w->size : READ_SIZE;
	unsigned char *buf;

	if (w->size - w->used >= READ_SIZE / 2)
		return 0;
	if (!(buf = realloc(w->buf, size)))
		return -1;
	w->buf = buf;
	w->size = size;
	return 0;
}

/* A buffer that was needed once for much is not kept. */
static void
give_back(struct wire *w)
{
	if (w->used > 0 || w->size <= 16 * READ_SIZE)
		return;
	free(w->buf);
	w->buf = NULL;
	w->size = 0;
}

/* Hand over the frames that are whole. */
static void
take_frames(struct wire *w)
{
	size_t pos = 0, len;

	while (!w->is_over && w->used - pos >= SEAL_LENGTH_LEN) {
		unsigned char *frame = w->buf + pos;

		len = seal_frame_length(frame);
		if (len < SEAL_TAG_LEN || len > WIRE_MAX + SEAL_TAG_LEN) {
			over(w, "it was tampered with");
			return;
		}
		if (w->used - pos - SEAL_LENGTH_LEN < len)
			break;
		if (seal_open(&w->seal, frame) < 0) {
			over(w, "it was tampered with");
			return;
		}
		w->ops->text(w->arg, (char *)frame + SEAL_LENGTH_LEN,
		    len - SEAL_TAG_LEN);
		pos += SEAL_LENGTH_LEN + len;
	}
	if (w->is_over)
		return;
	memmove(w->buf, w->buf + pos, w->used - pos);
	w->used -= pos;
	give_back(w);
}

/* Whether there may be more. */
static bool
read_some(struct wire *w)
{
	size_t room;
	ssize_t n;

	if (make_room(w) < 0) {
		over(w, "out of memory");
		return false;
	}
	room = w->size - w->used;
	n = read(w->fd, w->buf + w->used, room);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n <= 0) {
		over(w, n < 0 ? strerror(errno) : "connection closed");
		return false;
	}
	w->used += (size_t)n;
	take_frames(w);
	return !w->is_over && (size_t)n == room;
}

static void
free_all(struct wire *w)
{
	while (!STAILQ_EMPTY(&w->queue))
		drop_first(w);
	shutdown(w->fd, SHUT_WR);
	close(w->fd);
	free(w->buf);
	explicit_bzero(&w->seal, sizeof(w->seal));
	free(w);
}

static void
in_cb(struct ev_loop *loop, ev_io *io, int revents)
{
	struct wire *w = io->data;

	(void)loop;
	(void)revents;
	w->is_busy = true;
	for (int i = 0; i < READS_PER_TURN && read_some(w); i++)
		;
	w->is_busy = false;
	if (w->is_destroyed)
		free_all(w);
}

/* ---- life ---- */

struct wire *
wire_create(struct ev_loop *loop, int fd, const struct seal *s,
    const struct wire_ops *ops, void *arg)
{
	struct wire *w = calloc(1, sizeof(*w));

	if (!w) {
		close(fd);
		return NULL;
	}
	w->loop = loop;
	w->fd = fd;
	w->seal = *s;
	w->ops = ops;
	w->arg = arg;
	STAILQ_INIT(&w->queue);
	ev_io_init(&w->in, in_cb, fd, EV_READ);
	ev_io_init(&w->out, out_cb, fd, EV_WRITE);
	w->in.data = w->out.data = w;
	ev_io_start(loop, &w->in);
	return w;
}

void
wire_destroy(struct wire *w)
{
	if (!w)
		return;
	if (!w->is_over)
		flush(w);
	w->is_over = true;
	ev_io_stop(w->loop, &w->in);
	ev_io_stop(w->loop, &w->out);
	if (w->is_busy)
		w->is_destroyed = true;
	else
		free_all(w);
}

/* Read until the other side has closed, too: closing with something unread
 * would make the kernel throw away what the other side has not read yet. */
void
wire_drain(struct wire *w)
{
	struct pollfd p = { .fd = w->fd };
	char buf[4096];

	for (int i = 0; i < DRAIN_MS / 10 && !w->is_over; i++) {
		if (flush(w) < 0)
			return;
		p.events = POLLIN;
		if (STAILQ_EMPTY(&w->queue))
			shutdown(w->fd, SHUT_WR);
		else
			p.events |= POLLOUT;
		if (poll(&p, 1, 10) > 0 && (p.revents & ~POLLOUT) &&
		    read(w->fd, buf, sizeof(buf)) <= 0)
			return;
	}
}
