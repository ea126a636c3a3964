/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "pending.h"

static int
compare(struct pending_request *a, struct pending_request *b)
{
	int c;

	if (a->m->matchtag != b->m->matchtag)
		return a->m->matchtag < b->m->matchtag ? -1 : 1;
	if (a->m->nroutes != b->m->nroutes)
		return a->m->nroutes < b->m->nroutes ? -1 : 1;
	for (int i = a->m->nroutes - 1; i >= 0; i--)
		if ((c = strcmp(a->m->routes[i], b->m->routes[i])) != 0)
			return c;
	return 0;
}

RB_GENERATE_INTERNAL(
    pending, pending_request, node, compare, __attribute__((unused)) static)

static void
request_free(struct pending_request *r)
{
	msg_unref(r->m);
	free(r);
}

void
pending_add(struct pending *p, const struct msg *m)
{
	struct pending_request *r;

	if ((m->flags & MSG_NORESPONSE) || !(r = calloc(1, sizeof(*r))))
		return;
	if (!(r->m = msg_dup(m)) || msg_set_payload(r->m, "", 0) < 0 ||
	    RB_INSERT(pending, p, r))
		request_free(r);
}

void
pending_answered(struct pending *p, const struct msg *response)
{
	struct pending_request key = { .m = (struct msg *)response }, *r;

	if ((response->flags & MSG_STREAMING) && response->errnum == 0)
		return;
	if (!(r = RB_FIND(pending, p, &key)))
		return;
	RB_REMOVE(pending, p, r);
	request_free(r);
}

struct msg *
pending_take(struct pending *p)
{
	struct pending_request *r = RB_MIN(pending, p);
	struct msg *m;

	if (!r)
		return NULL;
	RB_REMOVE(pending, p, r);
	m = r->m;
	free(r);
	return m;
}
