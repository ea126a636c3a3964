/* SPDX-License-Identifier: MIT */
#ifndef BULK_H
#define BULK_H

#include "args.h"

/*
 * The inputs of flux bulksubmit: lists after :::, ::::, or standard input, and
 * all their combinations; lists with + take a step for each job.
 */
struct define;

struct bulk {
	char ***rows; /* rows[i][k]: input k of job i */
	int nrows, ninputs;
	struct define *defines; /* methods of --define; NULL = none */
};

/* Takes the lists off the command of a; exits with a reason. */
void bulk_read(struct bulk *b, struct args *a);
void bulk_free(struct bulk *b);

#endif
