/* SPDX-License-Identifier: MIT */
/*
 * From resource options to the resource section. Two ways exclude each other:
 * per task (-n -c -g), where a slot is a task, and per resource (--cores,
 * --tasks-per-*), where slots only carry resources and the shell counts the
 * tasks. alloc and batch ask per slot, which is the first way.
 */
#include <err.h>
#include <stdbool.h>
#include <stdlib.h>

#include "shape.h"
#include "shapetext.h"

static json_t *
vertex(const char *type, int count)
{
	return json_pack("{s:s s:i}", "type", type, "count", count);
}

/* slot(count, [core, gpu]) */
static json_t *
slot(int count, int cores, int gpus)
{
	json_t *with = json_pack("[o]", vertex("core", cores));

	if (gpus > 0)
		json_array_append_new(with, vertex("gpu", gpus));
	return json_pack("{s:s s:i s:o s:s}", "type", "slot", "count", count,
	    "with", with, "label", "task");
}

/* [slot], or [node(nodes, [slot])] */
static json_t *
section(int nodes, bool exclusive, json_t *slot_new)
{
	json_t *node;

	if (nodes == 0)
		return json_pack("[o]", slot_new);
	node = vertex("node", nodes);
	if (exclusive)
		json_object_set_new(node, "exclusive", json_true());
	json_object_set_new(node, "with", json_pack("[o]", slot_new));
	return json_pack("[o]", node);
}

static int
nodes_of(const struct args *a)
{
	int nodes = 0;

	if (args_int(a, 'N', &nodes) && nodes < 1)
		errx(1, "ERROR: node count must be an integer >= 1 (if set)");
	return nodes;
}

static struct shape
per_task(const struct args *a)
{
	bool is_instance = a->kind & (ALLOC | BATCH);
	bool exclusive = args_has(a, 'x');
	int nodes = nodes_of(a), n = 0, cores = 1, gpus = 0, per_node;
	struct shape s = { .resources = NULL };

	if (args_int(a, 'n', &n) && n < 1)
		errx(1, "ERROR: task count must be a integer >= 1");
	if (args_int(a, 'c', &cores) && cores < (is_instance ? 1 : 0))
		errx(1, "ERROR: cores per task must be an integer >= 1");
	if (args_int(a, 'g', &gpus) && gpus < 0)
		errx(1, "ERROR: gpus per task must be an integer >= 0");
	if (cores == 0)
		cores = 1;
	if (is_instance && n == 0 && nodes == 0)
		errx(1, "ERROR: Number of slots to allocate must be specified");
	if (exclusive && nodes == 0)
		errx(1, "ERROR: exclusive can only be set with a node count");
	if (n == 0 && nodes > 0)
		exclusive = true;
	if (n == 0)
		n = nodes > 0 ? nodes : 1;
	if (n < nodes)
		errx(1, "ERROR: node count must not be greater than task "
			"count");
	per_node = nodes > 0 ? (n + nodes - 1) / nodes : n;
	if (nodes > 0 && per_node * nodes != n)
		s.total = n;
	s.resources = section(nodes, exclusive, slot(per_node, cores, gpus));
	return s;
}

static void
tasks_per(const struct args *a, struct shape *s)
{
	int per_node, per_core;
	bool has_node = args_int(a, OPT_TASKS_PER_NODE, &per_node);
	bool has_core = args_int(a, OPT_TASKS_PER_CORE, &per_core);

	if (has_node && has_core)
		errx(1, "ERROR: Do not specify both the number of tasks per "
			"node and per core");
	if (has_node && per_node < 1)
		errx(1, "ERROR: --tasks-per-node must be >= 1");
	if (has_core && per_core < 1)
		errx(1, "ERROR: --tasks-per-core must be >= 1");
	if (has_node) {
		s->per_type = "node";
		s->per_count = per_node;
	} else if (has_core) {
		s->per_type = "core";
		s->per_count = per_core;
	}
}

static struct shape
per_resource(const struct args *a)
{
	struct shape s = { .resources = NULL };
	bool exclusive = args_has(a, 'x');
	int nodes = nodes_of(a), cores = 0, gpus = 0;
	bool has_cores = args_int(a, OPT_CORES, &cores);

	tasks_per(a, &s);
	if (has_cores && cores < 1)
		errx(1, "ERROR: ncores must be an integer >= 1");
	if (args_int(a, OPT_GPUS_PER_NODE, &gpus) && nodes == 0)
		errx(1, "ERROR: --gpus-per-node requires --nodes");
	if (gpus < 0)
		errx(1, "ERROR: gpus_per_node must be an integer >= 0");
	if (nodes == 0 && !has_cores)
		errx(1, "ERROR: must specify node or core count with "
			"per_resource");
	if (exclusive && nodes == 0)
		errx(1, "ERROR: exclusive can only be set with a node count");
	if (nodes == 0) {
		s.resources = section(0, false, slot(cores, 1, 0));
		return s;
	}
	if (has_cores && cores < nodes)
		errx(1, "ERROR: number of cores cannot be less than nnodes");
	if (has_cores && cores % nodes != 0)
		errx(1, "ERROR: number of cores must be evenly divisible by "
			"node count");
	s.resources = section(nodes, exclusive || !has_cores,
	    slot(1, has_cores ? cores / nodes : 1, gpus));
	return s;
}

/* An array, or an object with key resources. */
static struct shape
from_json(const char *file)
{
	json_error_t error;
	json_t *o = json_load_file(file, 0, &error);
	struct shape s = { .resources = NULL };

	if (!o)
		errx(1, "ERROR: --resources-json: %s: %s", file, error.text);
	s.resources = json_is_array(o)
			  ? json_incref(o)
			  : json_incref(json_object_get(o, "resources"));
	json_decref(o);
	if (!json_is_array(s.resources))
		errx(1, "ERROR: --resources-json: %s: no array of resources",
		    file);
	return s;
}

static struct shape
from_text(const char *text)
{
	struct errmsg em;
	struct shape s = { .resources = shapetext_parse(text, &em) };

	if (!s.resources)
		errx(1, "ERROR: --resources-shape: %s", em.text);
	return s;
}

/* No GPUs for each task are asked for as well with as without the option. */
static bool
has_gpus(const struct args *a)
{
	int gpus;

	return args_int(a, 'g', &gpus) && gpus != 0;
}

struct shape
shape_make(const struct args *a)
{
	bool has_task = args_has(a, 'n') || args_has(a, 'c') || has_gpus(a);
	bool has_resource =
	    args_has(a, OPT_CORES) || args_has(a, OPT_TASKS_PER_NODE) ||
	    args_has(a, OPT_TASKS_PER_CORE) || args_has(a, OPT_GPUS_PER_NODE);

	if (args_has(a, OPT_SHAPE))
		return from_text(args_get(a, OPT_SHAPE));
	if (args_has(a, OPT_JSON))
		return from_json(args_get(a, OPT_JSON));
	if (has_task && has_resource)
		errx(1, "ERROR: Per-resource options can't be used with "
			"per-task options. (See --help for details)");
	return has_resource ? per_resource(a) : per_task(a);
}
