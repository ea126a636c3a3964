/* SPDX-License-Identifier: MIT */
#ifndef QUEUE_H
#define QUEUE_H

#include <jansson.h>
#include <stdbool.h>

#include "handle.h"
#include "optparse.h"

/*
 * What the subcommands of flux queue share. Each gets its own argv and
 * returns the exit status.
 */
int cmd_list(int argc, char **argv);
int cmd_status(int argc, char **argv);
int cmd_enable(int argc, char **argv);
int cmd_disable(int argc, char **argv);
int cmd_start(int argc, char **argv);
int cmd_stop(int argc, char **argv);
int cmd_drain(int argc, char **argv);
int cmd_idle(int argc, char **argv);

/* Print a JSON object on a line of its own. Takes it; NULL is out of memory. */
void queue_print_json(json_t *o_new);

/* status.c: print what holds for queues. */
enum queue_show { SHOW_SUBMISSION = 1, SHOW_SCHEDULING = 2 };
/* name NULL = all. what is for the "ERROR: status: ..." of a failure. */
void queue_show(struct handle *h, const char *name, int show, const char *what);
/* The three lines of -v. */
void queue_show_jobs(struct handle *h);
/* New reference to the array of queue names; empty = one anonymous queue. */
json_t *queue_names(struct handle *h);

/* A queue named by operand, or by the hidden option -q; NULL = none. */
struct queue_choice {
	const char *option, *operand;
};
const char *queue_choose(const struct queue_choice *c);

/* policy.c: values of the configuration that hold for a queue, its own, its
 * parent's, or those of the whole instance. */
/* The queues table, or NULL. Borrowed. */
const json_t *policy_queues(const json_t *config);
/* NULL if the queue has no parent. */
const char *policy_parent(const json_t *config, const char *queue);
/* Seconds; INFINITY = none. path "limits.duration". queue NULL = anonymous. */
double policy_duration(
    const json_t *config, const char *queue, const char *path);
/* "limits.job-size.max.nnodes"; fallback if unset. */
json_int_t policy_int(const json_t *config, const char *queue, const char *path,
    json_int_t fallback);
/* The properties that the nodes of a queue have; NULL = all nodes. */
const json_t *policy_requires(const json_t *config, const char *queue);
/* Name of the default queue, or NULL. */
const char *policy_default_queue(const json_t *config);

#endif
