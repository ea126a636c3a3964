/* SPDX-License-Identifier: MIT */
#ifndef CARD_H
#define CARD_H

#include <jansson.h>

#include "errmsg.h"

struct broker;

/*
 * Business cards: what brokers tell each other about themselves by way of the
 * bootstrap (PMI), so that neighbours find each other:
 *
 *     {"host":"node0","node":"...","uri":["ipc://...","tcp://..."],
 *      "pubkey":"..."}
 *
 * node tells which brokers see the same files: they use ipc. There is no
 * secret in it.
 */

/* Open the inboxes that the card will name. -1 with em. */
int card_open(struct broker *b, struct errmsg *em);
/* Our card (new). NULL with em. */
json_t *card_encode(struct broker *b, struct errmsg *em);
/* Connect to a neighbour by its card. -1 with em. */
int card_connect(
    struct broker *b, uint32_t rank, const json_t *card, struct errmsg *em);

#endif
