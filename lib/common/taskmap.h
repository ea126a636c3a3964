/* SPDX-License-Identifier: MIT */
#ifndef TASKMAP_H
#define TASKMAP_H

#include <jansson.h>

#include "errmsg.h"

struct idset;

/*
 * RFC 34 task maps: which task ranks run on which node.
 * Text: [[0,4,4,1]] · {"version":1,"map":[...]} · PMI (vector,(0,4,4)) · raw
 * "0-3;4-7".
 */
struct taskmap;

struct taskmap *taskmap_create(void);
void taskmap_destroy(struct taskmap *m);
/* Append a block: from node nodeid on, nnodes nodes with ppn tasks each,
 * repeat times. -1 with EINVAL. */
int taskmap_append(
    struct taskmap *m, int nodeid, int nnodes, int ppn, int repeat);
/* Any of the text forms. NULL with em. */
struct taskmap *taskmap_decode(const char *text, struct errmsg *em);
struct taskmap *taskmap_decode_json(const json_t *o, struct errmsg *em);
/* New reference: the array of blocks; taskmap_wrap: {"version":1,"map":[]}. */
json_t *taskmap_encode(const struct taskmap *m);
json_t *taskmap_wrap(const struct taskmap *m);
char *taskmap_encode_pmi(const struct taskmap *m); /* malloc'd */
char *taskmap_encode_raw(const struct taskmap *m); /* malloc'd */
int taskmap_nnodes(const struct taskmap *m);
int taskmap_ntasks(const struct taskmap *m);
/* Tasks on node i (new set), node of task t (-1 if none), local index. */
struct idset *taskmap_tasks(const struct taskmap *m, int nodeid);
int taskmap_node(const struct taskmap *m, int task);

#endif
