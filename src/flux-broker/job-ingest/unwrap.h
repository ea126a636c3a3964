/* SPDX-License-Identifier: MIT */
#ifndef UNWRAP_H
#define UNWRAP_H

#include <jansson.h>
#include <stdint.h>

#include "../job-manager/submitted.h"
#include "errmsg.h"

struct broker;
struct request;

/*
 * A request of job-ingest.submit, taken apart. J is most of it, and the
 * environment most of J; neither is read as JSON if that can be helped.
 */
struct unwrapped {
	int urgency, flags;
	uint32_t signer;
	struct submitted sent;
	json_t *jobspec; /* without what is in sent.shared */
	char *payload;   /* sent.payload */
};

/* -1 with EPROTO and EINVAL, and em: nothing is to be freed. */
int unwrap_request(struct request *req, struct unwrapped *u, struct errmsg *em);
int unwrap_J(struct broker *b, struct unwrapped *u, struct errmsg *em);
int unwrap_jobspec(struct broker *b, struct unwrapped *u, struct errmsg *em);
void unwrap_fini(struct unwrapped *u);

#endif
