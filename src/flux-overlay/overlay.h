/* SPDX-License-Identifier: MIT */
#ifndef OVERLAY_TOOL_H
#define OVERLAY_TOOL_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "handle.h"
#include "optparse.h"

struct hostlist;
struct idset;

/* The subcommands of flux overlay; each returns the exit status. */
int cmd_status(int argc, char **argv);
int cmd_errors(int argc, char **argv);
int cmd_lookup(int argc, char **argv);
int cmd_parentof(int argc, char **argv);
int cmd_disconnect(int argc, char **argv);
int cmd_trace(int argc, char **argv);

/* ---- hosts.c: names of ranks. Failures end the program. ---- */

struct hostlist *overlay_hosts(struct handle *h);
/* The name of a rank, "(null)" if there is none. */
const char *overlay_host(const struct hostlist *hosts, uint32_t rank);
/* "0-3" or "node[1,3]" to ranks (new). */
struct idset *overlay_ranks(const struct hostlist *hosts, const char *target);

/* ---- model.c: the tree, and how its brokers are ---- */

struct node {
	uint32_t rank;
	char status[16];  /* full, partial, offline, degraded, lost */
	char error[128];  /* why it is lost or does not answer; "" = neither */
	double duration;  /* s in this status; negative = not known */
	double rtt;       /* s; negative = not asked */
	bool is_presumed; /* behind one that does not answer: status guessed */
	bool no_answer;
	struct node *parent;
	struct node **children;
	int nchildren;
};

struct query {
	struct handle *h;
	double timeout;  /* of each request, s; 0 = none */
	bool ask_leaves; /* what their parents know of them is not enough */
};

/* All below rank. NULL with em: rank does not answer. */
struct node *node_read(const struct query *q, uint32_t rank, struct errmsg *em);
void node_destroy(struct node *n);
/* The tree of all ranks, as overlay.topology has it (new). */
json_t *topology_read(struct handle *h);
/* The rank above, or -1. */
int64_t topology_parent(const json_t *topology, uint32_t rank);

/* A request with a limit in seconds: handle_call_new else. ETIMEDOUT. */
int call_new(const struct query *q, const char *topic, uint32_t rank,
    json_t **out, struct errmsg *em);

/* Print a JSON object on a line of its own; takes it. */
void overlay_print_json(json_t *o_new);

#endif
