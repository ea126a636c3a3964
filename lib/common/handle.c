/* SPDX-License-Identifier: MIT */
/*
 * A client's connection to a broker. Pending RPCs stand in an array indexed by
 * matchtag; the lowest free tag is reused, as other clients do. Callbacks run
 * only from handle_read, one message at a time, so that a callback may send
 * and forget RPCs freely.
 */
#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "handle.h"
#include "outqueue.h"
#include "transport.h"

struct pending {
	rpc_f cb; /* NULL and busy: forgotten, the answer is dropped */
	void *arg;
	bool busy;
};

struct handle {
	int fd;
	struct msg_reader in;
	struct outqueue out;
	struct pending *pending; /* [0] is not used */
	uint32_t npending;       /* size of the array */
	uint32_t lowest;         /* no free tag below this one */
	int count;               /* RPCs that wait for an answer */
	bool stop, lost, corked;
	handle_msg_f on_event, on_request;
	void *event_arg, *request_arg;
};

struct handle *
handle_open_fd(int fd)
{
	struct handle *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0 ||
	    fcntl(fd, F_SETFD, FD_CLOEXEC) < 0) {
		free(h);
		return NULL;
	}
	h->fd = fd;
	h->lowest = 1;
	msg_reader_init(&h->in);
	return h;
}

struct handle *
handle_open(const char *uri, struct errmsg *em)
{
	int fd = transport_open(uri, em);
	struct handle *h;

	if (fd < 0)
		return NULL;
	if (!(h = handle_open_fd(fd))) {
		errmsg_set(em, "%s", strerror(errno));
		close(fd);
	}
	return h;
}

void
handle_close(struct handle *h)
{
	int saved = errno;

	if (!h)
		return;
	if (!h->lost)
		handle_flush(h);
	close(h->fd);
	msg_reader_fini(&h->in);
	outqueue_fini(&h->out);
	free(h->pending);
	free(h);
	errno = saved;
}

/* ---- sending ---- */

int
handle_flush(struct handle *h)
{
	if (outqueue_write(&h->out, h->fd) >= 0)
		return 0;
	errno = ECONNRESET;
	return -1;
}

bool
handle_wants_write(const struct handle *h)
{
	return !h->lost && outqueue_len(&h->out) > 0;
}

int
handle_send(struct handle *h, const struct msg *m)
{
	size_t len;
	char *frame;
	bool idle = !handle_wants_write(h);
	int rc;

	if (h->lost) {
		errno = ECONNRESET;
		return -1;
	}
	if (!(frame = msg_encode_frame(m, &len)))
		return -1;
	rc = outqueue_add(&h->out, frame, len);
	free(frame);
	/* A failed write is not reported here: the read side finds the loss,
	 * after it has delivered what the broker said last. */
	if (rc == 0 && idle && !h->corked)
		handle_flush(h);
	return rc;
}

void
handle_cork(struct handle *h, bool on)
{
	h->corked = on;
}

/* ---- RPCs ---- */

static int64_t
tag_alloc(struct handle *h)
{
	uint32_t tag = h->lowest;

	while (tag < h->npending && h->pending[tag].busy)
		tag++;
	if (tag >= h->npending) {
		uint32_t n = h->npending ? 2 * h->npending : 16;
		struct pending *p = realloc(h->pending, n * sizeof(*p));
		if (!p)
			return -1;
		memset(p + h->npending, 0, (n - h->npending) * sizeof(*p));
		h->pending = p;
		h->npending = n;
	}
	h->lowest = tag + 1;
	h->pending[tag].busy = true;
	h->count++;
	return tag;
}

static void
tag_free(struct handle *h, uint32_t tag)
{
	h->pending[tag] = (struct pending){ 0 };
	if (tag < h->lowest)
		h->lowest = tag;
	h->count--;
}

int64_t
handle_expect(struct handle *h, rpc_f cb, void *arg)
{
	int64_t tag = tag_alloc(h);

	if (tag > 0) {
		h->pending[tag].cb = cb;
		h->pending[tag].arg = arg;
	}
	return tag;
}

/* Takes m, which may be NULL: memory has run out. */
static int64_t
rpc_send(struct handle *h, struct msg *m, rpc_f cb, void *arg)
{
	int64_t tag = 0;

	if (!m)
		return -1;
	if (!(m->flags & MSG_NORESPONSE)) {
		if ((tag = handle_expect(h, cb, arg)) < 0)
			goto error;
		m->matchtag = tag;
	}
	if (handle_send(h, m) < 0)
		goto error;
	msg_unref(m);
	return tag;
error:
	if (tag > 0)
		tag_free(h, tag);
	msg_unref(m);
	return -1;
}

int64_t
handle_rpc_new(struct handle *h, const char *topic, uint32_t nodeid, int flags,
    json_t *payload_new, rpc_f cb, void *arg)
{
	struct msg *m = msg_request(topic, nodeid, flags, payload_new);

	json_decref(payload_new);
	return rpc_send(h, m, cb, arg);
}

int64_t
handle_rpc_text(struct handle *h, const char *topic, uint32_t nodeid, int flags,
    const char *payload, rpc_f cb, void *arg)
{
	struct msg *m = msg_request(topic, nodeid, flags, NULL);

	if (m && payload &&
	    msg_set_payload(m, payload, strlen(payload) + 1) < 0) {
		msg_unref(m);
		m = NULL;
	}
	return rpc_send(h, m, cb, arg);
}

void
handle_rpc_forget(struct handle *h, uint32_t tag)
{
	if (tag > 0 && tag < h->npending)
		h->pending[tag].cb = NULL;
}

int
handle_rpc_count(const struct handle *h)
{
	return h->count;
}

static void
answer(struct handle *h, uint32_t tag, const struct reply *r)
{
	struct pending p;

	if (tag == 0 || tag >= h->npending || !h->pending[tag].busy)
		return;
	p = h->pending[tag];
	if (r->errnum != 0 || !r->msg || !(r->msg->flags & MSG_STREAMING))
		tag_free(h, tag);
	if (p.cb)
		p.cb(h, r, p.arg);
}

static void
dispatch_response(struct handle *h, struct msg *m)
{
	struct reply r = { .errnum = m->errnum, .msg = m };

	if (r.errnum != 0 && !(r.text = msg_get_text(m)))
		r.text = strerror(r.errnum);
	if (r.errnum == 0 && (m->flags & MSG_PAYLOAD))
		r.json = msg_get_json(m);
	answer(h, m->matchtag, &r);
	json_decref(r.json);
}

static void
dispatch(struct handle *h, struct msg *m)
{
	if (m->type == MSG_RESPONSE)
		dispatch_response(h, m);
	else if (m->type == MSG_EVENT && h->on_event)
		h->on_event(h, m, h->event_arg);
	else if (m->type == MSG_REQUEST && h->on_request)
		h->on_request(h, m, h->request_arg);
}

/* Nobody will answer any more: tell all that wait. */
static int
lose(struct handle *h)
{
	struct reply r = { .errnum = ECONNRESET, .text = strerror(ECONNRESET) };

	h->lost = true;
	for (uint32_t tag = 1; tag < h->npending; tag++)
		answer(h, tag, &r);
	errno = ECONNRESET;
	return -1;
}

static int
dispatch_all(struct handle *h)
{
	struct msg *m;

	while ((m = msg_reader_next(&h->in))) {
		dispatch(h, m);
		msg_unref(m);
	}
	return errno ? lose(h) : 0;
}

int
handle_read(struct handle *h)
{
	char buf[65536];

	if (h->lost) {
		errno = ECONNRESET;
		return -1;
	}
	for (;;) {
		ssize_t n = recv(h->fd, buf, sizeof(buf), 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return 0;
		if (n <= 0 || msg_reader_feed(&h->in, buf, n) < 0)
			return lose(h);
		if (dispatch_all(h) < 0)
			return -1;
		if ((size_t)n < sizeof(buf))
			return 0;
	}
}

int
handle_poll(struct handle *h, int timeout_ms)
{
	struct pollfd pfd = { .fd = h->fd, .events = POLLIN };
	int n;

	if (handle_wants_write(h))
		pfd.events |= POLLOUT;
	if ((n = poll(&pfd, 1, timeout_ms)) < 0)
		return -1;
	if (n == 0)
		return 0;
	if (pfd.revents & POLLOUT)
		handle_flush(h);
	if (pfd.revents & (POLLIN | POLLHUP | POLLERR))
		return handle_read(h);
	return 0;
}

int
handle_run(struct handle *h)
{
	while (h->count > 0) {
		if (h->stop) {
			h->stop = false;
			return 1;
		}
		if (handle_poll(h, -1) < 0 && errno != EINTR)
			return -1;
	}
	h->stop = false;
	return h->lost ? -1 : 0;
}

void
handle_stop(struct handle *h)
{
	h->stop = true;
}

struct call {
	bool done;
	int errnum;
	json_t *json;
	struct errmsg *em;
};

static void
call_done(struct handle *h, const struct reply *r, void *arg)
{
	struct call *c = arg;

	(void)h;
	c->done = true;
	c->errnum = r->errnum;
	if (r->errnum)
		errmsg_set(c->em, "%s", r->text);
	c->json = json_incref(r->json);
}

/* tag as an RPC returned it. */
static int
call_wait(struct handle *h, int64_t tag, struct call *c, json_t **out)
{
	if (tag < 0)
		return errmsg_set(c->em, "%s", strerror(errno));
	while (!c->done) {
		if (handle_poll(h, -1) < 0 && errno != EINTR && !c->done) {
			handle_rpc_forget(h, tag);
			return errmsg_set(c->em, "%s", strerror(errno));
		}
	}
	if (c->errnum) {
		json_decref(c->json);
		errno = c->errnum;
		return -1;
	}
	if (out)
		*out = c->json;
	else
		json_decref(c->json);
	return 0;
}

int
handle_call_new(struct handle *h, const char *topic, uint32_t nodeid,
    json_t *payload_new, json_t **out, struct errmsg *em)
{
	struct call c = { .em = em };

	return call_wait(h,
	    handle_rpc_new(h, topic, nodeid, 0, payload_new, call_done, &c), &c,
	    out);
}

int
handle_call_text(struct handle *h, const char *topic, uint32_t nodeid,
    const char *payload, json_t **out, struct errmsg *em)
{
	struct call c = { .em = em };

	return call_wait(h,
	    handle_rpc_text(h, topic, nodeid, 0, payload, call_done, &c), &c,
	    out);
}

int
handle_fd(const struct handle *h)
{
	return h->fd;
}

void
handle_set_event(struct handle *h, handle_msg_f f, void *arg)
{
	h->on_event = f;
	h->event_arg = arg;
}

void
handle_set_request(struct handle *h, handle_msg_f f, void *arg)
{
	h->on_request = f;
	h->request_arg = arg;
}

/*
 * Behind flux proxy the parent of an instance is on the instance's host, not
 * on this one: FLUX_PROXY_REMOTE names it. (The one place of this module that
 * reads the environment: the attribute means nothing without it.)
 */
static char *
through_proxy(const char *name, const char *value)
{
	const char *remote = getenv("FLUX_PROXY_REMOTE");
	char *s;

	if (!remote || strcmp(name, "parent-uri") != 0 ||
	    strncmp(value, "local://", 8) != 0)
		return strdup(value);
	return asprintf(&s, "ssh://%s%s", remote, value + 8) < 0 ? NULL : s;
}

char *
handle_getattr(struct handle *h, const char *name)
{
	json_t *out = NULL;
	char *value = NULL;
	const char *s;

	if (handle_call_new(h, "attr.get", NODEID_ANY,
		json_pack("{s:s}", "name", name), &out, NULL) < 0)
		return NULL;
	if ((s = json_string_value(json_object_get(out, "value"))))
		value = through_proxy(name, s);
	else
		errno = EPROTO;
	json_decref(out);
	return value;
}
