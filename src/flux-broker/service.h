/* SPDX-License-Identifier: MIT */
#ifndef SERVICE_H
#define SERVICE_H

#include <jansson.h>
#include <stdint.h>

#include "errmsg.h"
#include "msg.h"

struct broker;

/*
 * How a service meets requests. A service has a name (the topic up to the
 * first '.') and a table of topics. A handler decodes, calls plain C, and
 * fills the answer; the dispatcher sends it:
 *
 *     return 0             success, with an->json (taken; may be NULL) or
 *                          an->text (taken, malloc'd, sent as raw text)
 *     return -1            failure: errno, and an->em if it has text
 *     return ANSWER_LATER  the handler kept request_ref(req), and will call
 *                          request_respond_new / request_fail once, or for a
 *                          stream request_respond_new many times and then
 *                          request_fail(req, ENODATA, NULL)
 *
 * The dispatcher has checked the role before, and that a STREAMING-only topic
 * is asked with STREAMING. It adds ping, stats-get and rusage to each service.
 */
enum { ANSWER_LATER = 1 };

struct answer {
	json_t *json;
	char *text;
	struct errmsg em;
};

struct request; /* reference counted */

typedef int (*topic_f)(void *ctx, struct request *req, struct answer *an);

enum topic_flag {
	TOPIC_OWNER = 0,  /* only the instance owner */
	TOPIC_USER = 1,   /* guests too */
	TOPIC_STREAM = 2, /* refuse without STREAMING: EPROTO */
	TOPIC_RANK0 = 4,  /* EPROTO `this RPC only works on rank 0` elsewhere */
	TOPIC_OFFLINE = 8, /* served before the instance is up */
	TOPIC_LARGE = 16,  /* the payload may be large */
};

/* Bytes of the payload of other requests; more is EMSGSIZE. What a client
 * sends is read as JSON while all others wait. */
enum { REQUEST_MAX = 4 << 20 };

struct topic {
	const char *name; /* whole topic "job-manager.raise" */
	int flags;        /* enum topic_flag */
	topic_f handler;
};

struct service {
	const char *name;
	const struct topic *topics; /* ends with { NULL } */
	/* A client went away: forget all that it waits for. May be NULL.
	 * sender as request_sender gives it. */
	void (*disconnect)(void *ctx, const char *sender);
};

/* The tables are borrowed for ever. -1 with ENOMEM. */
int service_register(struct broker *b, const struct service *s, void *ctx);

/* The request: all borrowed from it. */
const struct msg *request_msg(const struct request *req);
const json_t *request_json(const struct request *req); /* NULL if none */
const char *request_sender(const struct request *req); /* client's uuid */
uint32_t request_userid(const struct request *req);
int request_is_owner(const struct request *req);
int request_is_streaming(const struct request *req);
struct broker *request_broker(const struct request *req);
/* json_unpack_ex of the payload with JSON_STRICT off. -1 with EPROTO and
 * no text if it does not fit or there is no payload. */
int request_unpack(struct request *req, const char *fmt, ...);

/* Forget the payload: what is asked is known, and it will wait long. What was
 * unpacked from it is gone. */
void request_settle(struct request *req);

struct request *request_ref(struct request *req);
void request_unref(struct request *req); /* keeps errno, takes NULL */
/* Takes payload_new (may be NULL). Responses to a sender that is gone are
 * dropped. For a NORESPONSE request both do nothing. */
void request_respond_new(struct request *req, json_t *payload_new);
/* A response with ready-made JSON text: saves encoding the same event for
 * each of many watchers. */
void request_respond_text(struct request *req, const char *json_text);
void request_fail(struct request *req, int errnum, const char *text);

/*
 * A list of requests that are waiting (streams, blocked RPCs). The list holds
 * a reference to each.
 */
struct waiter {
	struct request *req;
	void *arg; /* the service's own, e.g. a position */
	struct waiter *next;
};
struct waitlist {
	struct waiter *first, *last; /* last: if there is a first */
};
/* -1 with ENOMEM. */
int waitlist_add(struct waitlist *l, struct request *req, void *arg);
/* Drop without answering those of a sender. free_arg may be NULL. */
void waitlist_disconnect(
    struct waitlist *l, const char *sender, void (*free_arg)(void *));
/* The X-cancel topic: end the stream of the canceller's sender with that
 * matchtag by ENODATA. Returns 1 if it was here. */
int waitlist_cancel(
    struct waitlist *l, const struct request *cancel, void (*free_arg)(void *));
/* Answer all with ready payload (borrowed) and empty the list; or fail all. */
void waitlist_respond_all(struct waitlist *l, json_t *payload);
void waitlist_fail_all(struct waitlist *l, int errnum, const char *text);
/* Drop all without answering: when the broker ends. */
void waitlist_clear(struct waitlist *l);
/* Remove one. */
void waitlist_remove(struct waitlist *l, struct waiter *w);

/*
 * Requests of the broker itself, to any rank (also its own). cb is called once
 * for a simple RPC, for a stream (flags MSG_STREAMING) once for each answer
 * until errnum != 0; from the event loop, never from inside broker_rpc_new. A
 * lost rank gives EHOSTUNREACH. cb may be NULL (sent NORESPONSE).
 */
typedef void (*broker_rpc_f)(
    void *arg, int errnum, const char *text, const json_t *payload);
int broker_rpc_new(struct broker *b, uint32_t nodeid, const char *topic,
    int flags, json_t *payload_new, broker_rpc_f cb, void *arg);

#endif
