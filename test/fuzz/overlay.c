/* SPDX-License-Identifier: MIT */
/*
 * What strangers send to a broker's port: nothing of it is taken for a word of
 * a neighbour. Between neighbours: what is altered on the way ends the
 * connection, and what was said before is handed over as it was. The first
 * byte of the input says what is tried.
 */
#include <sys/socket.h>

#include <ev.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../src/flux-broker/overlay/link.h"
#include "../../src/flux-broker/overlay/seal.h"
#include "../../src/flux-broker/overlay/wire.h"
#include "fuzz.h"

struct both {
	struct seal_keys keys[2];
	struct seal_pair pair;
	struct seal child, parent;
};

static void
join(struct both *b)
{
	static const uint32_t ranks[2] = { 1, 0 };
	unsigned char challenge[SEAL_CHALLENGE_LEN], hello[SEAL_HELLO_LEN];
	unsigned char reply[SEAL_REPLY_LEN];
	struct seal_shake shake;

	must(seal_keys_make(&b->keys[0]) == 0);
	must(seal_keys_make(&b->keys[1]) == 0);
	must(seal_pair_make(&b->pair, &b->keys[0], b->keys[1].public) == 0);
	seal_challenge(challenge);
	must(seal_hello(&shake, &b->pair, ranks, challenge, hello) == 0);
	must(seal_reply(&b->parent, &b->pair, challenge, hello, reply) == 0);
	must(seal_finish(&b->child, &shake, reply) == 0);
}

/* As a hello and a reply, after the right first bytes or not. */
static void
try_shake(const struct both *b, const uint8_t *data, size_t size)
{
	static const uint32_t ranks[2] = { 1, 0 };
	unsigned char challenge[SEAL_CHALLENGE_LEN], hello[SEAL_HELLO_LEN];
	unsigned char reply[SEAL_REPLY_LEN] = { 0 };
	struct seal_shake shake;
	struct seal s;
	uint32_t who[2];

	seal_challenge(challenge);
	must(seal_hello(&shake, &b->pair, ranks, challenge, hello) == 0);
	for (size_t i = 0; i < sizeof(hello) && i < size; i++)
		hello[i] ^= data[i];
	for (size_t i = 0; i < sizeof(reply) && i < size; i++)
		reply[i] = data[i];
	must(seal_finish(&s, &shake, reply) < 0);
	seal_hello_ranks(hello, who);
	for (size_t i = 0; i < size && i < sizeof(hello); i++)
		if (data[i]) {
			must(seal_reply(&s, &b->pair, challenge, hello, reply) <
			     0);
			return;
		}
}

struct heard {
	char text[256];
	size_t len;
	int count, over;
};

static void
text_cb(void *arg, const char *data, size_t len)
{
	struct heard *h = arg;

	must(len <= sizeof(h->text));
	memcpy(h->text, data, len);
	h->len = len;
	h->count++;
}

static void
closed_cb(void *arg, const char *why)
{
	struct heard *h = arg;

	(void)why;
	h->over++;
}

static const struct wire_ops ops = { .text = text_cb, .closed = closed_cb };

/* A good frame, then the input. */
static void
try_wire(struct both *b, const uint8_t *data, size_t size)
{
	struct ev_loop *loop = ev_loop_new(EVBACKEND_SELECT);
	unsigned char frame[SEAL_LENGTH_LEN + 5 + SEAL_TAG_LEN];
	struct heard h = { .count = 0 };
	struct wire *w;
	int fds[2];

	must(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
	must(fcntl(fds[0], F_SETFL, O_NONBLOCK) == 0);
	must((w = wire_create(loop, fds[0], &b->parent, &ops, &h)) != NULL);
	memcpy(frame + SEAL_LENGTH_LEN, "hello", 5);
	seal_close(&b->child, frame, 5);
	must(write(fds[1], frame, sizeof(frame)) == sizeof(frame));
	size = size < 60000 ? size : 60000;
	must(write(fds[1], data, size) == (ssize_t)size);
	ev_run(loop, EVRUN_NOWAIT);
	must(h.count == 1 && h.len == 5 && memcmp(h.text, "hello", 5) == 0);
	close(fds[1]);
	for (int i = 0; i < 3 && !h.over; i++)
		ev_run(loop, EVRUN_NOWAIT);
	must(h.over == 1 && h.count == 1);
	wire_destroy(w);
	ev_loop_destroy(loop);
}

static void
try_packet(const uint8_t *data, size_t size)
{
	unsigned char again[LINK_HEADER_LEN];
	struct link_packet p;

	if (link_get_header(&p, (const char *)data, size) < 0)
		return;
	must(p.len == size - LINK_HEADER_LEN);
	link_put_header(again, &p);
	/* the fourth byte is not looked at */
	must(memcmp(again, data, 3) == 0);
	must(memcmp(again + 4, data + 4, LINK_HEADER_LEN - 4) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct both b;

	if (size == 0)
		return 0;
	if (data[0] % 3 == 2) {
		try_packet(data + 1, size - 1);
		return 0;
	}
	join(&b);
	if (data[0] % 3 == 0)
		try_shake(&b, data + 1, size - 1);
	else
		try_wire(&b, data + 1, size - 1);
	return 0;
}
