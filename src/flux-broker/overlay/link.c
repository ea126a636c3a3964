/* SPDX-License-Identifier: MIT */
#include <sys/queue.h>

#include <errno.h>
#include <ev.h>
#include <nanomsg/nn.h>
#include <nanomsg/pipeline.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../broker.h"
#include "link.h"

enum { PACKETS_PER_TURN = 64, BUFFER_SIZE = 1 << 20 };

#define CLOSE_TIMEOUT_MS 200

struct inbox {
	struct broker *b;
	int sock;
	ev_io io;
	packet_f cb;
	void *arg;
};

struct queued {
	void *nnmsg; /* from nn_allocmsg */
	STAILQ_ENTRY(queued) next;
};

struct outbox {
	struct broker *b;
	int sock;
	uint64_t epoch, sequence;
	ev_io io; /* nanomsg says that it takes more */
	STAILQ_HEAD(, queued) queue;
};

static int
watch_fd(int sock, int option)
{
	int fd;
	size_t size = sizeof(fd);

	if (nn_getsockopt(sock, NN_SOL_SOCKET, option, &fd, &size) < 0)
		return -1;
	return fd;
}

/* ---- inbox ---- */

static void
inbox_cb(struct ev_loop *loop, ev_io *w, int revents)
{
	struct inbox *in = w->data;
	struct link_packet p;
	char *data;
	int n;

	(void)loop;
	(void)revents;
	for (int i = 0; i < PACKETS_PER_TURN; i++) {
		n = nn_recv(in->sock, &data, NN_MSG, NN_DONTWAIT);
		if (n < 0)
			return;
		if (link_get_header(&p, data, (size_t)n) == 0)
			in->cb(in->arg, &p);
		nn_freemsg(data);
	}
}

struct inbox *
inbox_open(struct broker *b, const char *uri, packet_f cb, void *arg,
    struct errmsg *em)
{
	struct inbox *in = calloc(1, sizeof(*in));
	int unlimited = -1, fd;

	if (!in) {
		errmsg_set(em, "out of memory");
		return NULL;
	}
	in->b = b;
	in->cb = cb;
	in->arg = arg;
	in->sock = nn_socket(AF_SP, NN_PULL);
	if (in->sock < 0 ||
	    nn_setsockopt(in->sock, NN_SOL_SOCKET, NN_RCVMAXSIZE, &unlimited,
		sizeof(unlimited)) < 0 ||
	    nn_bind(in->sock, uri) < 0 ||
	    (fd = watch_fd(in->sock, NN_RCVFD)) < 0) {
		errmsg_set(em, "%s: %s", uri, nn_strerror(nn_errno()));
		inbox_close(in);
		return NULL;
	}
	ev_io_init(&in->io, inbox_cb, fd, EV_READ);
	in->io.data = in;
	ev_io_start(b->loop, &in->io);
	return in;
}

void
inbox_close(struct inbox *in)
{
	if (!in)
		return;
	ev_io_stop(in->b->loop, &in->io);
	if (in->sock >= 0)
		nn_close(in->sock);
	free(in);
}

/* ---- outbox ---- */

static bool
try_send(struct outbox *out, void *nnmsg)
{
	return nn_send(out->sock, &nnmsg, NN_MSG, NN_DONTWAIT) >= 0;
}

static void
outbox_cb(struct ev_loop *loop, ev_io *w, int revents)
{
	struct outbox *out = w->data;
	struct queued *q;

	(void)revents;
	while ((q = STAILQ_FIRST(&out->queue))) {
		if (!try_send(out, q->nnmsg))
			return;
		STAILQ_REMOVE_HEAD(&out->queue, next);
		free(q);
	}
	ev_io_stop(loop, w);
}

struct outbox *
outbox_open(
    struct broker *b, const char *uri, uint64_t epoch, struct errmsg *em)
{
	struct outbox *out = calloc(1, sizeof(*out));
	int size = BUFFER_SIZE, fd;

	if (!out) {
		errmsg_set(em, "out of memory");
		return NULL;
	}
	out->b = b;
	out->epoch = epoch;
	STAILQ_INIT(&out->queue);
	out->sock = nn_socket(AF_SP, NN_PUSH);
	if (out->sock < 0 ||
	    nn_setsockopt(
		out->sock, NN_SOL_SOCKET, NN_SNDBUF, &size, sizeof(size)) < 0 ||
	    nn_connect(out->sock, uri) < 0 ||
	    (fd = watch_fd(out->sock, NN_SNDFD)) < 0) {
		errmsg_set(em, "%s: %s", uri, nn_strerror(nn_errno()));
		outbox_close(out);
		return NULL;
	}
	ev_io_init(&out->io, outbox_cb, fd, EV_READ);
	out->io.data = out;
	return out;
}

/* nn_close drops what nanomsg has not written; so give it a moment by sending
 * with a timeout, and leave the rest to the peer's detection of loss. */
static void
drain(struct outbox *out)
{
	int timeout = CLOSE_TIMEOUT_MS;
	struct queued *q;

	nn_setsockopt(
	    out->sock, NN_SOL_SOCKET, NN_SNDTIMEO, &timeout, sizeof(timeout));
	while ((q = STAILQ_FIRST(&out->queue))) {
		if (nn_send(out->sock, &q->nnmsg, NN_MSG, 0) < 0)
			return;
		STAILQ_REMOVE_HEAD(&out->queue, next);
		free(q);
	}
}

void
outbox_close(struct outbox *out)
{
	struct queued *q;

	if (!out)
		return;
	ev_io_stop(out->b->loop, &out->io);
	drain(out);
	while ((q = STAILQ_FIRST(&out->queue))) {
		STAILQ_REMOVE_HEAD(&out->queue, next);
		nn_freemsg(q->nnmsg);
		free(q);
	}
	if (out->sock >= 0)
		nn_close(out->sock);
	free(out);
}

static int
enqueue(struct outbox *out, void *nnmsg)
{
	struct queued *q = calloc(1, sizeof(*q));

	if (!q) {
		nn_freemsg(nnmsg);
		errno = ENOMEM;
		return -1;
	}
	q->nnmsg = nnmsg;
	STAILQ_INSERT_TAIL(&out->queue, q, next);
	ev_io_start(out->b->loop, &out->io);
	return 0;
}

int
outbox_send(
    struct outbox *out, enum link_type type, const void *body, size_t len)
{
	struct link_packet p = {
		.type = type, .rank = out->b->rank, .epoch = out->epoch
	};
	char *nnmsg = nn_allocmsg(LINK_HEADER_LEN + len, 0);

	if (!nnmsg) {
		errno = ENOMEM;
		return -1;
	}
	p.sequence = ++out->sequence;
	link_put_header(nnmsg, &p);
	if (len > 0)
		memcpy(nnmsg + LINK_HEADER_LEN, body, len);
	if (STAILQ_EMPTY(&out->queue) && try_send(out, nnmsg))
		return 0;
	return enqueue(out, nnmsg);
}
