/* SPDX-License-Identifier: MIT */
#ifndef RESOURCE_STATE_H
#define RESOURCE_STATE_H

#include <ev.h>
#include <jansson.h>
#include <stdbool.h>

#include "../service.h"
#include "resource.h"

/* The state behind resource.h, shared by its parts. */

struct drain {
	bool is_drained;
	double timestamp; /* seconds since the epoch */
	char *reason;     /* NULL = none given */
};

struct change {
	resource_change_f cb;
	void *arg;
	struct change *next;
};

struct resource {
	struct broker *b;
	struct rset *all;   /* NULL until known */
	const char *method; /* how it was found */
	struct idset *exclude;
	struct idset *forced; /* monitor-force-down */
	struct idset *down;   /* computed: what resource_down returns */
	struct drain *drains; /* by rank */
	struct change *changes;
	bool is_held;          /* the life cycle waits for us */
	struct topo *disco;    /* the helper that finds them, while it runs */
	struct topo *xml_topo; /* the one that reads the XML */
	struct waitlist xml_waiters;
	struct waitlist waitups, journal;
	char *xml; /* topology, once asked for */
};

/* The set is known (taken): tell all who wait. */
void resource_found(struct resource *r, struct rset *all, const char *method);
/* Compute down anew and tell. */
void resource_changed(struct resource *r);
/* Ranks named by an idset or a hostlist (new set). NULL with EINVAL, em. */
struct idset *resource_targets(
    struct resource *r, const char *text, struct errmsg *em);
/* Ranks that are drained (new set). */
struct idset *resource_drained(const struct resource *r);

/* discover.c: start to find the resources; ends in resource_found or in
 * lifecycle_shutdown with a reason in the log. */
int discover_start(struct resource *r);
/* configured.c: the set that the configuration describes. NULL with em; NULL
 * and an empty em if it describes none. */
struct rset *configured_rset(struct broker *b, struct errmsg *em);

/* topics.c, drain.c */
int resource_register(struct resource *r);
int resource_drain_request(void *ctx, struct request *req, struct answer *an);
int resource_undrain_request(void *ctx, struct request *req, struct answer *an);
/* {"0-3":{"timestamp":T,"reason":S}} (new reference) */
json_t *drain_encode(const struct resource *r);

#endif
