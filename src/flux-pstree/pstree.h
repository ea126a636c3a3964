/* SPDX-License-Identifier: MIT */
#ifndef PSTREE_H
#define PSTREE_H

#include <stdbool.h>

#include "format.h"
#include "handle.h"
#include "jobinfo.h"
#include "jobquery.h"

struct options {
	struct jobquery query; /* of all levels but, without root, the top */
	bool all, has_filter, has_count;
	bool no_header, parent_ids, no_combine, compact, ascii, json;
	int width; /* code points; -1 = as long as it gets */
	int level; /* how deep to go below this instance; -1 = all the way */
	int skip_root;             /* -1 = not said */
	const char *details;       /* name of a details format */
	const char *detail_format; /* or the format itself */
	const char *label, *parent_label;
	char **jobs; /* operands; NULL ends them */
};

/* Parse the arguments; prints and exits on usage errors and --help. */
void options_parse(struct options *o, int argc, char **argv);

/* Formats, checked; details is NULL if there are none. */
struct formats {
	struct format *label, *parent_label, *details;
};

/* A job, and the jobs in it if it is an instance. */
struct node {
	struct jobinfo *job;
	bool is_parent; /* a running instance, whether it answers or not */
	struct node *children;
	size_t nchildren, size;
};

struct tree {
	const struct options *opts;
	const struct formats *formats;
	struct jobinfo_shared *shared;
	struct node root;
	bool skips_root;
	bool wants_instance;
};

/* Ask the instance behind h, and all those below it. Exits on errors of this
 * instance; those below may fail. */
void tree_build(struct tree *t, struct handle *h);
void tree_free(struct tree *t);
/* Print. Exits if a value does not suit its format. */
void tree_draw(const struct tree *t);
/* json.c: print as a JSON object. */
void tree_print_json(const struct tree *t);

#endif
