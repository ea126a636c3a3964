/* SPDX-License-Identifier: MIT */
#ifndef CLIENTSTATE_H
#define CLIENTSTATE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "msg.h"

/*
 * What a router of messages (broker, proxy) keeps for each of its clients:
 * event subscriptions (topic prefixes; the same one twice counts twice), names
 * of services that the client offers, and whom to tell when it leaves: for
 * each service that it asked "foo.bar" the topic "foo.disconnect".
 */
struct state_item {
	char *text;
	uint32_t nodeid; /* of disconnects */
	uint8_t flags;   /* of disconnects: MSG_UPSTREAM or 0 */
	LIST_ENTRY(state_item) next;
};
LIST_HEAD(state_items, state_item);

struct clientstate {
	struct state_items subscriptions, services, disconnects;
};

void clientstate_init(struct clientstate *cs);
void clientstate_fini(struct clientstate *cs);

/* -1 with ENOMEM. */
int clientstate_subscribe(struct clientstate *cs, const char *prefix);
/* -1 with ENOENT. */
int clientstate_unsubscribe(struct clientstate *cs, const char *prefix);
/* Does an event with this topic go to the client? */
bool clientstate_wants(const struct clientstate *cs, const char *topic);
/* How many times it subscribed to exactly prefix. */
int clientstate_count(const struct clientstate *cs, const char *prefix);

int clientstate_offer(struct clientstate *cs, const char *service);
int clientstate_withdraw(struct clientstate *cs, const char *service);

/* Remember the request for a later disconnect. NORESPONSE ones are not. */
void clientstate_note(struct clientstate *cs, const struct msg *req);

#endif
