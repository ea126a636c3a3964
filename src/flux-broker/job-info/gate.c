/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../service.h"
#include "../store/store.h"
#include "gate.h"

/* One response, held back. */
struct held {
	struct request *req;
	char *text; /* NULL: payload or failure */
	json_t *payload;
	int errnum;
};

static void
send(struct held *h)
{
	if (h->errnum)
		request_fail(h->req, h->errnum, NULL);
	else if (h->text)
		request_respond_text(h->req, h->text);
	else
		request_respond_new(h->req, json_incref(h->payload));
}

/* A store that cannot be written does not silence us for ever. */
static void
let_out(void *arg, int errnum)
{
	struct held *h = arg;

	(void)errnum;
	send(h);
	request_unref(h->req);
	json_decref(h->payload);
	free(h->text);
	free(h);
}

static void
hold(struct broker *b, struct held h)
{
	struct held *copy = malloc(sizeof(*copy));

	if (!copy) {
		send(&h);
		return;
	}
	*copy = h;
	request_ref(h.req);
	json_incref(h.payload);
	if (h.text && !(copy->text = strdup(h.text)))
		copy->errnum = ENOMEM;
	if (store_sync(b, let_out, copy) < 0)
		let_out(copy, 0);
}

void
gate_respond_raw(struct broker *b, struct request *req, const char *json_text)
{
	if (store_is_durable(b))
		hold(b, (struct held){ .req = req, .text = (char *)json_text });
	else
		request_respond_text(req, json_text);
}

void
gate_respond_new(struct broker *b, struct request *req, json_t *payload_new)
{
	if (store_is_durable(b)) {
		hold(b, (struct held){ .req = req, .payload = payload_new });
		json_decref(payload_new);
	} else {
		request_respond_new(req, payload_new);
	}
}

void
gate_fail(struct broker *b, struct request *req, int errnum)
{
	if (store_is_durable(b))
		hold(b, (struct held){ .req = req, .errnum = errnum });
	else
		request_fail(req, errnum, NULL);
}
