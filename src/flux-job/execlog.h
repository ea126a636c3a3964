/* SPDX-License-Identifier: MIT */
#ifndef EXECLOG_H
#define EXECLOG_H

#include <stdint.h>

#include "handle.h"

/*
 * What the exec log of a job says about its shells, as far as it has to be
 * waited for.
 */
struct execlog {
	char *service; /* of the leader shell; NULL before shell.init */
	uint32_t leader;
	json_t *taskmap; /* of shell.start; NULL if it never came */
	int errnum;      /* why the log ended: ENODATA, ENOENT, ... */
};

/* Wait for shell.start, or the end of the log. timeout in seconds, 0 = for
 * ever. 0, or -1 with errno: ETIMEDOUT, or errnum. */
int execlog_wait_start(
    struct execlog *x, struct handle *h, uint64_t id, double timeout);
void execlog_fini(struct execlog *x);

#endif
