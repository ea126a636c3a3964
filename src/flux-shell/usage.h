/* SPDX-License-Identifier: MIT */
#ifndef USAGE_H
#define USAGE_H

#include <sys/resource.h>

#include <jansson.h>
#include <stdbool.h>

/* What tasks used, as the kernel tells it at their end, with the children that
 * they waited for. */
struct usage {
	bool is_known;
	long maxrss;    /* of the largest process, KB */
	double cputime; /* user and system, of all, seconds */
};

void usage_add_process(struct usage *u, const struct rusage *r);
void usage_add(struct usage *u, const struct usage *more);
/* {"maxrss":KB,"cputime":s}; NULL if nothing is known (or no memory). */
json_t *usage_encode(const struct usage *u);
/* Anything else than an object of usage_encode is not known. */
struct usage usage_decode(const json_t *o);

#endif
