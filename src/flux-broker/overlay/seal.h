/* SPDX-License-Identifier: MIT */
#ifndef SEAL_H
#define SEAL_H

#include <stddef.h>
#include <stdint.h>

/*
 * What is secret between two hosts. Each broker makes a key pair when it
 * starts, and is told the public keys of its neighbours by the bootstrap, which
 * so carries no secret. When a child connects to its parent:
 *
 *     parent: challenge   magic, 32 random bytes
 *     child:  hello       magic, both ranks, a fresh public key, code
 *     parent: reply       magic, a fresh public key, code
 *     both:   frames      length, ciphertext
 *
 * The codes are keyed by what only these two can compute from their key pairs
 * and cover all that was said before, so a recorded hello or reply is worth
 * nothing later. The frames of a connection have keys of their own, one for
 * each direction, made from the fresh pairs, which are forgotten: who learns a
 * broker's key later cannot read what was recorded before. Frames are counted,
 * so one that is altered, left out, repeated or in another place is not opened.
 *
 * No I/O. All functions that can fail return -1, and change nothing then.
 */
enum {
	SEAL_KEY_LEN = 32,
	SEAL_CHALLENGE_LEN = 8 + 32,
	SEAL_HELLO_LEN = 8 + 4 + 4 + 32 + 32,
	SEAL_REPLY_LEN = 8 + 32 + 32,
	SEAL_LENGTH_LEN = 4, /* of a frame: how long its ciphertext is */
	SEAL_TAG_LEN = 16,   /* a ciphertext is longer than its text by this */
};

struct seal_keys {
	unsigned char public[SEAL_KEY_LEN], secret[SEAL_KEY_LEN];
};

/* What two neighbours share as long as both have their keys. */
struct seal_pair {
	unsigned char key[SEAL_KEY_LEN];
};

/* A side's part in a connection that begins. */
struct seal_shake {
	const struct seal_pair *pair;
	unsigned char secret[SEAL_KEY_LEN]; /* of the fresh pair */
	unsigned char said[32];             /* hash of all that was said */
};

/* One side of a connection. */
struct seal {
	struct seal_way {
		unsigned char key[SEAL_KEY_LEN];
		uint64_t count; /* of frames */
	} out, in;
};

/* Fresh keys. -1: no randomness, or no libsodium. */
int seal_keys_make(struct seal_keys *k);
/* -1: peer is no public key that anything can be shared with. */
int seal_pair_make(struct seal_pair *p, const struct seal_keys *own,
    const unsigned char peer[SEAL_KEY_LEN]);
/* As text: 64 hexadecimal digits and a NUL. */
void seal_key_encode(
    char text[2 * SEAL_KEY_LEN + 1], const unsigned char key[SEAL_KEY_LEN]);
int seal_key_decode(unsigned char key[SEAL_KEY_LEN], const char *text);

void seal_challenge(unsigned char challenge[SEAL_CHALLENGE_LEN]);
/* The child answers. p must outlive sh. -1: that is no challenge. */
int seal_hello(struct seal_shake *sh, const struct seal_pair *p,
    const uint32_t ranks[2], const unsigned char *challenge,
    unsigned char hello[SEAL_HELLO_LEN]);
/* Which ranks a hello is about: { child, parent }. -1: it is none. */
int seal_hello_ranks(const unsigned char *hello, uint32_t ranks[2]);
/* The parent's side ends. -1: it is not by that child, or not now. */
int seal_reply(struct seal *s, const struct seal_pair *p,
    const unsigned char *challenge, const unsigned char *hello,
    unsigned char reply[SEAL_REPLY_LEN]);
/* The child's side ends, sh is wiped. -1: it is not by that parent, or not
 * now. */
int seal_finish(
    struct seal *s, struct seal_shake *sh, const unsigned char *reply);

/* Make a frame in its buffer: SEAL_LENGTH_LEN bytes, len bytes of text (filled
 * in by the caller), SEAL_TAG_LEN bytes. */
void seal_close(struct seal *s, unsigned char *frame, size_t len);
/* The length of the ciphertext that follows. */
uint32_t seal_frame_length(const unsigned char length[SEAL_LENGTH_LEN]);
/* The same buffer, whole: open it in its place. -1: it is not what was to come
 * next. */
int seal_open(struct seal *s, unsigned char *frame);

#endif
