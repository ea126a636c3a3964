/* SPDX-License-Identifier: MIT */
#ifndef SERVICES_H
#define SERVICES_H

struct broker;

/*
 * The services in the order in which they are created; destroyed in reverse.
 * create is called when the broker knows its rank and size, the router, local
 * socket and overlay exist, and before the first request is served. It
 * registers its topics. Returns -1 with errno: the broker says so and exits.
 */
struct service_entry {
	const char *name;
	int rank0_only;
	int (*create)(struct broker *b);
	void (*destroy)(struct broker *b); /* may be NULL */
	/* The instance is about to end: cancel jobs etc. When done (also
	 * later), call lifecycle_quiet(b). NULL = nothing to do. */
	void (*quiesce)(struct broker *b);
};

extern const struct service_entry services[]; /* ends with { NULL } */

#endif
