/* SPDX-License-Identifier: MIT */
#ifndef RESOURCE_H
#define RESOURCE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "handle.h"
#include "optparse.h"
#include "rset.h"

struct format;
struct format_source;
struct idset;

/*
 * What the subcommands of flux resource share. Each gets its own argv and
 * returns the exit status.
 */
int cmd_list(int argc, char **argv);
int cmd_info(int argc, char **argv);
int cmd_R(int argc, char **argv);
int cmd_status(int argc, char **argv);
int cmd_drain(int argc, char **argv);
int cmd_undrain(int argc, char **argv);
int cmd_reload(int argc, char **argv);
int cmd_acquire_mute(int argc, char **argv);
int cmd_eventlog(int argc, char **argv);

/* handle_call_new to rank 0 that ends the program on failure. Takes in. */
json_t *resource_call(struct handle *h, const char *topic, json_t *in);

/* A list of words, "a,b", collected over several options. The words live in
 * argv, which is cut at the commas. */
struct words {
	char **v;
	size_t n;
};
void words_add(struct words *w, char *list);
void words_fini(struct words *w);

/* ---- select.c: which ranks -i and -q mean ---- */

struct selection {
	const char *include; /* -i: idset or hostlist; NULL = all */
	struct words queues; /* -q; none = all */
};

/* The ranks of all that are selected (new). Unknown hosts match nothing; an
 * unknown queue ends the program. config may be NULL without queues. */
struct idset *selection_ranks(
    const struct selection *s, const struct rset *all, const json_t *config);

/* The properties that a queue requires (borrowed; NULL = none). */
const json_t *queue_requires(const json_t *config, const char *queue);
/* A virtual queue shares the nodes of its parent. */
bool queue_is_virtual(const json_t *config, const char *queue);
/* Does a node have all properties of the array requires? */
bool node_has_all(
    const struct rset *r, const struct rset_node *n, const json_t *requires);

/* ---- table.c ---- */

/* Print {"version":1,KEY:rows}. Takes rows. */
void table_print_json(const char *key, json_t *rows_new);
/* Names with commas as an array of strings (new); NULL has none. */
json_t *table_names(const char *names);
/* A format that tells rows apart by these fields. */
struct format *table_key(const char *text, const void *fields);

/* The format that -o ARG names, or NULL after its answer was printed. */
struct format *table_format(
    const struct format_source *src, const char *arg, const void *fields);
/* Print rows (an array of pointers, which is reordered). */
void table_print(struct format *f, void **rows, size_t n, bool header);

#endif
