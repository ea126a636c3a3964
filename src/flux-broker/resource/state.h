/* SPDX-License-Identifier: MIT */
#ifndef RESOURCE_STATE_H
#define RESOURCE_STATE_H

#include <ev.h>
#include <jansson.h>
#include <stdbool.h>

#include "../service.h"
#include "gather.h"
#include "resource.h"

struct helper;

/* The state behind resource.h, shared by its parts. Ranks other than 0 have
 * what is marked so, no more. */

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
	struct broker *b;       /* every rank */
	struct gathers gathers; /* every rank: who asks for what hosts have */
	char *xml;              /* every rank: topology, once asked for */
	struct helper *xml_helper;   /* every rank: while it is found */
	struct waitlist xml_waiters; /* every rank */

	struct rset *all;    /* NULL until known */
	struct rset *usable; /* all without excluded ranks */
	unsigned version;
	const char *method; /* how it was found */
	struct idset *exclude;
	struct idset *forced; /* monitor-force-down */
	struct idset *down;   /* computed: what resource_down returns */
	struct drain *drains; /* by rank */
	struct change *changes;
	bool is_held;            /* the life cycle waits for us */
	struct discovery *disco; /* while it runs */
	struct slurm *slurm;     /* NULL = we are no Slurm job */
	ev_timer give_up;        /* nothing can be found */
	json_t *events;          /* journal.c */
	struct waitlist waitups, journals;
};

/* The set is known (taken): tell all who wait. */
void resource_found(struct resource *r, struct rset *all, const char *method);
/* The end of the instance has changed. */
void resource_expires(struct resource *r, double expiration);
/* Compute down anew and tell. */
void resource_changed(struct resource *r);
/* Ranks named by an idset or a hostlist (new set). NULL with EINVAL, em. */
struct idset *resource_targets(
    struct resource *r, const char *text, struct errmsg *em);
/* Ranks that are drained (new set). */
struct idset *resource_drained(const struct resource *r);

/* discover.c: start to find the resources; ends in resource_found or in
 * lifecycle_shutdown with a reason in the log. -1 with errno. */
int discover_start(struct resource *r);
void discover_stop(struct resource *r);
/* Ranks have come up. */
void discover_online(struct resource *r);
/* The end of the instance is known, before the resources are; 0 = none. */
void discover_expiration(struct resource *r, double expiration);
/* resource.discover: what rank 0 asks of others */
int discover_request(void *ctx, struct request *req, struct answer *an);

/* configured.c: the set that the configuration describes. NULL with em; NULL
 * and an empty em if it describes none. */
struct rset *configured_rset(struct broker *b, struct errmsg *em);
/* R in a file. NULL with em, errno. */
struct rset *configured_file(const char *path, struct errmsg *em);

/* journal.c */
int resource_journal_create(struct resource *r);
void resource_journal_post(
    struct resource *r, const char *name, json_t *context_new);
/* The same, with {"idset":ranks}. */
void resource_journal_ranks(
    struct resource *r, const char *name, const struct idset *ranks);
int resource_journal_request(void *ctx, struct request *req, struct answer *an);
int resource_journal_cancel(void *ctx, struct request *req, struct answer *an);

/* topics.c, drain.c */
int resource_register(struct resource *r);
int resource_drain_request(void *ctx, struct request *req, struct answer *an);
int resource_undrain_request(void *ctx, struct request *req, struct answer *an);
/* {"0-3":{"timestamp":T,"reason":S}} (new reference) */
json_t *drain_encode(const struct resource *r);

#endif
