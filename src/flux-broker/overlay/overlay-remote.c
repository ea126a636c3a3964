/* SPDX-License-Identifier: MIT */
/*
 * Neighbours on other hosts. A child connects to its parent (dial.h), the
 * parent lets in those that prove to be its children (gate.h); then both have
 * a wire (wire.h), on which the same packets go as on a link within a host.
 * When it breaks, the neighbour is lost at once.
 */
#include <errno.h>
#include <ev.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../attrs.h"
#include "../broker.h"
#include "../lifecycle-core.h"
#include "../log.h"
#include "dial.h"
#include "fsd.h"
#include "gate.h"
#include "overlay-core.h"
#include "overlay-state.h"
#include "wire.h"

/* How much longer (s) than for an acknowledgement of its host we wait for a
 * word of a neighbour; how often (s) the log tells of strangers. */
#define GRACE 10.0
/* How long (s) a parent that starts anew may refuse connections; how long an
 * attempt to come back to it may take. */
#define PATIENCE   5.0
#define ATTEMPT    5.0
#define LOG_PERIOD 10.0
#define BEATS      4 /* at least, in tbon.tcp_user_timeout */
#define NO_TIMEOUT 20.0

/* ---- wires ---- */

static void
text_cb(void *arg, const char *data, size_t len)
{
	struct peer *p = arg;
	struct link_packet pkt;

	if (link_get_header(&pkt, data, len) < 0 || pkt.rank != p->rank) {
		overlay_peer_down(p, "it sends what nobody understands");
		remote_drop(p);
		return;
	}
	overlay_packet(p, &pkt);
}

static void
closed_cb(void *arg, const char *why)
{
	struct peer *p = arg;

	overlay_peer_down(p, why);
	remote_drop(p);
}

static const struct wire_ops wire_ops = {
	.text = text_cb,
	.closed = closed_cb,
};

static void
attach(struct peer *p, int fd, const struct seal *s)
{
	struct overlay *ov = p->ov;

	overlay_peer_down(p, "it connected anew");
	remote_drop(p);
	wire_tune(fd, ov->user_timeout);
	p->nsent = 0;
	p->heard = ev_now(ov->b->loop);
	p->wire = wire_create(ov->b->loop, fd, s, &wire_ops, p);
}

void
remote_drop(struct peer *p)
{
	struct wire *w = p->wire;

	p->wire = NULL;
	wire_destroy(w);
}

int
remote_say(struct peer *p, enum link_type type, const void *body, size_t len)
{
	struct link_packet pkt = {
		.type = type, .rank = p->ov->b->rank, .epoch = p->ov->epoch
	};
	struct wire_text *t;

	if (!p->wire) {
		errno = EHOSTUNREACH;
		return -1;
	}
	if (!(t = wire_text(LINK_HEADER_LEN + len)))
		return -1;
	pkt.sequence = ++p->nsent;
	link_put_header(wire_text_data(t), &pkt);
	if (len > 0)
		memcpy(wire_text_data(t) + LINK_HEADER_LEN, body, len);
	wire_send(p->wire, t);
	return 0;
}

/* ---- to the parent ---- */

static void
dial_joined(void *arg, int fd, const struct seal *s)
{
	struct peer *p = arg;

	p->dial = NULL;
	attach(p, fd, s);
	if (p->wire)
		overlay_hello(p->ov);
}

/* Who comes back ends if there is nobody any more, or it takes too long. */
static bool
is_hopeless(const struct overlay *ov, int errnum)
{
	double waited = ev_now(ov->b->loop) - ov->b->t_start;

	if (!ov->rejoin.is_again)
		return false;
	if (errnum == ECONNREFUSED)
		return !ov->rejoin.is_patient || waited > PATIENCE;
	return waited > ov->rejoin_timeout;
}

/* The hello timer tries again. */
static void
dial_failed(void *arg, int errnum, const char *why)
{
	struct peer *p = arg;
	struct overlay *ov = p->ov;
	char uri[ADDRESS_STRMAX];

	p->dial = NULL;
	address_uri(uri, &p->address);
	if (!is_hopeless(ov, errnum)) {
		log_debug(ov->b->log, "rank %u at %s: %s", p->rank, uri, why);
		return;
	}
	ev_timer_stop(ov->b->loop, &ov->hello);
	log_error(ov->b->log, "cannot come back to rank %u at %s: %s", p->rank,
	    uri, why);
	lifecycle_parent_lost(ov->b);
}

static const struct dial_ops dial_ops = {
	.joined = dial_joined,
	.failed = dial_failed,
};

void
remote_hello(struct peer *p)
{
	struct dial_to to = { .address = p->address,
		.pair = &p->pair,
		.ranks = { p->ov->b->rank, p->rank },
		.timeout = p->ov->connect_timeout };

	if (p->ov->rejoin.is_again && to.timeout > ATTEMPT)
		to.timeout = ATTEMPT;

	if (p->dial)
		return;
	p->dial = dial_start(p->ov->b->loop, &to, &dial_ops, p);
	if (!p->dial)
		dial_failed(p, errno, strerror(errno));
}

int
remote_connect(
    struct peer *p, const char *uri, const char *key, struct errmsg *em)
{
	unsigned char k[SEAL_KEY_LEN];

	if (!p->subtree && address_parse(&p->address, uri ? uri : "", em) < 0)
		return -1;
	if (!key || seal_key_decode(k, key) < 0 ||
	    seal_pair_make(&p->pair, &p->ov->rejoin.keys, k) < 0)
		return errmsg_set(em, "rank %u has no usable key", p->rank);
	p->is_remote = true;
	return 0;
}

/* ---- from children ---- */

static const struct seal_pair *
gate_pair(void *arg, const uint32_t ranks[2])
{
	const struct overlay *ov = arg;
	const struct peer *p = overlay_peer(ov, ranks[0]);

	if (!p || !p->subtree || !p->is_remote || ranks[1] != ov->b->rank)
		return NULL;
	return &p->pair;
}

static void
gate_joined(void *arg, uint32_t child, int fd, const struct seal *s)
{
	attach(overlay_peer(arg, child), fd, s);
}

static void
gate_dropped(void *arg, enum gate_count why, const struct address *from)
{
	struct overlay *ov = arg;
	double now = ev_now(ov->b->loop);
	char host[ADDRESS_STRMAX];

	ov->ndropped++;
	if (ov->t_dropped > 0 && now - ov->t_dropped < LOG_PERIOD)
		return;
	log_warn(ov->b->log,
	    "dropped %u connections that are not of this instance, the last "
	    "one from %s: %s",
	    ov->ndropped, address_host(host, from), gate_count_name(why));
	ov->t_dropped = now;
	ov->ndropped = 0;
}

static const struct gate_ops gate_ops = {
	.pair = gate_pair,
	.joined = gate_joined,
	.dropped = gate_dropped,
};

int
overlay_listen(struct overlay *ov, const char *uri, struct errmsg *em)
{
	const char *hint = attrs_get(ov->b->attrs, "tbon.interface-hint");
	struct address a;

	if (!uri && *ov->rejoin.endpoint)
		uri = ov->rejoin.endpoint;
	if (uri ? address_parse_bind(&a, uri, em) < 0
		: address_own(&a, hint ? hint : "default-route", em) < 0)
		return -1;
	ov->gate = gate_open(ov->b->loop, &a, &gate_ops, ov, em);
	return ov->gate ? 0 : -1;
}

const char *
overlay_endpoint(const struct overlay *ov, char *buf, size_t size)
{
	char uri[ADDRESS_STRMAX];

	if (!ov->gate)
		return NULL;
	strlcpy(buf, address_uri(uri, gate_address(ov->gate)), size);
	return buf;
}

json_t *
remote_counts(const struct overlay *ov)
{
	json_t *o = json_object();

	for (enum gate_count i = 0; i < GATE_NCOUNTS; i++)
		json_object_set_new(o, gate_count_name(i),
		    json_integer(
			ov->gate ? (json_int_t)gate_count(ov->gate, i) : 0));
	return o;
}

/* ---- life ---- */

const struct seal_keys *
overlay_keys(const struct overlay *ov)
{
	return &ov->rejoin.keys;
}

void
overlay_set_keys(struct overlay *ov, const struct seal_keys *keys)
{
	ov->rejoin.keys = *keys;
}

/* An attribute that is a duration; `otherwise` if it is none or no limit. */
static double
duration(const struct overlay *ov, const char *name, double otherwise)
{
	const char *s = attrs_get(ov->b->attrs, name);
	double seconds;

	return s && fsd_parse(s, &seconds) == 0 && isfinite(seconds) &&
		       seconds > 0
		   ? seconds
		   : otherwise;
}

int
remote_init(struct overlay *ov)
{
	ov->user_timeout = duration(ov, "tbon.tcp_user_timeout", 0);
	ov->connect_timeout = duration(ov, "tbon.connect_timeout", NO_TIMEOUT);
	ov->rejoin_timeout = duration(ov, "tbon.rejoin_timeout", 0);
	rejoin_read(&ov->rejoin);
	return ov->rejoin.is_again ? 0 : seal_keys_make(&ov->rejoin.keys);
}

void
overlay_remember(struct overlay *ov, char *answers, size_t len)
{
	free(ov->rejoin.answers);
	ov->rejoin.answers = answers;
	ov->rejoin.len = len;
}

/* Not if it was in order, or asked for. */
bool
remote_may_return(const struct peer *p)
{
	const struct overlay *ov = p->ov;

	return p->is_remote && ov->rejoin.answers && ov->rejoin_timeout > 0 &&
	       !ov->shutting_down && !p->is_cut_off &&
	       (!p->is_leaving || ov->rejoin.is_patient);
}

int
overlay_prepare_return(struct overlay *ov, struct rejoin_fds *fds)
{
	if (!ov->is_returning)
		return -1;
	if (!overlay_endpoint(
		ov, ov->rejoin.endpoint, sizeof(ov->rejoin.endpoint)))
		ov->rejoin.endpoint[0] = '\0';
	return rejoin_prepare(ov->b, &ov->rejoin, fds);
}

double
remote_patience(const struct overlay *ov)
{
	return (ov->user_timeout > 0 ? ov->user_timeout : NO_TIMEOUT) + GRACE;
}

void
remote_start(struct overlay *ov)
{
	bool is_needed = false;

	for (int i = 0; i < ov->npeers; i++) {
		const struct peer *p = &ov->peers[i];

		if (!p->is_remote)
			continue;
		is_needed |= p->subtree != NULL;
		if (ov->user_timeout > 0 &&
		    ov->period > ov->user_timeout / BEATS)
			ov->period = ov->user_timeout / BEATS;
	}
	if (!is_needed) {
		gate_close(ov->gate);
		ov->gate = NULL;
	}
}

void
remote_fini(struct overlay *ov)
{
	gate_close(ov->gate);
	for (int i = 0; i < ov->npeers; i++) {
		struct peer *p = &ov->peers[i];

		dial_cancel(p->dial);
		if (p->wire)
			wire_drain(p->wire);
		remote_drop(p);
		explicit_bzero(&p->pair, sizeof(p->pair));
	}
	rejoin_fini(&ov->rejoin);
}
