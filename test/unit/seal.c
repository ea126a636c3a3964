/* SPDX-License-Identifier: MIT */
/*
 * What neighbours on different hosts say to each other, and what somebody in
 * between may do to it.
 */
#include <stdlib.h>
#include <string.h>

#include "../../src/flux-broker/overlay/seal.h"
#include "../lib/tap.h"

static const uint32_t ranks[2] = { 3, 1 };

/* A child and its parent, and all that they said. */
struct talk {
	struct seal_keys child_keys, parent_keys;
	struct seal_pair child_pair, parent_pair;
	unsigned char challenge[SEAL_CHALLENGE_LEN];
	unsigned char hello[SEAL_HELLO_LEN], reply[SEAL_REPLY_LEN];
	struct seal_shake shake;
	struct seal child, parent;
};

static void
meet(struct talk *t)
{
	seal_keys_make(&t->child_keys);
	seal_keys_make(&t->parent_keys);
	seal_pair_make(&t->child_pair, &t->child_keys, t->parent_keys.public);
	seal_pair_make(&t->parent_pair, &t->parent_keys, t->child_keys.public);
}

/* Up to the hello. */
static int
begin(struct talk *t)
{
	seal_challenge(t->challenge);
	return seal_hello(
	    &t->shake, &t->child_pair, ranks, t->challenge, t->hello);
}

static int
answer(struct talk *t)
{
	return seal_reply(
	    &t->parent, &t->parent_pair, t->challenge, t->hello, t->reply);
}

static int
join(struct talk *t)
{
	return begin(t) == 0 && answer(t) == 0 &&
		       seal_finish(&t->child, &t->shake, t->reply) == 0
		   ? 0
		   : -1;
}

struct frame {
	unsigned char bytes[SEAL_LENGTH_LEN + 32 + SEAL_TAG_LEN];
};

static struct frame
make_frame(struct seal *s, const char *text)
{
	struct frame f = { { 0 } };

	memcpy(f.bytes + SEAL_LENGTH_LEN, text, strlen(text) + 1);
	seal_close(s, f.bytes, strlen(text) + 1);
	return f;
}

/* The text, NULL if it is not opened. */
static const char *
open_frame(struct seal *s, struct frame *f)
{
	return seal_open(s, f->bytes) == 0
		   ? (const char *)f->bytes + SEAL_LENGTH_LEN
		   : NULL;
}

static void
test_talk(void)
{
	struct talk t;
	struct frame f;
	uint32_t who[2];

	meet(&t);
	ok(memcmp(&t.child_pair, &t.parent_pair, sizeof(t.child_pair)) == 0,
	    "both share the same");
	is_int(join(&t), 0, "they join");
	is_int(seal_hello_ranks(t.hello, who), 0, "the hello is one");
	ok(who[0] == 3 && who[1] == 1, "and says who it is about");
	for (int i = 0; i < 3; i++) {
		f = make_frame(&t.child, "to parent");
		ok(!memmem(f.bytes, sizeof(f), "to parent", 9), "not readable");
		is_str(open_frame(&t.parent, &f), "to parent", "opened");
		f = make_frame(&t.parent, "to child");
		is_str(open_frame(&t.child, &f), "to child", "and back");
	}
}

static void
test_strangers(void)
{
	struct talk t, other;
	unsigned char zero[SEAL_KEY_LEN] = { 0 };

	meet(&t);
	meet(&other);
	begin(&t);
	t.parent_pair = other.parent_pair;
	is_int(answer(&t), -1, "a child with another key is refused");
	meet(&t);
	begin(&t);
	answer(&t);
	t.shake.pair = &other.child_pair;
	is_int(seal_finish(&t.child, &t.shake, t.reply), -1,
	    "a parent with another key is refused");
	is_int(seal_pair_make(&t.child_pair, &t.child_keys, zero), -1,
	    "a key that gives all the same is refused");
}

/* Each bit of what is said before the frames. */
static void
test_altered_shake(void)
{
	struct talk t;
	int bad = 0;

	meet(&t);
	begin(&t);
	for (size_t i = 0; i < 8 * sizeof(t.hello); i++) {
		t.hello[i / 8] ^= 1 << i % 8;
		/* the magic is looked at before */
		bad += i >= 64 && answer(&t) == 0;
		t.hello[i / 8] ^= 1 << i % 8;
	}
	is_int(bad, 0, "no altered hello is taken");
	t.challenge[20] ^= 1;
	is_int(answer(&t), -1, "nor one to another challenge");
	t.challenge[20] ^= 1;
	is_int(answer(&t), 0, "the right one is");
	for (size_t i = 0; i < 8 * sizeof(t.reply); i++) {
		t.reply[i / 8] ^= 1 << i % 8;
		bad += seal_finish(&t.child, &t.shake, t.reply) == 0;
		t.reply[i / 8] ^= 1 << i % 8;
	}
	is_int(bad, 0, "no altered reply is taken");
	is_int(seal_finish(&t.child, &t.shake, t.reply), 0, "the right one is");
	t.challenge[0] ^= 1;
	is_int(seal_hello(&t.shake, &t.child_pair, ranks, t.challenge, t.hello),
	    -1, "a challenge that is none is not answered");
}

static void
test_replay(void)
{
	struct talk t;
	struct frame first, second, f;
	unsigned char hello[SEAL_HELLO_LEN], reply[SEAL_REPLY_LEN];

	meet(&t);
	join(&t);
	memcpy(hello, t.hello, sizeof(hello));
	memcpy(reply, t.reply, sizeof(reply));
	first = make_frame(&t.child, "first");
	second = make_frame(&t.child, "second");
	f = second;
	is_str(open_frame(&t.parent, &f), NULL, "not before the first");
	f = first;
	is_str(open_frame(&t.parent, &f), "first", "the first");
	f = first;
	is_str(open_frame(&t.parent, &f), NULL, "not twice");
	f = first;
	is_str(open_frame(&t.child, &f), NULL, "not to who sent it");
	begin(&t);
	is_int(seal_finish(&t.child, &t.shake, reply), -1, "an old reply");
	seal_challenge(t.challenge);
	memcpy(t.hello, hello, sizeof(hello));
	is_int(answer(&t), -1, "an old hello");
	join(&t);
	f = first;
	is_str(open_frame(&t.parent, &f), NULL, "an old frame");
}

static void
test_altered_frames(void)
{
	struct talk t;
	struct frame good, f;
	int bad = 0;

	meet(&t);
	join(&t);
	good = make_frame(&t.child, "some text");
	for (size_t i = 8 * SEAL_LENGTH_LEN;
	     i < 8 * (SEAL_LENGTH_LEN + 10 + SEAL_TAG_LEN); i++) {
		f = good;
		f.bytes[i / 8] ^= 1 << i % 8;
		bad += open_frame(&t.parent, &f) != NULL;
	}
	is_int(bad, 0, "no altered frame is opened");
	for (unsigned len = 0; len < 10 + SEAL_TAG_LEN; len++) {
		f = good;
		f.bytes[3] = (unsigned char)len;
		bad += open_frame(&t.parent, &f) != NULL;
	}
	is_int(bad, 0, "no shorter one");
	is_str(open_frame(&t.parent, &good), "some text", "the right one is");
}

static void
test_text(void)
{
	static const char *const bad[] = { "", "00", "zz",
		"g000000000000000000000000000000000000000000000000000000000000"
		"000",
		"00000000000000000000000000000000000000000000000000000000000000"
		"0",
		"00000000000000000000000000000000000000000000000000000000000000"
		"000" };
	struct seal_keys k;
	unsigned char key[SEAL_KEY_LEN] = { 7 };
	char text[2 * SEAL_KEY_LEN + 1];

	seal_keys_make(&k);
	seal_key_encode(text, k.public);
	is_int(seal_key_decode(key, text), 0, "a key is written and read");
	ok(memcmp(key, k.public, sizeof(key)) == 0, "and the same");
	memset(key, 7, sizeof(key));
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		is_int(
		    seal_key_decode(key, bad[i]), -1, "no key: '%s'", bad[i]);
	ok(key[0] == 7 && key[31] == 7, "nothing is changed");
}

int
main(void)
{
	test_talk();
	test_strangers();
	test_altered_shake();
	test_replay();
	test_altered_frames();
	test_text();
	return done_testing();
}
