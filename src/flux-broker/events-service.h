/* SPDX-License-Identifier: MIT */
#ifndef EVENTS_SERVICE_H
#define EVENTS_SERVICE_H

#include <stdint.h>

struct broker;
struct events;
struct msg;

/* Life cycle and ingress of events.h. */
struct events *events_create(struct broker *b);
void events_destroy(struct events *ev);
/* Topics event.publish (and heartbeat.*), and the pulse of rank 0. */
int events_register(struct broker *b);
void events_start_heartbeat(struct broker *b);

/* An event message that a client wrote. */
void events_from_client(struct broker *b, struct msg *m);
/* From a neighbour in the tree: the parent hands down numbered events, a
 * child hands up new ones. */
void events_from_overlay(struct broker *b, uint32_t neighbour, struct msg *m);

#endif
