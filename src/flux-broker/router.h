/* SPDX-License-Identifier: MIT */
#ifndef ROUTER_H
#define ROUTER_H

#include <stdint.h>

#include "debts.h"
#include "msg.h"
#include "service.h"

struct broker;

/*
 * Where messages go. A request climbs the tree until a broker has its service,
 * or goes to the rank that it names. Each hop that a request came by is pushed
 * on its route stack: the uuid of a client's connection, or "rank-N" for a
 * neighbour in the tree; its response goes back by popping them.
 *
 * Requests handed to an endpoint that may vanish (a neighbour, a client that
 * offers a service) are noted, and answered with an error when it does.
 */
struct router;

struct router *router_create(struct broker *b);
/* From now on requests are dropped: the services are about to go. */
void router_close(struct router *rt);
void router_destroy(struct router *rt);

/* The hop is on the route stack already, the credential is set. m is borrowed
 * but may be changed. */
void router_request(struct broker *b, struct msg *m);
void router_response(struct broker *b, struct msg *m);
/* A response that an endpoint (neighbour or client) sent; dropped if a client
 * was not asked. */
void router_response_from(struct broker *b, const char *from, struct msg *m);
/* Answer m with an error, if it wants an answer. */
void router_fail(
    struct broker *b, const struct msg *m, int errnum, const char *text);

/* The endpoint ("rank-N" or a client's uuid) is gone: fail what it owes. */
void router_endpoint_lost(struct broker *b, const char *endpoint, int errnum);

/* Services that clients offer. -1 with EEXIST; remove of an unknown or foreign
 * name: ENOENT. */
int router_service_add(struct broker *b, const char *name, const char *uuid);
int router_service_remove(struct broker *b, const char *name, const char *uuid);
/* All services of this broker, e.g. for module.list: names until NULL. */
const char *router_service_name(struct broker *b, int i);

/* Requests that the service of this topic got, and its answers. */
void router_count_answer(struct broker *b, const char *topic);
void router_stats(struct broker *b, const char *topic, unsigned *received,
    unsigned *answered);
void router_stats_clear(struct broker *b, const char *topic);
/* Seconds since the service of that name got its last request. */
double router_idle(struct broker *b, const char *name);

struct rpcs *router_rpcs(struct broker *b);
/* A request of ours with any payload, that wants no response. */
int router_send_raw(struct broker *b, uint32_t nodeid, const char *topic,
    const void *data, size_t len);

/* "rank-N" in buf. */
const char *router_rank_endpoint(char buf[ENDPOINT_MAX], uint32_t rank);

/* request.c: make a request object of m and serve it by t. */
void request_serve(
    struct broker *b, const struct topic *t, void *ctx, struct msg *m);

#endif
