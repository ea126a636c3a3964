/* SPDX-License-Identifier: MIT */
/* What a peer writes arrives as the same messages in pieces of any size; then
 * the stream is lost, once. */
#include <sys/socket.h>

#include <errno.h>
#include <ev.h>
#include <stdbool.h>
#include <unistd.h>

#include "fuzz.h"
#include "msg.h"
#include "stream.h"

struct peer {
	struct stream *stream;
	int messages, losses;
	bool is_closing; /* at the first message */
};

static void
on_msg(void *arg, struct msg *m)
{
	struct peer *p = arg;

	must(p->losses == 0);
	p->messages++;
	stream_send(p->stream, m);
	if (p->is_closing) {
		stream_close(p->stream);
		p->stream = NULL;
	}
}

static void
on_lost(void *arg, int errnum)
{
	struct peer *p = arg;

	must(errnum != 0);
	p->losses++;
}

static int
count(struct ev_loop *loop, const uint8_t *data, size_t size, size_t step)
{
	static const struct stream_ops ops = { .msg = on_msg, .lost = on_lost };
	struct peer p = { .is_closing = step == 2 };
	size_t n;
	int fds[2];

	must(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
	p.stream = stream_open(loop, fds[0], fds[0], &ops, &p);
	must(p.stream);
	for (size_t i = 0; i < size; i += n) {
		n = size - i < step ? size - i : step;
		if (send(fds[1], data + i, n, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
			break;
		ev_run(loop, EVRUN_NOWAIT);
	}
	close(fds[1]);
	for (int i = 0; i < 4 && p.stream; i++)
		ev_run(loop, EVRUN_NOWAIT);
	must(!p.stream || p.losses == 1);
	stream_close(p.stream);
	return p.messages;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ev_loop *loop = ev_default_loop(EVFLAG_AUTO);

	if (size > 2000) /* or it does not fit into a socket */
		return 0;
	must(count(loop, data, size, size + 1) == count(loop, data, size, 7));
	must(count(loop, data, size, 2) <= 1);
	return 0;
}
