/* SPDX-License-Identifier: MIT */
#include <sys/tree.h>

#include <stdlib.h>
#include <string.h>

#include "debts.h"

struct debt {
	char endpoint[ENDPOINT_MAX];
	struct msg *msg; /* the request, without payload */
	int count;       /* requests with this sender and tag (mostly 1) */
	RB_ENTRY(debt) node;
};
RB_HEAD(debt_tree, debt);

struct debts {
	struct debt_tree tree;
};

/* By endpoint, sender and tag. */
static int
debt_cmp(struct debt *a, struct debt *b)
{
	int d = strcmp(a->endpoint, b->endpoint);

	if (d == 0)
		d = strcmp(msg_sender(a->msg), msg_sender(b->msg));
	if (d == 0 && a->msg->matchtag != b->msg->matchtag)
		d = a->msg->matchtag < b->msg->matchtag ? -1 : 1;
	return d;
}

RB_GENERATE_INTERNAL(
    debt_tree, debt, node, debt_cmp, __attribute__((unused)) static)

static void
debt_free(struct debt *d)
{
	msg_unref(d->msg);
	free(d);
}

static struct debt *
debt_create(const char *endpoint, const struct msg *m)
{
	struct debt *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	strlcpy(d->endpoint, endpoint, sizeof(d->endpoint));
	d->count = 1;
	if (!(d->msg = msg_request(m->topic, m->nodeid, m->flags, NULL))) {
		free(d);
		return NULL;
	}
	d->msg->matchtag = m->matchtag;
	for (int i = 0; i < m->nroutes; i++)
		if (msg_route_push(d->msg, m->routes[i]) < 0) {
			debt_free(d);
			return NULL;
		}
	return d;
}

void
debts_note(struct debts *ds, const char *endpoint, const struct msg *m)
{
	struct debt *d, *same;

	if ((m->flags & MSG_NORESPONSE) || !(d = debt_create(endpoint, m)))
		return;
	/* tag 0, or a tag that a client uses twice at once */
	if ((same = RB_INSERT(debt_tree, &ds->tree, d))) {
		same->count++;
		debt_free(d);
	}
}

bool
debts_settle(struct debts *ds, const char *endpoint, const struct msg *m)
{
	struct debt key = { .msg = (struct msg *)m }, *d;

	strlcpy(key.endpoint, endpoint, sizeof(key.endpoint));
	if (!(d = RB_FIND(debt_tree, &ds->tree, &key)))
		return false;
	if ((m->flags & MSG_STREAMING) && m->errnum == 0)
		return true;
	if (--d->count == 0) {
		RB_REMOVE(debt_tree, &ds->tree, d);
		debt_free(d);
	}
	return true;
}

/* Length of the topic without its last word. */
static size_t
path_length(const char *topic)
{
	const char *dot = strrchr(topic, '.');

	return dot ? (size_t)(dot - topic) + 1 : 0;
}

static bool
is_meant(const struct msg *request, const struct msg *disconnect)
{
	size_t n = path_length(disconnect->topic);

	return request->nodeid == disconnect->nodeid &&
	       path_length(request->topic) == n &&
	       strncmp(request->topic, disconnect->topic, n) == 0;
}

void
debts_forget(struct debts *ds, const char *endpoint, const struct msg *m)
{
	struct debt key = { .msg = (struct msg *)m }, *d, *next;
	const char *sender = msg_sender(m);

	/* a disconnect has tag 0, the lowest */
	strlcpy(key.endpoint, endpoint, sizeof(key.endpoint));
	for (d = RB_NFIND(debt_tree, &ds->tree, &key); d; d = next) {
		next = RB_NEXT(debt_tree, &ds->tree, d);
		if (strcmp(d->endpoint, endpoint) != 0 ||
		    strcmp(msg_sender(d->msg), sender) != 0)
			return;
		if (!is_meant(d->msg, m))
			continue;
		RB_REMOVE(debt_tree, &ds->tree, d);
		debt_free(d);
	}
}

struct msg *
debts_take(struct debts *ds, const char *endpoint)
{
	struct msg none = { .matchtag = 0 }, *m;
	struct debt key = { .msg = &none }, *d;

	strlcpy(key.endpoint, endpoint, sizeof(key.endpoint));
	d = RB_NFIND(debt_tree, &ds->tree, &key);
	if (!d || strcmp(d->endpoint, endpoint) != 0)
		return NULL;
	m = msg_ref(d->msg);
	if (--d->count == 0) {
		RB_REMOVE(debt_tree, &ds->tree, d);
		debt_free(d);
	}
	return m;
}

struct debts *
debts_create(void)
{
	struct debts *ds = calloc(1, sizeof(*ds));

	if (ds)
		RB_INIT(&ds->tree);
	return ds;
}

void
debts_destroy(struct debts *ds)
{
	struct debt *d;

	if (!ds)
		return;
	while ((d = RB_MIN(debt_tree, &ds->tree))) {
		RB_REMOVE(debt_tree, &ds->tree, d);
		debt_free(d);
	}
	free(ds);
}
