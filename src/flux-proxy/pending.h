/* SPDX-License-Identifier: MIT */
#ifndef PENDING_H
#define PENDING_H

#include <sys/tree.h>

#include "msg.h"

/*
 * Requests that wait for their answer, by matchtag and route: what is to be
 * said to clients when the connection that it was to come by is lost.
 */
struct pending_request {
	struct msg *m; /* without payload */
	RB_ENTRY(pending_request) node;
};
RB_HEAD(pending, pending_request);

/* Note m, with its route as it goes up. Those that want no response are not
 * noted. Out of memory, it is not noted either. */
void pending_add(struct pending *p, const struct msg *m);
/* A response that came: its request is done, unless more is to come. */
void pending_answered(struct pending *p, const struct msg *response);
/* Any of them, taken off (msg_unref it); NULL if there are none. */
struct msg *pending_take(struct pending *p);

#endif
