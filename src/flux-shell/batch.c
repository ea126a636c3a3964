/* SPDX-License-Identifier: MIT */
/*
 * A job that ends within the delay costs one request for each key that it used.
 * Requests go to their rank one behind the other on the same way, so an answer
 * to the last one acknowledges all before it.
 */
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "batch.h"
#include "output.h"
#include "shell.h"

/* Default delay, not noticed by one who looks at a terminal */
#define DELAY 0.01

enum {
	FLUSH_BYTES = 16384, /* more than this is sent at once */
	ACK_BYTES = 8192,    /* after this much one request wants an answer */
};

struct text {
	char *buf;
	size_t len, size;
};

struct batch {
	struct shell *sh;
	char *topic;
	uint32_t nodeid;
	batch_payload_f payload;
	struct text texts[BATCH_NKEYS];
	ev_timer timer;
	double delay;
	size_t waiting;   /* bytes in `texts` */
	size_t unacked;   /* bytes sent after the last request with an answer */
	size_t in_flight; /* bytes that the pending answer is about */
	bool ack_pending;
	bool held;
	bool finishing;
};

static void
on_ack(struct handle *h, const struct reply *r, void *arg)
{
	struct batch *b = arg;

	(void)h;
	b->ack_pending = false;
	b->in_flight = 0;
	if (r->errnum && r->msg)
		warnx("job %s: %s: %s", b->sh->info.f58, b->topic, r->text);
	batch_flush(b);
	output_throttle(b->sh);
}

static void
send_text(struct batch *b, int key)
{
	struct text *t = &b->texts[key];
	bool ack;
	json_t *o;

	if (t->len == 0 || ((b->ack_pending || b->held) && !b->finishing))
		return;
	o = b->payload(b->sh, key, t->buf, t->len);
	b->unacked += t->len;
	b->waiting -= t->len;
	t->len = 0;
	ack = !b->finishing && b->unacked >= ACK_BYTES;
	if (!o || handle_rpc_new(b->sh->h, b->topic, b->nodeid,
		      ack ? 0 : MSG_NORESPONSE, o, ack ? on_ack : NULL, b) < 0)
		return; /* a lost connection is found by its watcher */
	if (ack) {
		b->ack_pending = true;
		b->in_flight = b->unacked;
		b->unacked = 0;
	}
}

void
batch_flush(struct batch *b)
{
	ev_timer_stop(b->sh->loop, &b->timer);
	for (int i = 0; i < BATCH_NKEYS; i++)
		send_text(b, i);
}

bool
batch_has(const struct batch *b, int key)
{
	return b->texts[key].len > 0;
}

void
batch_finish(struct batch *b)
{
	b->finishing = true;
	batch_flush(b);
}

static void
on_timer(struct ev_loop *loop, ev_timer *w, int revents)
{
	(void)loop;
	(void)revents;
	batch_flush(w->data);
}

struct batch *
batch_create(struct shell *sh, const char *topic, uint32_t nodeid,
    batch_payload_f payload)
{
	struct batch *b = calloc(1, sizeof(*b));

	if (!b || !(b->topic = strdup(topic))) {
		free(b);
		return NULL;
	}
	b->sh = sh;
	b->nodeid = nodeid;
	b->payload = payload;
	b->delay = DELAY;
	ev_init(&b->timer, on_timer);
	b->timer.data = b;
	return b;
}

void
batch_destroy(struct batch *b)
{
	if (!b)
		return;
	ev_timer_stop(b->sh->loop, &b->timer);
	for (int i = 0; i < BATCH_NKEYS; i++)
		free(b->texts[i].buf);
	free(b->topic);
	free(b);
}

void
batch_set_delay(struct batch *b, double seconds)
{
	b->delay = seconds;
}

void
batch_hold(struct batch *b, bool hold)
{
	b->held = hold;
	if (!hold)
		batch_flush(b);
}

static int
append(struct text *t, const char *data, size_t len)
{
	if (t->len + len > t->size) {
		size_t size = 2 * (t->len + len);
		char *p = realloc(t->buf, size);

		if (!p)
			return -1;
		t->buf = p;
		t->size = size;
	}
	memcpy(t->buf + t->len, data, len);
	t->len += len;
	return 0;
}

void
batch_append(struct batch *b, int key, const char *text, size_t len)
{
	struct text *t = &b->texts[key];

	if (append(t, text, len) < 0) {
		warn("job %s: %s", b->sh->info.f58, b->topic);
		return;
	}
	b->waiting += len;
	if (t->len >= FLUSH_BYTES || b->finishing) {
		send_text(b, key);
	} else if (!ev_is_active(&b->timer)) {
		/* after long work the loop's idea of now is old */
		ev_now_update(b->sh->loop);
		ev_timer_set(&b->timer, b->delay, 0.);
		ev_timer_start(b->sh->loop, &b->timer);
	}
}

size_t
batch_backlog(const struct batch *b)
{
	return b->waiting + b->unacked + b->in_flight;
}
