/* SPDX-License-Identifier: MIT */
#ifndef MSG_H
#define MSG_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

/*
 * RFC 3 messages and their framing on a stream socket.
 *
 * A frame is the magic 12 00 ee ff, a big-endian length of what follows, and
 * the parts of the message, each with a length prefix: route ids and an empty
 * delimiter (MSG_ROUTE), topic (MSG_TOPIC), payload (MSG_PAYLOAD) and last the
 * 20-byte header. Overlay links carry the parts without magic and length.
 */
enum msg_type {
	MSG_REQUEST = 1,
	MSG_RESPONSE = 2,
	MSG_EVENT = 4,
	MSG_CONTROL = 8,
};

enum msg_flag {
	MSG_TOPIC = 0x01,
	MSG_PAYLOAD = 0x02,
	MSG_NORESPONSE = 0x04,
	MSG_ROUTE = 0x08,
	MSG_UPSTREAM = 0x10,
	MSG_PRIVATE = 0x20,
	MSG_STREAMING = 0x40,
	MSG_USER1 = 0x80,
};

enum msg_role {
	ROLE_OWNER = 1,
	ROLE_USER = 2,
	ROLE_LOCAL = 4,
	ROLE_ADMIN = 8,
	ROLE_ALL = 0xffffffff,
};

#define NODEID_ANY     0xffffffffu
#define USERID_UNKNOWN 0xffffffffu
#define MATCHTAG_NONE  0u

/* A frame longer than this is refused (the peer is not trusted with memory) */
#define MSG_SIZE_MAX (1u << 30)

struct msg {
	int refs;
	uint8_t type;    /* enum msg_type */
	uint8_t flags;   /* enum msg_flag; TOPIC, PAYLOAD, ROUTE kept in step */
	uint32_t userid; /* USERID_UNKNOWN = not set */
	uint32_t rolemask; /* 0 = not set */
	union {
		uint32_t nodeid;   /* request */
		uint32_t errnum;   /* response */
		uint32_t sequence; /* event */
		uint32_t aux1;
	};
	uint32_t matchtag; /* request, response */
	char *topic;       /* NULL if none */
	char *payload;     /* payload_len bytes, and a NUL after them */
	size_t payload_len;
	char **routes; /* stack: routes[nroutes - 1] is the newest hop */
	int nroutes;
};

/* All three copy topic and payload; NULL with ENOMEM. `json` is borrowed and
 * may be NULL. Request: userid, rolemask unset; ROUTE set, no route ids. */
struct msg *msg_request(
    const char *topic, uint32_t nodeid, int flags, const json_t *json);
/* Response to req: topic, matchtag, routes, STREAMING taken over from it. */
struct msg *msg_response(const struct msg *req, const json_t *json);
struct msg *msg_response_error(
    const struct msg *req, int errnum, const char *text);
struct msg *msg_event(const char *topic, int flags, const json_t *json);

struct msg *msg_dup(const struct msg *m);
struct msg *msg_ref(struct msg *m);
void msg_unref(struct msg *m);

/* Replace the payload. 0, or -1 with ENOMEM. msg_set_json adds the final NUL.
 */
int msg_set_payload(struct msg *m, const void *data, size_t len);
int msg_set_json(struct msg *m, const json_t *json);

/* Nothing, if others have a reference to m. */
void msg_drop_payload(struct msg *m);

/* The payload as an object the caller owns; NULL with EPROTO if there is none,
 * it does not end in NUL, or it is not a JSON object. */
json_t *msg_get_json(const struct msg *m);
/* The payload as text (for error responses); NULL if none or no final NUL. */
const char *msg_get_text(const struct msg *m);

/* The newest hop, or NULL. Belongs to m until the next push or pop. */
const char *msg_route_top(const struct msg *m);
/* The original sender (the oldest route id), or "" if there is none. */
const char *msg_sender(const struct msg *m);
int msg_route_push(struct msg *m, const char *id);
void msg_route_pop(struct msg *m);

/* Encoded parts in one allocation, without (msg_encode) and with
 * (msg_encode_frame) the 8 bytes of magic and length. NULL with ENOMEM. */
char *msg_encode(const struct msg *m, size_t *len);
char *msg_encode_frame(const struct msg *m, size_t *len);
/* NULL with EPROTO for anything malformed. */
struct msg *msg_decode(const void *data, size_t len);

/*
 * Takes bytes from a stream apart. Feed what was read, then take messages
 * until NULL. errno 0 = need more bytes; EPROTO = the stream is garbage and
 * must be closed.
 */
struct msg_reader {
	char *buf;
	size_t len, size, off;
};
void msg_reader_init(struct msg_reader *r);
void msg_reader_fini(struct msg_reader *r);
int msg_reader_feed(struct msg_reader *r, const void *data, size_t len);
struct msg *msg_reader_next(struct msg_reader *r);

#endif
