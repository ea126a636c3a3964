/* SPDX-License-Identifier: MIT */
#ifndef LOCAL_CLIENT_H
#define LOCAL_CLIENT_H

#include "errmsg.h"

struct broker;
struct local;
struct msg;

/* What router, events and main need of the client connections (local.h is
 * what services need). */
struct local *local_create(struct broker *b);
void local_destroy(struct local *l);
/* Listen on the path of the attribute local-uri. */
int local_listen(struct local *l, struct errmsg *em);

/* To the client whose uuid is on top of the route stack, which is popped. */
void local_deliver_response(struct broker *b, struct msg *m);
/* A request to a service that the client with this uuid offers. */
void local_deliver_request(struct broker *b, const char *uuid, struct msg *m);
/* To all clients that subscribed to it and may see it. */
void local_deliver_event(struct broker *b, const struct msg *m);

#endif
