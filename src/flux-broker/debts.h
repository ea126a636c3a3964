/* SPDX-License-Identifier: MIT */
#ifndef DEBTS_H
#define DEBTS_H

#include <stdbool.h>

#include "msg.h"

/*
 * Requests that an endpoint (a neighbour in the tree, a client that offers a
 * service) owes an answer to, so that they can be answered when it vanishes.
 */
enum { ENDPOINT_MAX = 40 };

struct debts;

struct debts *debts_create(void);
void debts_destroy(struct debts *ds);

/* endpoint was handed the request m. What cannot be noted for lack of memory
 * is not answered if the endpoint vanishes. */
void debts_note(struct debts *ds, const char *endpoint, const struct msg *m);
/* endpoint answers by m: false if it owes no such answer. The debt stays until
 * the last response. */
bool debts_settle(struct debts *ds, const char *endpoint, const struct msg *m);
/* endpoint was handed the request m with topic X.disconnect: it owes nothing
 * more to the sender for X. */
void debts_forget(struct debts *ds, const char *endpoint, const struct msg *m);
/* A request that endpoint owes an answer to, no more noted: the caller unrefs
 * it. NULL if there is none. */
struct msg *debts_take(struct debts *ds, const char *endpoint);

#endif
