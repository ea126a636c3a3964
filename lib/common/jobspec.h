/* SPDX-License-Identifier: MIT */
#ifndef JOBSPEC_H
#define JOBSPEC_H

#include <jansson.h>
#include <stdbool.h>

#include "errmsg.h"

/*
 * RFC 14/25 jobspec, read side: what the broker and the shell need to know.
 * (flux-submit builds the JSON itself.)
 */
struct jobspec {
	json_t *json;       /* owned reference to the whole document, or what
			       is left of it */
	int nnodes;         /* nodes asked for; 0 = not said (slots only) */
	int nslots;         /* slots in all (per node times nodes) */
	int slots_per_node; /* with nnodes > 0 */
	int cores_per_slot; /* 0 with a bare node-exclusive slot */
	int gpus_per_slot;
	bool exclusive;       /* whole nodes */
	int ntasks;           /* total tasks (per_slot times slots, or total) */
	json_t *command;      /* borrowed array of strings */
	json_t *system;       /* borrowed attributes.system, never NULL */
	double duration;      /* seconds; 0 = no limit */
	double mock_duration; /* exec.test.run_duration, seconds: no processes,
				 it just takes its time. -1 = not set, NAN:
				 cannot be read */
	const char *cwd;      /* borrowed; NULL if none */
	const char *queue;    /* borrowed; NULL if none */
	const char *name;     /* job.name, or NULL: see jobspec_name */
	json_t *environment;  /* borrowed object, NULL if none */
	json_t *options;      /* borrowed shell.options, NULL if none */
	json_t *constraints;  /* borrowed, NULL if none */
	json_t *dependencies; /* borrowed array, NULL if none */
};

/* attributes.system of a jobspec that was not checked, borrowed; NULL if it has
 * none. o may be NULL. */
json_t *jobspec_system(const json_t *o);
/* Check and take apart; the texts are those of the reference's validator:
 * "Missing key (resources)", "version must be 1". NULL with em. Takes a new
 * reference to o. */
struct jobspec *jobspec_decode(json_t *o, struct errmsg *em);
/* Drop all but the numbers, and the constraints: what a scheduler needs. The
 * borrowed members, command first, are NULL afterwards. */
void jobspec_compact(struct jobspec *js);
void jobspec_destroy(struct jobspec *js);
/* job.name, else the base name of command[0] (malloc'd). */
char *jobspec_name(const struct jobspec *js);

#endif
