/* SPDX-License-Identifier: MIT */
/*
 * The tree of brokers: who is whose neighbour, who is up, and messages from
 * one to the next.
 *
 * A child says hello until its parent welcomes it. From then on each side
 * sends at least a beat every BEAT_PERIOD; silence for LOST_AFTER, a gap in
 * the sequence, or (on the same host) the end of the process mean that the
 * neighbour is lost, and with it its subtree. What comes and goes is reported
 * up to rank 0.
 */
#include <sys/utsname.h>

#include <errno.h>
#include <ev.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "../attrs.h"
#include "../broker.h"
#include "../events-service.h"
#include "../lifecycle-core.h"
#include "../log.h"
#include "../procwatch.h"
#include "../router.h"
#include "idset.h"
#include "link.h"
#include "msg.h"
#include "overlay-core.h"
#include "overlay-state.h"
#include "tree.h"

#define BEAT_PERIOD  5.0
#define LOST_AFTER   30.0
#define HELLO_PERIOD 1.0

/* ---- who is up ---- */

bool
overlay_is_up(const struct overlay *ov, uint32_t neighbour)
{
	struct peer *p = overlay_peer(ov, neighbour);

	return p && p->is_up;
}

const struct idset *
overlay_online(const struct overlay *ov)
{
	return ov->online;
}

int
overlay_on_change(struct overlay *ov, overlay_change_f cb, void *arg)
{
	struct change_listener *l = calloc(1, sizeof(*l));
	struct change_listener **p = &ov->listeners;

	if (!l)
		return -1;
	l->cb = cb;
	l->arg = arg;
	while (*p)
		p = &(*p)->next;
	*p = l;
	return 0;
}

static void
report_up(struct overlay *ov, enum link_type type, const struct idset *ranks)
{
	char *text;

	if (ov->b->rank == 0 || !ov->peers[0].is_up ||
	    !(text = idset_encode(ranks, 0)))
		return;
	overlay_say(&ov->peers[0], type, text, strlen(text));
	free(text);
}

static void
change(struct overlay *ov, const struct idset *ranks, bool is_up)
{
	if (idset_count(ranks) == 0)
		return;
	if (is_up)
		idset_add(ov->online, ranks);
	else
		idset_subtract(ov->online, ranks);
	report_up(ov, is_up ? LINK_ONLINE : LINK_OFFLINE, ranks);
	for (struct change_listener *l = ov->listeners; l; l = l->next)
		l->cb(l->arg, ranks, is_up);
}

static void
parent_lost(struct peer *p)
{
	if (!remote_may_return(p)) {
		lifecycle_parent_lost(p->ov->b);
		return;
	}
	p->ov->is_returning = true;
	lifecycle_leave(p->ov->b);
}

void
overlay_peer_down(struct peer *p, const char *why)
{
	struct overlay *ov = p->ov;
	char endpoint[ENDPOINT_MAX];
	struct idset *ranks;

	if (!p->is_up)
		return;
	p->is_up = false;
	procwatch_stop(&p->process);
	if (!p->is_leaving && !ov->shutting_down)
		log_error(ov->b->log, "lost rank %u: %s", p->rank, why);
	remote_drop(p);
	router_endpoint_lost(
	    ov->b, router_rank_endpoint(endpoint, p->rank), EHOSTUNREACH);
	if (!p->subtree) {
		parent_lost(p);
		return;
	}
	if ((ranks = idset_dup(p->subtree))) {
		idset_intersect(ranks, ov->online);
		change(ov, ranks, false);
		idset_destroy(ranks);
	}
	if (overlay_children_up(ov) == 0)
		lifecycle_children_gone(ov->b);
}

static void
process_ended(void *arg)
{
	overlay_peer_down(arg, "its process ended");
}

static void
watch_process(struct peer *p, const char *body, size_t len)
{
	json_t *o = json_loadb(body, len, 0, NULL);
	const char *host = NULL;
	int pid = 0;

	if (!p->is_remote &&
	    json_unpack(o, "{s:s s:i}", "hostname", &host, "pid", &pid) == 0)
		procwatch_start(&p->process, host, pid);
	json_decref(o);
}

/* ---- packets ---- */

static json_t *
who_am_i(const struct overlay *ov)
{
	struct utsname u;
	const char *hosts = attrs_get(ov->b->attrs, "hostlist");

	if (uname(&u) < 0)
		u.nodename[0] = '\0';
	return json_pack("{s:s s:i s:s}", "hostname", u.nodename, "pid",
	    (int)getpid(), "hostlist", hosts ? hosts : "");
}

static void
send_json(struct peer *p, enum link_type type, json_t *o_new)
{
	char *text = json_dumps(o_new, JSON_COMPACT);

	if (text)
		overlay_say(p, type, text, strlen(text));
	free(text);
	json_decref(o_new);
}

void
overlay_hello(struct overlay *ov)
{
	if (ov->peers[0].is_remote && !ov->peers[0].wire)
		remote_hello(&ov->peers[0]);
	else
		send_json(&ov->peers[0], LINK_HELLO, who_am_i(ov));
}

static void
peer_up(struct peer *p, const struct link_packet *pkt)
{
	p->is_up = true;
	p->is_leaving = p->is_cut_off = false;
	p->epoch = pkt->epoch;
	p->sequence = pkt->sequence;
	watch_process(p, pkt->body, pkt->len);
}

static void
on_hello(struct peer *p, const struct link_packet *pkt)
{
	struct idset *self;

	if (!p->subtree)
		return;
	if (p->is_up && p->epoch == pkt->epoch) {
		p->sequence = pkt->sequence;
		return;
	}
	overlay_peer_down(p, "it started anew");
	if (p->is_remote && !p->wire)
		return;
	peer_up(p, pkt);
	send_json(p, LINK_WELCOME, who_am_i(p->ov));
	if ((self = idset_create()) && idset_set(self, p->rank) == 0)
		change(p->ov, self, true);
	idset_destroy(self);
}

/* Rank 0 knows all hosts. A broker that has welcomed its children before it was
 * welcomed itself hands this down later, by welcoming them again. */
static void
take_hosts(struct overlay *ov, const struct link_packet *pkt)
{
	json_t *o = json_loadb(pkt->body, pkt->len, 0, NULL);
	const char *hosts = "";

	json_unpack(o, "{s:s}", "hostlist", &hosts);
	if (*hosts && !attrs_get(ov->b->attrs, "hostlist")) {
		attrs_set(ov->b->attrs, "hostlist", hosts, ATTR_IMMUTABLE);
		for (int i = 0; i < overlay_nchildren(ov); i++)
			if (overlay_child_peer(ov, i)->is_up)
				send_json(overlay_child_peer(ov, i),
				    LINK_WELCOME, who_am_i(ov));
	}
	json_decref(o);
}

static void
on_welcome(struct peer *p, const struct link_packet *pkt)
{
	struct overlay *ov = p->ov;
	struct idset *below;

	if (p->subtree)
		return;
	peer_up(p, pkt);
	ev_timer_stop(ov->b->loop, &ov->hello);
	take_hosts(ov, pkt);
	if ((below = idset_dup(ov->online))) {
		idset_clear(below, ov->b->rank);
		if (idset_count(below) > 0)
			report_up(ov, LINK_ONLINE, below);
		idset_destroy(below);
	}
	lifecycle_welcomed(ov->b);
}

static void
on_data(struct peer *p, const struct link_packet *pkt)
{
	struct broker *b = p->ov->b;
	char endpoint[ENDPOINT_MAX];
	struct msg *m = msg_decode(pkt->body, pkt->len);

	if (!m) {
		log_warn(b->log, "undecodable message from rank %u", p->rank);
		return;
	}
	if (p->ov->tracers.first)
		trace_message(p->ov, "rx", p->rank, m);
	m->rolemask &= ~(uint32_t)ROLE_LOCAL;
	router_rank_endpoint(endpoint, p->rank);
	if (m->type == MSG_REQUEST) {
		if (msg_route_push(m, endpoint) == 0)
			router_request(b, m);
	} else if (m->type == MSG_RESPONSE) {
		router_response_from(b, endpoint, m);
	} else if (m->type == MSG_EVENT) {
		events_from_overlay(b, p->rank, m);
	}
	msg_unref(m);
}

/* Ranks of a child's subtree that came or went. */
static void
on_ranks(struct peer *p, const struct link_packet *pkt, bool is_up)
{
	char *text = strndup(pkt->body, pkt->len);
	struct idset *ranks = text ? idset_decode(text) : NULL;

	free(text);
	if (ranks && p->subtree) {
		idset_intersect(ranks, p->subtree);
		if (!is_up)
			idset_intersect(ranks, p->ov->online);
		change(p->ov, ranks, is_up);
	}
	idset_destroy(ranks);
}

static void
dispatch(struct peer *p, const struct link_packet *pkt)
{
	switch (pkt->type) {
	case LINK_DATA:
		on_data(p, pkt);
		break;
	case LINK_ONLINE:
		on_ranks(p, pkt, true);
		break;
	case LINK_OFFLINE:
		on_ranks(p, pkt, false);
		break;
	case LINK_SHUTDOWN:
		if (!p->subtree)
			lifecycle_parent_shutdown(p->ov->b);
		break;
	case LINK_DISCONNECT:
		p->is_cut_off = true;
		if (!p->subtree)
			overlay_peer_down(p, "it disconnected us");
		break;
	case LINK_GOODBYE:
		p->is_leaving = true;
		p->ov->rejoin.is_patient = !p->subtree && pkt->len > 0;
		overlay_peer_down(p, "it said goodbye");
		break;
	case LINK_WELCOME:
		if (!p->subtree)
			take_hosts(p->ov, pkt);
		break;
	case LINK_HELLO:
	case LINK_BEAT:
		break;
	}
}

void
overlay_packet(struct peer *p, const struct link_packet *pkt)
{
	p->heard = ev_now(p->ov->b->loop);
	if (pkt->type == LINK_HELLO) {
		on_hello(p, pkt);
		return;
	}
	if (pkt->type == LINK_WELCOME && !p->is_up) {
		on_welcome(p, pkt);
		return;
	}
	if (!p->is_up || p->epoch != pkt->epoch)
		return;
	if (pkt->sequence != ++p->sequence) {
		overlay_peer_down(p, "messages were lost");
		return;
	}
	dispatch(p, pkt);
}

static void
inbox_packet(void *arg, const struct link_packet *pkt)
{
	struct peer *p = overlay_peer(arg, pkt->rank);

	if (p && !p->is_remote)
		overlay_packet(p, pkt);
}

int
overlay_say(struct peer *p, enum link_type type, const void *body, size_t len)
{
	p->said = ev_now(p->ov->b->loop);
	return p->is_remote ? remote_say(p, type, body, len)
			    : outbox_send(p->out, type, body, len);
}

int
overlay_send(struct overlay *ov, uint32_t neighbour, const struct msg *m)
{
	struct peer *p = overlay_peer(ov, neighbour);
	size_t len;
	char *data;
	int rc;

	if (!p || !p->is_up) {
		errno = EHOSTUNREACH;
		return -1;
	}
	if (!(data = msg_encode(m, &len)))
		return -1;
	if (ov->tracers.first)
		trace_message(ov, "tx", neighbour, m);
	rc = overlay_say(p, LINK_DATA, data, len);
	free(data);
	return rc;
}

/* ---- timers ---- */

static void
beat_cb(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct overlay *ov = w->data;
	double now = ev_now(loop);

	(void)revents;
	for (int i = 0; i < ov->npeers; i++) {
		struct peer *p = &ov->peers[i];
		if (!p->is_up)
			continue;
		if (now - p->heard >
		    (p->is_remote ? remote_patience(ov) : LOST_AFTER))
			overlay_peer_down(p, "it is silent");
		else if (now - p->said >= 0.9 * ov->period)
			overlay_say(p, LINK_BEAT, NULL, 0);
	}
}

static void
hello_cb(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct overlay *ov = w->data;

	(void)loop;
	(void)revents;
	overlay_hello(ov);
}

void
overlay_start(struct overlay *ov)
{
	remote_start(ov);
	ev_timer_set(&ov->beat, ov->period, ov->period);
	ev_timer_start(ov->b->loop, &ov->beat);
	if (ov->b->rank > 0) {
		overlay_hello(ov);
		ev_timer_start(ov->b->loop, &ov->hello);
	}
}

/* ---- life ---- */

int
overlay_bind(struct overlay *ov, const char *uri, struct errmsg *em)
{
	ov->inbox = inbox_open(ov->b, uri, inbox_packet, ov, em);
	return ov->inbox ? 0 : -1;
}

int
overlay_connect(struct overlay *ov, uint32_t rank, const char *uri,
    const char *key, struct errmsg *em)
{
	struct peer *p = overlay_peer(ov, rank);

	if (!p || p->out || p->is_remote)
		return errmsg_set(em, "rank %u is no neighbour", rank);
	if (!uri || strncmp(uri, "ipc://", 6) != 0)
		return remote_connect(p, uri, key, em);
	p->out = outbox_open(ov->b, uri, ov->epoch, em);
	return p->out ? 0 : -1;
}

static int
peer_init(struct overlay *ov, uint32_t rank, bool is_child)
{
	struct peer *p = &ov->peers[ov->npeers++];

	p->ov = ov;
	p->rank = rank;
	procwatch_init(&p->process, ov->b->loop, process_ended, p);
	if (!is_child)
		return 0;
	p->subtree = idset_create();
	return p->subtree ? tree_subtree(ov->tree, rank, p->subtree) : -1;
}

static int
make_peers(struct overlay *ov)
{
	const struct tree *t = ov->tree;
	size_t n = 1;

	for (uint32_t c = tree_child(t, ov->b->rank); c != TREE_NONE;
	     c = tree_next(t, c))
		n++;
	if (!(ov->peers = calloc(n, sizeof(*ov->peers))))
		return -1;
	if (ov->b->rank > 0 && peer_init(ov, overlay_parent(ov), false) < 0)
		return -1;
	for (uint32_t c = tree_child(t, ov->b->rank); c != TREE_NONE;
	     c = tree_next(t, c))
		if (peer_init(ov, c, true) < 0)
			return -1;
	return 0;
}

struct overlay *
overlay_create(struct broker *b, struct tree *tree)
{
	struct overlay *ov = calloc(1, sizeof(*ov));

	if (!ov) {
		tree_free(tree);
		return NULL;
	}
	ov->b = b;
	ov->tree = tree;
	ov->online = idset_create();
	ov->period = BEAT_PERIOD;
	ev_timer_init(&ov->beat, beat_cb, BEAT_PERIOD, BEAT_PERIOD);
	ev_timer_init(&ov->hello, hello_cb, HELLO_PERIOD, HELLO_PERIOD);
	ov->beat.data = ov->hello.data = ov;
	if (!ov->online || idset_set(ov->online, b->rank) < 0 ||
	    getrandom(&ov->epoch, sizeof(ov->epoch), 0) < 0 ||
	    remote_init(ov) < 0 || make_peers(ov) < 0) {
		overlay_destroy(ov);
		return NULL;
	}
	return ov;
}

void
overlay_destroy(struct overlay *ov)
{
	struct change_listener *l;

	if (!ov)
		return;
	ev_timer_stop(ov->b->loop, &ov->beat);
	ev_timer_stop(ov->b->loop, &ov->hello);
	trace_fini(ov);
	remote_fini(ov);
	for (int i = 0; i < ov->npeers; i++) {
		struct peer *p = &ov->peers[i];
		procwatch_stop(&p->process);
		outbox_close(p->out);
		idset_destroy(p->subtree);
	}
	inbox_close(ov->inbox);
	while ((l = ov->listeners)) {
		ov->listeners = l->next;
		free(l);
	}
	idset_destroy(ov->online);
	tree_free(ov->tree);
	free(ov->peers);
	free(ov);
}
