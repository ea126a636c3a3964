/* SPDX-License-Identifier: MIT */
/*
 * Requests are sent from the loop, never from inside broker_rpc_new, so that
 * no service is called while another one is on the stack.
 */
#include <sys/queue.h>
#include <sys/tree.h>

#include <ev.h>
#include <stdlib.h>
#include <string.h>

#include "broker.h"
#include "router.h"
#include "rpcs.h"
#include "service.h"

struct rpc {
	uint32_t tag;
	broker_rpc_f cb;
	void *arg;
	RB_ENTRY(rpc) node;
};
RB_HEAD(rpc_tree, rpc);

struct unsent {
	struct msg *msg;
	STAILQ_ENTRY(unsent) next;
};

struct rpcs {
	struct broker *b;
	struct rpc_tree tree;
	uint32_t last_tag;
	STAILQ_HEAD(, unsent) unsent;
	ev_timer timer;
};

static int
rpc_cmp(struct rpc *a, struct rpc *b)
{
	return a->tag < b->tag ? -1 : a->tag > b->tag;
}

RB_GENERATE_INTERNAL(
    rpc_tree, rpc, node, rpc_cmp, __attribute__((unused)) static)

void
rpcs_response(struct rpcs *r, const struct msg *m)
{
	struct rpc key = { .tag = m->matchtag }, *rpc;
	broker_rpc_f cb;
	void *arg;
	json_t *o = NULL;
	const char *text = NULL;

	if (!(rpc = RB_FIND(rpc_tree, &r->tree, &key)))
		return;
	cb = rpc->cb;
	arg = rpc->arg;
	if (m->errnum || !(m->flags & MSG_STREAMING)) {
		RB_REMOVE(rpc_tree, &r->tree, rpc);
		free(rpc);
	}
	if (m->errnum && !(text = msg_get_text(m)))
		text = strerror((int)m->errnum);
	if (!m->errnum && (m->flags & MSG_PAYLOAD))
		o = msg_get_json(m);
	cb(arg, (int)m->errnum, text, o);
	json_decref(o);
}

static void
send_cb(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct rpcs *r = w->data;
	struct unsent *u;

	(void)loop;
	(void)revents;
	while ((u = STAILQ_FIRST(&r->unsent))) {
		STAILQ_REMOVE_HEAD(&r->unsent, next);
		router_request(r->b, u->msg);
		msg_unref(u->msg);
		free(u);
	}
}

/* Takes m. */
static int
send_later(struct rpcs *r, struct msg *m)
{
	struct unsent *u = calloc(1, sizeof(*u));

	if (!u) {
		msg_unref(m);
		return -1;
	}
	m->userid = r->b->owner;
	m->rolemask = ROLE_OWNER;
	u->msg = m;
	STAILQ_INSERT_TAIL(&r->unsent, u, next);
	if (!ev_is_active(&r->timer)) {
		ev_timer_set(&r->timer, 0., 0.);
		ev_timer_start(r->b->loop, &r->timer);
	}
	return 0;
}

static struct rpc *
rpc_add(struct rpcs *r, broker_rpc_f cb, void *arg)
{
	struct rpc *rpc = calloc(1, sizeof(*rpc));

	if (!rpc)
		return NULL;
	rpc->cb = cb;
	rpc->arg = arg;
	do {
		if (++r->last_tag == 0)
			r->last_tag = 1;
		rpc->tag = r->last_tag;
	} while (RB_INSERT(rpc_tree, &r->tree, rpc));
	return rpc;
}

static void
rpc_remove(struct rpcs *r, struct rpc *rpc)
{
	RB_REMOVE(rpc_tree, &r->tree, rpc);
	free(rpc);
}

int
broker_rpc_new(struct broker *b, uint32_t nodeid, const char *topic, int flags,
    json_t *payload_new, broker_rpc_f cb, void *arg)
{
	struct rpcs *r = router_rpcs(b);
	struct rpc *rpc = NULL;
	struct msg *m;

	m = msg_request(
	    topic, nodeid, cb ? flags : flags | MSG_NORESPONSE, payload_new);
	json_decref(payload_new);
	if (!m)
		return -1;
	if (cb && !(rpc = rpc_add(r, cb, arg))) {
		msg_unref(m);
		return -1;
	}
	m->matchtag = rpc ? rpc->tag : MATCHTAG_NONE;
	if (send_later(r, m) == 0)
		return 0;
	if (rpc)
		rpc_remove(r, rpc);
	return -1;
}

int
router_send_raw(struct broker *b, uint32_t nodeid, const char *topic,
    const void *data, size_t len)
{
	struct msg *m = msg_request(topic, nodeid, MSG_NORESPONSE, NULL);

	if (!m || msg_set_payload(m, data, len) < 0) {
		msg_unref(m);
		return -1;
	}
	return send_later(router_rpcs(b), m);
}

struct rpcs *
rpcs_create(struct broker *b)
{
	struct rpcs *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->b = b;
	RB_INIT(&r->tree);
	STAILQ_INIT(&r->unsent);
	ev_timer_init(&r->timer, send_cb, 0., 0.);
	r->timer.data = r;
	return r;
}

void
rpcs_destroy(struct rpcs *r)
{
	struct rpc *rpc;
	struct unsent *u;

	if (!r)
		return;
	ev_timer_stop(r->b->loop, &r->timer);
	while ((rpc = RB_MIN(rpc_tree, &r->tree)))
		rpc_remove(r, rpc);
	while ((u = STAILQ_FIRST(&r->unsent))) {
		STAILQ_REMOVE_HEAD(&r->unsent, next);
		msg_unref(u->msg);
		free(u);
	}
	free(r);
}
