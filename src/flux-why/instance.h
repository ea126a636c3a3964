/* SPDX-License-Identifier: MIT */
#ifndef INSTANCE_H
#define INSTANCE_H

#include "jobspec.h"
#include "rset.h"
#include "why.h"

/*
 * What the instance tells about its resources and jobs, as far as pending jobs
 * depend on it.
 */

/* A job that has resources. */
struct holder {
	uint64_t id;
	const json_t *info; /* borrowed */
	struct rset *r;     /* NULL = we may not read it */
	double end;         /* when its time is up; INFINITY = no limit */
};

/* A job in state SCHED, in the order in which they get resources. */
struct waiting {
	uint64_t id;
	const json_t *info;   /* borrowed */
	struct jobspec *spec; /* NULL = we may not read it */
};

struct instance {
	json_t *config; /* NULL = unknown */
	json_t *status; /* of nodes; NULL = unknown */
	json_t *queues; /* array of {"name"?,"start","stop_reason"?} */
	json_t *running, *pending; /* answers of job-list */
	struct rset *all, *down, *allocated;
	struct holder *holders;
	size_t nholders;
	struct waiting *waiting;
	size_t nwaiting;
};

/* Ask; exits on failure. Does nothing the second time. */
struct instance *instance_get(struct why *w);
void instance_destroy(struct instance *inst);

/* The state of a job's queue: an element of queues, or NULL. name NULL = the
 * anonymous one. */
const json_t *instance_queue(const struct instance *inst, const char *name);
/* Is a queue stopped? */
bool queue_is_stopped(const json_t *queue);

/* ---- model.c: who fits where, and when ---- */

/*
 * The free cores and GPUs of each node by number, and the moments at which
 * running jobs give theirs back at the latest. It answers for a scheduler that
 * takes jobs in order of priority and lets none pass, as that of this project
 * and sched-simple do; it does not repeat how they choose among nodes.
 */
struct model;

struct model *model_create(const struct instance *inst, double now);
void model_destroy(struct model *m);

/* Which nodes a job may use at all, by index into inst->all (malloc'd). Exits
 * if it cannot be told. */
bool *model_eligible(const struct instance *inst, const struct jobspec *spec);
/* Is there room now? */
bool model_fits(struct model *m, const struct jobspec *spec);
/* Would there be if no job ran, with the nodes that are up (or with all)? */
bool model_fits_empty(
    const struct instance *inst, const struct jobspec *spec, bool all_up);
/* What is free on nodes that the job may use: {"nnodes","ncores","ngpus"?} */
json_t *model_free(struct model *m, const struct jobspec *spec);

/*
 * When a job starts at the latest if those before it, and those that run, use
 * all of their time; INFINITY if that has no end. *who is then the job that
 * has no time limit or will never fit; 0 = unknown. Uses the model up.
 */
double model_start(struct model *m, uint64_t id, uint64_t *who);

#endif
