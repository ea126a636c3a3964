/* SPDX-License-Identifier: MIT */
#ifndef EVENTS_H
#define EVENTS_H

#include <jansson.h>
#include <stdint.h>

struct broker;
struct msg;

/*
 * Events: published on rank 0 (others send them there), numbered, and handed
 * down the tree to all brokers, their clients and their own services.
 */

/* From any rank, with the owner's credential. flags: MSG_PRIVATE. */
int events_publish_new(
    struct broker *b, const char *topic, int flags, json_t *payload_new);

/* A service of this broker listens to topics that begin with prefix. */
typedef void (*event_f)(void *arg, const struct msg *m);
int events_listen(struct broker *b, const char *prefix, event_f cb, void *arg);

#endif
