/* SPDX-License-Identifier: MIT */
/*
 * Topics rexec.*: processes of the owner beside all jobs, as flux-exec(1) asks
 * for them on each rank; what they are is in lib/common/subproc.h.
 *
 * A process whose client does not read is made to wait: when much was sent, the
 * broker of the client is asked by rexec.drained, which takes the same way
 * behind the output, and answers when the client has read it. The reference
 * has no such topic, and answers with an error, which is an answer, too.
 */
#include <sys/queue.h>

#include <ev.h>
#include <stdlib.h>
#include <string.h>

#include "../attrs.h"
#include "../broker.h"
#include "../local.h"
#include "../log-service.h"
#include "../overlay/overlay.h"
#include "../service.h"
#include "idset.h"
#include "rexec.h"
#include "subproc.h"

/* A client with less than this to read is not slow. */
#define LOW_WATER (256u << 10)

/* How often to look, s. */
#define POLL_PERIOD .02

struct drain {
	struct rexec *rx;
	unsigned id; /* of the process that waits */
	LIST_ENTRY(drain) next;
};

struct rexec {
	struct broker *b;
	struct subprocs *procs;
	LIST_HEAD(, drain) drains;
	struct waitlist draining; /* rexec.drained of clients that are slow */
	ev_timer poll;            /* runs while there are some */
};

/* ---- processes ---- */

static const struct msg *
op_msg(void *req)
{
	return request_msg(req);
}

static void
op_respond(void *req, json_t *o)
{
	request_respond_new(req, o);
}

static void
op_fail(void *req, int errnum, const char *text)
{
	request_fail(req, errnum, text);
}

static void *
op_hold(void *req)
{
	return request_ref(req);
}

static void
op_release(void *req)
{
	request_unref(req);
}

static void
op_log(void *arg, bool is_error, const char *text)
{
	struct rexec *rx = arg;

	log_write(
	    rx->b->log, is_error ? LOG_SEV_ERR : LOG_SEV_INFO, "rexec", text);
}

static void
on_drained(void *arg, int errnum, const char *text, const json_t *payload)
{
	struct drain *d = arg;

	(void)errnum;
	(void)text;
	(void)payload;
	LIST_REMOVE(d, next);
	subprocs_go_on(d->rx->procs, d->id);
	free(d);
}

static void
op_drain(void *arg, void *req, unsigned id)
{
	struct rexec *rx = arg;
	const struct msg *m = request_msg(req);
	struct drain *d = calloc(1, sizeof(*d));

	if (d) {
		d->rx = rx;
		d->id = id;
		LIST_INSERT_HEAD(&rx->drains, d, next);
		if (broker_rpc_new(rx->b, subproc_origin(m, rx->b->rank),
			"rexec.drained", 0,
			json_pack("{s:s}", "client", msg_sender(m)), on_drained,
			d) == 0)
			return;
		LIST_REMOVE(d, next);
		free(d);
	}
	subprocs_go_on(rx->procs, id);
}

static uint32_t
op_rank(void *arg)
{
	return ((struct rexec *)arg)->b->rank;
}

static const char *
op_local_uri(void *arg)
{
	return attrs_get(((struct rexec *)arg)->b->attrs, "local-uri");
}

static const struct subproc_ops ops = {
	.msg = op_msg,
	.respond = op_respond,
	.fail = op_fail,
	.hold = op_hold,
	.release = op_release,
	.log = op_log,
	.drain = op_drain,
	.rank = op_rank,
	.local_uri = op_local_uri,
};

static int
process_request(void *ctx, struct request *req, struct answer *an)
{
	struct rexec *rx = ctx;

	(void)an;
	subprocs_request(
	    rx->procs, strchr(request_msg(req)->topic, '.') + 1, req);
	return ANSWER_LATER;
}

static void
disconnect(void *ctx, const char *sender)
{
	struct rexec *rx = ctx;

	subprocs_disconnect(rx->procs, sender);
}

static void
ranks_changed(void *arg, const struct idset *ranks, bool is_up)
{
	struct rexec *rx = arg;

	if (!is_up)
		subprocs_lost(rx->procs, ranks);
}

/* ---- clients ---- */

static bool
is_slow(struct rexec *rx, struct request *req)
{
	const char *uuid = "";

	request_unpack(req, "{s:s}", "client", &uuid);
	return local_backlog(rx->b, uuid) > LOW_WATER;
}

static void
poll_cb(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct rexec *rx = w->data;
	struct waiter *l = rx->draining.first, *next;

	(void)revents;
	for (; l; l = next) {
		next = l->next;
		if (is_slow(rx, l->req))
			continue;
		request_respond_new(l->req, NULL);
		waitlist_remove(&rx->draining, l);
	}
	if (!rx->draining.first)
		ev_timer_stop(loop, w);
}

static int
drained_request(void *ctx, struct request *req, struct answer *an)
{
	struct rexec *rx = ctx;
	const char *uuid;

	(void)an;
	if (request_unpack(req, "{s:s}", "client", &uuid) < 0)
		return -1;
	if (!is_slow(rx, req))
		return 0;
	if (waitlist_add(&rx->draining, req, NULL) < 0)
		return -1;
	if (!ev_is_active(&rx->poll))
		ev_timer_again(rx->b->loop, &rx->poll);
	return ANSWER_LATER;
}

static const struct topic topics[] = {
	{ "rexec.exec", TOPIC_OWNER | TOPIC_LARGE, process_request },
	{ "rexec.write", TOPIC_OWNER | TOPIC_LARGE, process_request },
	{ "rexec.kill", TOPIC_OWNER, process_request },
	{ "rexec.list", TOPIC_OWNER, process_request },
	{ "rexec.wait", TOPIC_OWNER, process_request },
	{ "rexec.attach", TOPIC_OWNER, process_request },
	{ "rexec.drained", TOPIC_OWNER, drained_request },
	{ 0 },
};

static const struct service service = {
	.name = "rexec",
	.topics = topics,
	.disconnect = disconnect,
};

int
rexec_create(struct broker *b)
{
	struct rexec *rx = calloc(1, sizeof(*rx));

	if (!rx)
		return -1;
	rx->b = b;
	LIST_INIT(&rx->drains);
	b->rexec = rx;
	ev_timer_init(&rx->poll, poll_cb, POLL_PERIOD, POLL_PERIOD);
	rx->poll.data = rx;
	if (!(rx->procs = subprocs_create(b->loop, true, &ops, rx)) ||
	    overlay_on_change(b->overlay, ranks_changed, rx) < 0)
		return -1;
	return service_register(b, &service, rx);
}

void
rexec_destroy(struct broker *b)
{
	struct rexec *rx = b->rexec;
	struct drain *d;

	if (!rx)
		return;
	b->rexec = NULL;
	ev_timer_stop(b->loop, &rx->poll);
	waitlist_clear(&rx->draining);
	while ((d = LIST_FIRST(&rx->drains))) {
		LIST_REMOVE(d, next);
		free(d);
	}
	subprocs_destroy(rx->procs);
	free(rx);
}
