/* SPDX-License-Identifier: MIT */
#ifndef HANDLE_H
#define HANDLE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "errmsg.h"
#include "msg.h"

/*
 * A client's connection to a broker (RFC 6): RPCs, event subscriptions and
 * services of our own. Asynchronous at heart: handle_rpc sends and a callback
 * gets the answers while the handle is dispatched. A tool calls handle_run or
 * handle_call; a program with its own event loop polls handle_fd.
 *
 * Output that the socket does not take at once is queued, so that thousands
 * of requests can be pipelined.
 */
struct handle;

struct reply {
	int errnum;            /* 0 = success; ENODATA ends a stream well */
	const char *text;      /* reason: the service's text or strerror */
	json_t *json;          /* payload, borrowed; NULL if none or not JSON */
	const struct msg *msg; /* NULL if the connection was lost */
};

/* Called for each response; for a stream the one with errnum != 0 is the last.
 * May send other RPCs, may call handle_stop, must not close the handle. */
typedef void (*rpc_f)(struct handle *h, const struct reply *r, void *arg);
typedef void (*handle_msg_f)(struct handle *h, struct msg *m, void *arg);

/*
 * Open "local:///path", "fd://N" or "ssh://..." (a relay through ssh).
 * NULL with errno and em: ENOENT no such socket, ECONNREFUSED nobody listens,
 * EINVAL not a URI, EPERM refused by the broker.
 */
struct handle *handle_open(const char *uri, struct errmsg *em);
/* Take over a connected socket on which the handshake byte was read already */
struct handle *handle_open_fd(int fd);
void handle_close(struct handle *h);

/*
 * Send a request. flags: MSG_STREAMING, MSG_NORESPONSE (cb is then NULL),
 * MSG_UPSTREAM. Takes the reference of payload, which may be NULL, also on
 * failure. Returns the matchtag (0 for NORESPONSE), or -1 with errno.
 */
int64_t handle_rpc_new(struct handle *h, const char *topic, uint32_t nodeid,
    int flags, json_t *payload_new, rpc_f cb, void *arg);
/* The same with a payload that is JSON text already; NULL = none. */
int64_t handle_rpc_text(struct handle *h, const char *topic, uint32_t nodeid,
    int flags, const char *payload, rpc_f cb, void *arg);
/* Be answered to a request that the broker was given in our name, with the
 * matchtag that this returns: 1 for the first. -1 with ENOMEM. */
int64_t handle_expect(struct handle *h, rpc_f cb, void *arg);
/* Forget the callback of a pending RPC; late answers are dropped. */
void handle_rpc_forget(struct handle *h, uint32_t matchtag);
/* How many RPCs are pending. */
int handle_rpc_count(const struct handle *h);

/*
 * One request, one answer. On success *out (may be NULL) gets a new reference
 * to the payload, or NULL if the answer had none. -1: errno = the errnum of
 * the answer, em = its text. Other callbacks may run meanwhile.
 */
int handle_call_new(struct handle *h, const char *topic, uint32_t nodeid,
    json_t *payload_new, json_t **out, struct errmsg *em);

/* The same with a payload that is JSON text already. */
int handle_call_text(struct handle *h, const char *topic, uint32_t nodeid,
    const char *payload, json_t **out, struct errmsg *em);

/* Run callbacks until no RPC is pending (0), handle_stop was called (1), or
 * the connection is lost (-1, ECONNRESET; pending callbacks were called). */
int handle_run(struct handle *h);
void handle_stop(struct handle *h);

/* For event loops: readable → handle_read; writable if handle_wants_write →
 * handle_flush. -1 with ECONNRESET when the connection is lost. */
int handle_fd(const struct handle *h);
int handle_read(struct handle *h);
int handle_flush(struct handle *h);
bool handle_wants_write(const struct handle *h);
/* Wait up to timeout_ms (-1 = for ever) for input, and dispatch it. 0, or -1
 * with errno (EINTR: a signal came; ECONNRESET). */
int handle_poll(struct handle *h, int timeout_ms);

/* Events and requests to services that we registered come here. m is
 * borrowed. Register services with "service.add", events with
 * "event.subscribe" RPCs. */
void handle_set_event(struct handle *h, handle_msg_f f, void *arg);
void handle_set_request(struct handle *h, handle_msg_f f, void *arg);
/* Send any message (responses to requests, events). -1 with errno. */
int handle_send(struct handle *h, const struct msg *m);

/* With on, what is sent waits for handle_flush: many messages, one write. */
void handle_cork(struct handle *h, bool on);

/* Attribute of the broker: malloc'd value; NULL with errno (ENOENT = unset). */
char *handle_getattr(struct handle *h, const char *name);

#endif
