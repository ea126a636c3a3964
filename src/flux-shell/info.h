/* SPDX-License-Identifier: MIT */
#ifndef INFO_H
#define INFO_H

#include <jansson.h>
#include <stdint.h>

#include "errmsg.h"
#include "fluid.h"
#include "jobspec.h"
#include "rset.h"

struct idset;
struct taskmap;

/*
 * What a shell knows of its job: the broker's "start" message, taken apart.
 * Nothing here changes once the tasks are mapped. Strings without a word on
 * their owner belong to `start`.
 */
struct info {
	json_t *start;
	uint64_t id;
	char f58[FLUID_STRMAX];   /* as the job is to see it: ƒ... or f... */
	char plain[FLUID_STRMAX]; /* always f... */
	uint32_t userid;
	uint32_t rank;  /* of the broker that we belong to */
	int shell_rank; /* 0 is the leader */
	int nshells;
	const char *rundir, *uri, *jobid_path;
	const char *host; /* this node's name in R */
	int instance_level;
	struct jobspec *spec;
	json_t *shared_env; /* under the environment of spec; or NULL */
	struct rset *R;     /* nodes[i] is the node of shell i */
	char *name;         /* of the job; owned */
	char *service;      /* USERID-shell-F58PLAIN; owned */
	char *tmpdir; /* the job's directory here; owned, NULL until made */

	struct taskmap *map;
	int ntasks;            /* of the job */
	int nlocal;            /* tasks here */
	int *ranks;            /* global rank of local task i; owned */
	struct idset *taskids; /* the same as a set; owned */
	struct idset *cores;   /* of this node, that tasks are bound to */
};

/* Takes a new reference to start, and borrows shared_env, which may be NULL.
 * -1 with em; info_fini is safe then. */
int info_init(
    struct info *info, json_t *start, json_t *shared_env, struct errmsg *em);
void info_fini(struct info *info);

/* A variable that the job was submitted with, or NULL. */
const char *info_getenv(const struct info *info, const char *name);

/* Broker rank of shell i. */
uint32_t info_broker_rank(const struct info *info, int shell_rank);

/* Shell option, NULL if it is not set; name may be dotted: "output.mode". */
json_t *info_option(const struct info *info, const char *name);
/* Is the option set to something but false, 0 or null? */
int info_option_is_on(const struct info *info, const char *name);

#endif
