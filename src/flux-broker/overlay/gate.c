/* SPDX-License-Identifier: MIT */
#include <sys/queue.h>
#include <sys/socket.h>

#include <errno.h>
#include <ev.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gate.h"

enum { ACCEPTS_PER_TURN = 16, BACKLOG = 128 };

/* How long not to accept when there are no descriptors. */
#define PAUSE 0.5

static const char *const names[] = {
	[GATE_JOINED] = "joined",
	[GATE_GARBAGE] = "garbage",
	[GATE_REFUSED] = "refused",
	[GATE_SILENT] = "silent",
	[GATE_CROWDED] = "crowded",
};

/* One who has not said who it is. */
struct waiting {
	struct gate *gate;
	struct address from;
	int fd;
	ev_io io;
	ev_timer patience;
	unsigned char challenge[SEAL_CHALLENGE_LEN];
	unsigned char hello[SEAL_HELLO_LEN];
	size_t used;
	TAILQ_ENTRY(waiting) next;
};

struct gate {
	struct ev_loop *loop;
	struct address address;
	int fd;
	ev_io io;
	ev_timer pause;
	TAILQ_HEAD(, waiting) waiting; /* the oldest first */
	int nwaiting;
	unsigned long counts[GATE_NCOUNTS];
	const struct gate_ops *ops;
	void *arg;
};

const char *
gate_count_name(enum gate_count which)
{
	return names[which];
}

unsigned long
gate_count(const struct gate *g, enum gate_count which)
{
	return g->counts[which];
}

const struct address *
gate_address(const struct gate *g)
{
	return &g->address;
}

/* ---- one who waits ---- */

/* The descriptor is the caller's. */
static int
forget(struct waiting *w)
{
	struct gate *g = w->gate;
	int fd = w->fd;

	ev_io_stop(g->loop, &w->io);
	ev_timer_stop(g->loop, &w->patience);
	TAILQ_REMOVE(&g->waiting, w, next);
	g->nwaiting--;
	free(w);
	return fd;
}

static void
drop(struct waiting *w, enum gate_count why)
{
	struct gate *g = w->gate;
	struct address from = w->from;

	close(forget(w));
	g->counts[why]++;
	g->ops->dropped(g->arg, why, &from);
}

static void
let_in(struct waiting *w, uint32_t child, const struct seal *s)
{
	struct gate *g = w->gate;

	g->counts[GATE_JOINED]++;
	g->ops->joined(g->arg, child, forget(w), s);
}

static void
check_hello(struct waiting *w)
{
	unsigned char reply[SEAL_REPLY_LEN];
	const struct seal_pair *pair;
	uint32_t ranks[2];
	struct seal s;

	if (seal_hello_ranks(w->hello, ranks) < 0) {
		drop(w, GATE_GARBAGE);
		return;
	}
	pair = w->gate->ops->pair(w->gate->arg, ranks);
	if (!pair || seal_reply(&s, pair, w->challenge, w->hello, reply) < 0) {
		drop(w, GATE_REFUSED);
		return;
	}
	/* the first bytes but the challenge: the socket has room */
	if (send(w->fd, reply, sizeof(reply), MSG_NOSIGNAL) != sizeof(reply))
		drop(w, GATE_SILENT);
	else
		let_in(w, ranks[0], &s);
	explicit_bzero(&s, sizeof(s));
}

static void
hello_cb(struct ev_loop *loop, ev_io *io, int revents)
{
	struct waiting *w = io->data;
	ssize_t n = read(w->fd, w->hello + w->used, sizeof(w->hello) - w->used);

	(void)loop;
	(void)revents;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		drop(w, GATE_SILENT);
		return;
	}
	w->used += (size_t)n;
	if (w->used == sizeof(w->hello))
		check_hello(w);
	else if (w->used >= 8 && seal_hello_ranks(w->hello, (uint32_t[2]){ 0 }))
		drop(w, GATE_GARBAGE);
}

static void
patience_cb(struct ev_loop *loop, ev_timer *t, int revents)
{
	(void)loop;
	(void)revents;
	drop(t->data, GATE_SILENT);
}

/* ---- the door ---- */

static void
make_place(struct gate *g, const struct address *from)
{
	struct waiting *w, *oldest = NULL;
	int same = 0;

	TAILQ_FOREACH(w, &g->waiting, next) {
		if (!address_same_host(&w->from, from))
			continue;
		if (same++ == 0)
			oldest = w;
	}
	if (same < GATE_PER_HOST)
		oldest = NULL;
	if (!oldest && g->nwaiting >= GATE_WAITING)
		oldest = TAILQ_FIRST(&g->waiting);
	if (oldest)
		drop(oldest, GATE_CROWDED);
}

static void
welcome(struct gate *g, int fd, const struct address *from)
{
	struct waiting *w = calloc(1, sizeof(*w));

	if (!w) {
		close(fd);
		return;
	}
	make_place(g, from);
	w->gate = g;
	w->from = *from;
	w->fd = fd;
	TAILQ_INSERT_TAIL(&g->waiting, w, next);
	g->nwaiting++;
	ev_io_init(&w->io, hello_cb, fd, EV_READ);
	ev_timer_init(&w->patience, patience_cb, GATE_PATIENCE, 0.);
	w->io.data = w->patience.data = w;
	ev_io_start(g->loop, &w->io);
	ev_timer_start(g->loop, &w->patience);
	seal_challenge(w->challenge);
	if (send(fd, w->challenge, sizeof(w->challenge), MSG_NOSIGNAL) !=
	    sizeof(w->challenge))
		drop(w, GATE_SILENT);
}

static bool
is_passing(int errnum)
{
	return errnum == EAGAIN || errnum == EINTR || errnum == ECONNABORTED ||
	       errnum == EPROTO;
}

static void
accept_cb(struct ev_loop *loop, ev_io *io, int revents)
{
	struct gate *g = io->data;

	(void)revents;
	for (int i = 0; i < ACCEPTS_PER_TURN; i++) {
		struct address from = { .len = sizeof(from.sa) };
		int fd = accept4(g->fd, (struct sockaddr *)&from.sa, &from.len,
		    SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0) {
			if (!is_passing(errno)) {
				ev_io_stop(loop, io);
				ev_timer_start(loop, &g->pause);
			}
			return;
		}
		welcome(g, fd, &from);
	}
}

static void
pause_cb(struct ev_loop *loop, ev_timer *t, int revents)
{
	struct gate *g = t->data;

	(void)revents;
	ev_timer_set(&g->pause, PAUSE, 0.);
	ev_io_start(loop, &g->io);
}

/* ---- life ---- */

static int
listen_at(struct gate *g, const struct address *a)
{
	int on = 1;

	g->fd = socket(
	    a->sa.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (g->fd < 0)
		return -1;
	/* a broker that comes back takes its port again */
	setsockopt(g->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	g->address.len = sizeof(g->address.sa);
	if (bind(g->fd, (const struct sockaddr *)&a->sa, a->len) < 0 ||
	    listen(g->fd, BACKLOG) < 0)
		return -1;
	return getsockname(
	    g->fd, (struct sockaddr *)&g->address.sa, &g->address.len);
}

struct gate *
gate_open(struct ev_loop *loop, const struct address *a,
    const struct gate_ops *ops, void *arg, struct errmsg *em)
{
	struct gate *g = calloc(1, sizeof(*g));
	char uri[ADDRESS_STRMAX];

	if (!g) {
		errmsg_set(em, "out of memory");
		return NULL;
	}
	g->loop = loop;
	g->fd = -1;
	g->ops = ops;
	g->arg = arg;
	TAILQ_INIT(&g->waiting);
	if (listen_at(g, a) < 0) {
		errmsg_set(em, "%s: %s", address_uri(uri, a), strerror(errno));
		gate_close(g);
		return NULL;
	}
	ev_io_init(&g->io, accept_cb, g->fd, EV_READ);
	ev_timer_init(&g->pause, pause_cb, PAUSE, 0.);
	g->io.data = g->pause.data = g;
	ev_io_start(loop, &g->io);
	return g;
}

void
gate_close(struct gate *g)
{
	struct waiting *w;

	if (!g)
		return;
	while ((w = TAILQ_FIRST(&g->waiting)))
		close(forget(w));
	if (g->fd >= 0) {
		ev_io_stop(g->loop, &g->io);
		ev_timer_stop(g->loop, &g->pause);
		close(g->fd);
	}
	free(g);
}
