/* SPDX-License-Identifier: MIT */
#ifndef BULK_H
#define BULK_H

#include "args.h"

/*
 * The inputs of flux bulksubmit: lists after :::, ::::, or standard input, and
 * all their combinations; lists with + go in step with the one before.
 */
struct bulk {
	char ***rows; /* rows[i][k]: input k of job i */
	int nrows, ninputs;
};

/* Takes the lists off the command of a; exits with a reason. */
void bulk_read(struct bulk *b, struct args *a);
void bulk_free(struct bulk *b);

#endif
