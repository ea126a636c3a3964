/* SPDX-License-Identifier: MIT */
/*
 * A request while it is being served, and the ways to answer it. Handlers see
 * only this; where the answer goes is the router's business.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "broker.h"
#include "router.h"
#include "service.h"

struct request {
	int refs;
	struct broker *b;
	struct msg *msg;
	json_t *json;
	int decoded; /* json was tried */
	int done;    /* the last answer was sent */
};

const struct msg *
request_msg(const struct request *req)
{
	return req->msg;
}

const json_t *
request_json(const struct request *req)
{
	struct request *r = (struct request *)req;

	if (!r->decoded) {
		r->decoded = 1;
		r->json = msg_get_json(r->msg);
	}
	return r->json;
}

const char *
request_sender(const struct request *req)
{
	return msg_sender(req->msg);
}

uint32_t
request_userid(const struct request *req)
{
	return req->msg->userid;
}

int
request_is_owner(const struct request *req)
{
	return (req->msg->rolemask & ROLE_OWNER) != 0;
}

int
request_is_streaming(const struct request *req)
{
	return (req->msg->flags & MSG_STREAMING) != 0;
}

struct broker *
request_broker(const struct request *req)
{
	return req->b;
}

int
request_unpack(struct request *req, const char *fmt, ...)
{
	json_t *o = (json_t *)request_json(req);
	va_list ap;
	int rc;

	if (!o) {
		errno = EPROTO;
		return -1;
	}
	va_start(ap, fmt);
	rc = json_vunpack_ex(o, NULL, 0, fmt, ap);
	va_end(ap);
	if (rc < 0)
		errno = EPROTO;
	return rc;
}

void
request_settle(struct request *req)
{
	json_decref(req->json);
	req->json = NULL;
	req->decoded = 1;
	msg_drop_payload(req->msg);
}

struct request *
request_ref(struct request *req)
{
	req->refs++;
	return req;
}

void
request_unref(struct request *req)
{
	int saved = errno;

	if (!req || --req->refs > 0)
		return;
	msg_unref(req->msg);
	json_decref(req->json);
	free(req);
	errno = saved;
}

static void
send_response(struct request *req, struct msg *m)
{
	if (!m)
		return;
	m->userid = req->b->owner;
	m->rolemask = ROLE_OWNER | ROLE_LOCAL;
	router_count_answer(req->b, req->msg->topic);
	router_response(req->b, m);
	msg_unref(m);
}

static int
wants_answer(struct request *req)
{
	return !req->done && !(req->msg->flags & MSG_NORESPONSE);
}

void
request_respond_new(struct request *req, json_t *payload_new)
{
	if (wants_answer(req)) {
		if (!request_is_streaming(req))
			req->done = 1;
		send_response(req, msg_response(req->msg, payload_new));
	}
	json_decref(payload_new);
}

void
request_respond_text(struct request *req, const char *json_text)
{
	struct msg *m;

	if (!wants_answer(req) || !(m = msg_response(req->msg, NULL)))
		return;
	if (!request_is_streaming(req))
		req->done = 1;
	if (msg_set_payload(m, json_text, strlen(json_text) + 1) == 0)
		send_response(req, m);
	else
		msg_unref(m);
}

void
request_fail(struct request *req, int errnum, const char *text)
{
	if (!wants_answer(req))
		return;
	req->done = 1;
	send_response(req, msg_response_error(req->msg, errnum, text));
}

/* ---- dispatch ---- */

static int
is_allowed(struct request *req, const struct topic *t)
{
	uint32_t roles = req->msg->rolemask;

	if (roles & ROLE_OWNER)
		return 1;
	if (!(t->flags & TOPIC_USER)) {
		request_fail(req, EPERM, "Request requires owner credentials");
		return 0;
	}
	if (!(roles & (ROLE_USER | ROLE_ADMIN))) {
		request_fail(req, EPERM,
		    "Request rejected due to insufficient privilege");
		return 0;
	}
	return 1;
}

static void
answer_request(struct request *req, int rc, struct answer *an)
{
	if (rc == ANSWER_LATER)
		return;
	if (rc < 0)
		request_fail(req, errno ? errno : EIO,
		    an->em.text[0] ? an->em.text : NULL);
	else if (an->text)
		request_respond_text(req, an->text);
	else
		request_respond_new(req, json_incref(an->json));
}

static void
call_handler(struct request *req, const struct topic *t, void *ctx)
{
	struct answer an = { 0 };
	int rc;

	errno = 0;
	rc = t->handler(ctx, req, &an);
	answer_request(req, rc, &an);
	json_decref(an.json);
	free(an.text);
}

void
request_serve(struct broker *b, const struct topic *t, void *ctx, struct msg *m)
{
	struct request *req = calloc(1, sizeof(*req));

	if (!req) {
		router_fail(b, m, ENOMEM, NULL);
		return;
	}
	req->refs = 1;
	req->b = b;
	req->msg = msg_ref(m);
	if (!is_allowed(req, t))
		;
	else if ((t->flags & TOPIC_RANK0) && b->rank != 0)
		request_fail(req, EPROTO, "this RPC only works on rank 0");
	else if (m->payload_len > REQUEST_MAX && !(t->flags & TOPIC_LARGE))
		request_fail(req, EMSGSIZE, NULL);
	else if ((t->flags & TOPIC_STREAM) && !request_is_streaming(req))
		request_fail(req, EPROTO, NULL);
	else
		call_handler(req, t, ctx);
	request_unref(req);
}

/* ---- lists of waiting requests ---- */

int
waitlist_add(struct waitlist *l, struct request *req, void *arg)
{
	struct waiter *w = calloc(1, sizeof(*w));

	if (!w)
		return -1;
	w->req = request_ref(req);
	w->arg = arg;
	if (l->first)
		l->last->next = w;
	else
		l->first = w;
	l->last = w;
	return 0;
}

/* before: the one before it, NULL = it is the first. */
static void
unlink_waiter(
    struct waitlist *l, struct waiter *before, void (*free_arg)(void *))
{
	struct waiter *w = before ? before->next : l->first;

	if (before)
		before->next = w->next;
	else
		l->first = w->next;
	if (l->last == w)
		l->last = before;
	if (free_arg)
		free_arg(w->arg);
	request_unref(w->req);
	free(w);
}

void
waitlist_disconnect(
    struct waitlist *l, const char *sender, void (*free_arg)(void *))
{
	struct waiter *w, *before = NULL;

	while ((w = before ? before->next : l->first)) {
		if (strcmp(request_sender(w->req), sender) == 0)
			unlink_waiter(l, before, free_arg);
		else
			before = w;
	}
}

int
waitlist_cancel(
    struct waitlist *l, const struct request *cancel, void (*free_arg)(void *))
{
	struct waiter *before = NULL;
	json_int_t tag;

	if (request_unpack(
		(struct request *)cancel, "{s:I}", "matchtag", &tag) < 0)
		return 0;
	for (struct waiter *w = l->first; w; before = w, w = w->next) {
		struct request *req = w->req;
		if (request_msg(req)->matchtag != tag ||
		    strcmp(request_sender(req), request_sender(cancel)) != 0)
			continue;
		request_fail(req, ENODATA, NULL);
		unlink_waiter(l, before, free_arg);
		return 1;
	}
	return 0;
}

void
waitlist_clear(struct waitlist *l)
{
	while (l->first)
		unlink_waiter(l, NULL, NULL);
}

void
waitlist_respond_all(struct waitlist *l, json_t *payload)
{
	while (l->first) {
		request_respond_new(l->first->req, json_incref(payload));
		unlink_waiter(l, NULL, NULL);
	}
}

void
waitlist_fail_all(struct waitlist *l, int errnum, const char *text)
{
	while (l->first) {
		request_fail(l->first->req, errnum, text);
		unlink_waiter(l, NULL, NULL);
	}
}

void
waitlist_remove(struct waitlist *l, struct waiter *w)
{
	struct waiter *before = NULL;

	for (struct waiter *x = l->first; x; before = x, x = x->next)
		if (x == w) {
			unlink_waiter(l, before, NULL);
			return;
		}
}
