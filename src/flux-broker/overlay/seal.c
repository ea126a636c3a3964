/* SPDX-License-Identifier: MIT */
/*
 * See seal.h. X25519 for what is shared, keyed BLAKE2b for the codes and the
 * derivation of keys, ChaCha20-Poly1305 (IETF) for frames, with their number
 * as the nonce.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "seal.h"

enum { HASH_LEN = 32, MAGIC_LEN = 8 };

/* Places in a hello and in a reply */
enum { RANKS = 8, HELLO_KEY = 16, HELLO_CODE = 48 };
enum { REPLY_KEY = 8, REPLY_CODE = 40 };

/* The last byte is the version. */
static const unsigned char magic_challenge[MAGIC_LEN] = "flux-o?\1";
static const unsigned char magic_hello[MAGIC_LEN] = "flux-o>\1";
static const unsigned char magic_reply[MAGIC_LEN] = "flux-o<\1";

/* ---- keys ---- */

int
seal_keys_make(struct seal_keys *k)
{
	if (sodium_init() < 0)
		return -1;
	return crypto_box_keypair(k->public, k->secret);
}

/* Both sides hash the public keys in the same order. */
int
seal_pair_make(struct seal_pair *p, const struct seal_keys *own,
    const unsigned char peer[SEAL_KEY_LEN])
{
	static const unsigned char purpose[] = "flux overlay pair";
	const unsigned char *lo = own->public, *hi = peer;
	unsigned char shared[crypto_scalarmult_BYTES];
	crypto_generichash_state st;

	if (sodium_init() < 0 ||
	    crypto_scalarmult(shared, own->secret, peer) < 0)
		return -1;
	if (memcmp(lo, hi, SEAL_KEY_LEN) > 0) {
		lo = peer;
		hi = own->public;
	}
	crypto_generichash_init(&st, shared, sizeof(shared), sizeof(p->key));
	crypto_generichash_update(&st, purpose, sizeof(purpose));
	crypto_generichash_update(&st, lo, SEAL_KEY_LEN);
	crypto_generichash_update(&st, hi, SEAL_KEY_LEN);
	crypto_generichash_final(&st, p->key, sizeof(p->key));
	sodium_memzero(shared, sizeof(shared));
	return 0;
}

void
seal_key_encode(
    char text[2 * SEAL_KEY_LEN + 1], const unsigned char key[SEAL_KEY_LEN])
{
	sodium_bin2hex(text, 2 * SEAL_KEY_LEN + 1, key, SEAL_KEY_LEN);
}

int
seal_key_decode(unsigned char key[SEAL_KEY_LEN], const char *text)
{
	unsigned char k[SEAL_KEY_LEN];
	size_t n;

	if (strlen(text) != 2 * SEAL_KEY_LEN ||
	    sodium_hex2bin(
		k, sizeof(k), text, 2 * SEAL_KEY_LEN, NULL, &n, NULL) < 0 ||
	    n != SEAL_KEY_LEN)
		return -1;
	memcpy(key, k, SEAL_KEY_LEN);
	return 0;
}

/* ---- handshake ---- */

/* said = hash of said and what is said now */
static void
say(unsigned char said[HASH_LEN], const unsigned char *data, size_t len)
{
	crypto_generichash_state st;

	crypto_generichash_init(&st, NULL, 0, HASH_LEN);
	crypto_generichash_update(&st, said, HASH_LEN);
	crypto_generichash_update(&st, data, len);
	crypto_generichash_final(&st, said, HASH_LEN);
}

static void
make_code(unsigned char code[HASH_LEN], const struct seal_pair *p,
    const unsigned char said[HASH_LEN])
{
	crypto_generichash(
	    code, HASH_LEN, said, HASH_LEN, p->key, sizeof(p->key));
}

/* Forgets the fresh secret. */
static int
make_keys(struct seal *s, struct seal_shake *sh,
    const unsigned char peer[SEAL_KEY_LEN], int is_child)
{
	unsigned char keys[2 * SEAL_KEY_LEN];
	unsigned char shared[crypto_scalarmult_BYTES];
	crypto_generichash_state st;
	int rc = crypto_scalarmult(shared, sh->secret, peer);

	if (rc == 0) {
		crypto_generichash_init(
		    &st, sh->pair->key, SEAL_KEY_LEN, sizeof(keys));
		crypto_generichash_update(&st, sh->said, sizeof(sh->said));
		crypto_generichash_update(&st, shared, sizeof(shared));
		crypto_generichash_final(&st, keys, sizeof(keys));
		memset(s, 0, sizeof(*s));
		memcpy(s->out.key, keys + (is_child ? 0 : SEAL_KEY_LEN),
		    SEAL_KEY_LEN);
		memcpy(s->in.key, keys + (is_child ? SEAL_KEY_LEN : 0),
		    SEAL_KEY_LEN);
	}
	sodium_memzero(keys, sizeof(keys));
	sodium_memzero(shared, sizeof(shared));
	sodium_memzero(sh->secret, sizeof(sh->secret));
	return rc;
}

void
seal_challenge(unsigned char challenge[SEAL_CHALLENGE_LEN])
{
	memcpy(challenge, magic_challenge, MAGIC_LEN);
	randombytes_buf(challenge + MAGIC_LEN, SEAL_CHALLENGE_LEN - MAGIC_LEN);
}

static void
begin(struct seal_shake *sh, const struct seal_pair *p,
    const unsigned char *challenge, const unsigned char *hello)
{
	memset(sh, 0, sizeof(*sh));
	sh->pair = p;
	say(sh->said, challenge, SEAL_CHALLENGE_LEN);
	say(sh->said, hello, HELLO_CODE);
}

int
seal_hello(struct seal_shake *sh, const struct seal_pair *p,
    const uint32_t ranks[2], const unsigned char *challenge,
    unsigned char hello[SEAL_HELLO_LEN])
{
	struct seal_keys fresh;
	uint32_t be[2] = { htonl(ranks[0]), htonl(ranks[1]) };

	if (memcmp(challenge, magic_challenge, MAGIC_LEN) != 0 ||
	    seal_keys_make(&fresh) < 0)
		return -1;
	memcpy(hello, magic_hello, MAGIC_LEN);
	memcpy(hello + RANKS, be, sizeof(be));
	memcpy(hello + HELLO_KEY, fresh.public, SEAL_KEY_LEN);
	begin(sh, p, challenge, hello);
	memcpy(sh->secret, fresh.secret, SEAL_KEY_LEN);
	sodium_memzero(&fresh, sizeof(fresh));
	make_code(hello + HELLO_CODE, p, sh->said);
	say(sh->said, hello + HELLO_CODE, HASH_LEN);
	return 0;
}

int
seal_hello_ranks(const unsigned char *hello, uint32_t ranks[2])
{
	uint32_t be[2];

	if (memcmp(hello, magic_hello, MAGIC_LEN) != 0)
		return -1;
	memcpy(be, hello + RANKS, sizeof(be));
	ranks[0] = ntohl(be[0]);
	ranks[1] = ntohl(be[1]);
	return 0;
}

int
seal_reply(struct seal *s, const struct seal_pair *p,
    const unsigned char *challenge, const unsigned char *hello,
    unsigned char reply[SEAL_REPLY_LEN])
{
	struct seal_shake sh;
	struct seal_keys fresh;
	unsigned char code[HASH_LEN];

	begin(&sh, p, challenge, hello);
	make_code(code, p, sh.said);
	/* nothing that costs anything before we know whom it is for */
	if (sodium_memcmp(code, hello + HELLO_CODE, HASH_LEN) != 0 ||
	    seal_keys_make(&fresh) < 0)
		return -1;
	say(sh.said, hello + HELLO_CODE, HASH_LEN);
	memcpy(reply, magic_reply, MAGIC_LEN);
	memcpy(reply + REPLY_KEY, fresh.public, SEAL_KEY_LEN);
	memcpy(sh.secret, fresh.secret, SEAL_KEY_LEN);
	sodium_memzero(&fresh, sizeof(fresh));
	say(sh.said, reply, REPLY_CODE);
	make_code(reply + REPLY_CODE, p, sh.said);
	return make_keys(s, &sh, hello + HELLO_KEY, 0);
}

int
seal_finish(struct seal *s, struct seal_shake *sh, const unsigned char *reply)
{
	struct seal_shake next = *sh;
	unsigned char code[HASH_LEN];
	int rc = -1;

	say(next.said, reply, REPLY_CODE);
	make_code(code, sh->pair, next.said);
	if (memcmp(reply, magic_reply, MAGIC_LEN) == 0 &&
	    sodium_memcmp(code, reply + REPLY_CODE, HASH_LEN) == 0)
		rc = make_keys(s, &next, reply + REPLY_KEY, 1);
	if (rc == 0)
		sodium_memzero(sh, sizeof(*sh));
	sodium_memzero(&next, sizeof(next));
	return rc;
}

/* ---- frames ---- */

/* Never repeats under a key: it would take 2^64 frames. */
static void
make_nonce(unsigned char nonce[12], uint64_t count)
{
	memset(nonce, 0, 4);
	for (int i = 11; i >= 4; i--, count >>= 8)
		nonce[i] = (unsigned char)count;
}

void
seal_close(struct seal *s, unsigned char *frame, size_t len)
{
	uint32_t be = htonl((uint32_t)(len + SEAL_TAG_LEN));
	unsigned char nonce[12];

	make_nonce(nonce, s->out.count++);
	memcpy(frame, &be, SEAL_LENGTH_LEN);
	crypto_aead_chacha20poly1305_ietf_encrypt(frame + SEAL_LENGTH_LEN, NULL,
	    frame + SEAL_LENGTH_LEN, len, frame, SEAL_LENGTH_LEN, NULL, nonce,
	    s->out.key);
}

uint32_t
seal_frame_length(const unsigned char length[SEAL_LENGTH_LEN])
{
	uint32_t be;

	memcpy(&be, length, sizeof(be));
	return ntohl(be);
}

int
seal_open(struct seal *s, unsigned char *frame)
{
	uint32_t len = seal_frame_length(frame);
	unsigned char nonce[12];

	make_nonce(nonce, s->in.count);
	if (len < SEAL_TAG_LEN ||
	    crypto_aead_chacha20poly1305_ietf_decrypt(frame + SEAL_LENGTH_LEN,
		NULL, NULL, frame + SEAL_LENGTH_LEN, len, frame,
		SEAL_LENGTH_LEN, nonce, s->in.key) < 0)
		return -1;
	s->in.count++;
	return 0;
}
