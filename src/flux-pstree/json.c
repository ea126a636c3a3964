/* SPDX-License-Identifier: MIT */
/*
 * The tree as JSON: jobs as flux jobs --json has them, those that are
 * instances with the jobs in them. Nothing is combined.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>

#include "pstree.h"

static json_t *nodes_json(const struct node *nodes, size_t n);

static json_t *
node_json(const struct node *node)
{
	json_t *o = jobinfo_json(node->job);

	if (!o)
		err(1, NULL);
	/* an instance that is nobody's job */
	if (node->job->id_text) {
		json_object_set_new(
		    o, "jobid", json_string(node->job->id_text));
		json_object_del(o, "id");
	}
	if (node->is_parent || node->nchildren > 0)
		json_object_set_new(
		    o, "jobs", nodes_json(node->children, node->nchildren));
	return o;
}

static json_t *
nodes_json(const struct node *nodes, size_t n)
{
	json_t *array = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(array, node_json(&nodes[i]));
	return array;
}

void
tree_print_json(const struct tree *t)
{
	json_t *jobs = t->skips_root
			   ? nodes_json(t->root.children, t->root.nchildren)
			   : nodes_json(&t->root, 1);
	json_t *o = json_pack("{s:i s:o}", "version", 1, "jobs", jobs);
	char *s = o ? json_dumps(o, JSON_COMPACT) : NULL;

	if (!s)
		err(1, NULL);
	puts(s);
	free(s);
	json_decref(o);
}
