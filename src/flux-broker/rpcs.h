/* SPDX-License-Identifier: MIT */
#ifndef RPCS_H
#define RPCS_H

#include "msg.h"

struct broker;

/* The requests of this broker itself (broker_rpc_new) that are not answered
 * yet, by matchtag, and those that are not sent yet. */
struct rpcs;

struct rpcs *rpcs_create(struct broker *b);
void rpcs_destroy(struct rpcs *r);
/* A response without route: it is for one of ours. */
void rpcs_response(struct rpcs *r, const struct msg *m);

#endif
