/* SPDX-License-Identifier: MIT */
#ifndef HISTORY_STATE_H
#define HISTORY_STATE_H

#include <jansson.h>
#include <stdint.h>

#include "../broker.h"
#include "../service.h"
#include "history.h"

/*
 * What the files of history share:
 *   entry.c   the text        send.c  an instance that ends hands it over
 *   keep.c    its parent keeps it     ask.c   and is asked for it
 */
#define HISTORY_KEY "history"

struct handover;

struct history {
	struct broker *b;
	struct handover *handover; /* under way; NULL */
};

/* -- send.c ------------------------------------------------------------- */
void handover_destroy(struct handover *ho);

/* -- keep.c ------------------------------------------------------------- */
int history_open_request(void *ctx, struct request *req, struct answer *an);
int history_put_request(void *ctx, struct request *req, struct answer *an);

/* -- ask.c -------------------------------------------------------------- */
int history_list_request(void *ctx, struct request *req, struct answer *an);
int history_list_id_request(void *ctx, struct request *req, struct answer *an);
int history_lookup_request(void *ctx, struct request *req, struct answer *an);

/* -- history.c ---------------------------------------------------------- */
struct job;
/* The job, if the requester is its user or the owner. NULL with ENOENT, EPERM
 * and em. */
struct job *history_job(
    struct history *hi, struct request *req, json_int_t id, struct errmsg *em);

#endif
