/* SPDX-License-Identifier: MIT */
/*
 * The fields that a format of flux queue list can name.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "format.h"
#include "list.h"
#include "value.h"

/* ---- texts ---- */

enum text {
	QUEUE,
	PARENT,
	SUBMISSION,
	SCHEDULING,
	ENABLED,
	STARTED,
	ENABLED_ASCII,
	STARTED_ASCII,
	COLOR_ENABLED,
	COLOR_STARTED,
	COLOR_OFF,
};

static const char *const green = "\033[01;32m", *const red = "\033[01;31m",
			 *const yellow = "\033[01;33m",
			 *const off = "\033[0;0m";

/* One of three, by whether jobs are scheduled. */
static const char *
by_state(const struct row *r, const char *started, const char *stopped,
    const char *blocked)
{
	return r->blocked ? blocked : r->started ? started : stopped;
}

static const char *
text(const struct row *r, enum text which)
{
	switch (which) {
	case QUEUE:
		return r->name;
	case PARENT:
		return r->parent;
	case SUBMISSION:
		return r->enabled ? "enabled" : "disabled";
	case SCHEDULING:
		return by_state(r, "started", "stopped", "stopped (parent)");
	case ENABLED:
		return r->enabled ? "✔" : "✗";
	case STARTED:
		return by_state(r, "✔", "✗", "⏸");
	case ENABLED_ASCII:
		return r->enabled ? "y" : "n";
	case STARTED_ASCII:
		return by_state(r, "y", "n", "p");
	case COLOR_ENABLED:
		return !r->color ? NULL : r->enabled ? green : red;
	case COLOR_STARTED:
		return r->color ? by_state(r, green, red, yellow) : NULL;
	case COLOR_OFF:
		return r->color ? off : NULL;
	}
	return NULL;
}

static int
get_text(const void *row, const struct field *f, const char *rest,
    struct value *v, struct errmsg *em)
{
	(void)rest;
	(void)em;
	return value_str(v, text(row, f->arg));
}

/* The default queue is marked. */
static int
get_marked(const void *row, const struct field *f, const char *rest,
    struct value *v, struct errmsg *em)
{
	const struct row *r = row;
	char *s;

	(void)f;
	(void)rest;
	(void)em;
	if (!r->name || !r->is_default)
		return value_str(v, r->name);
	if (asprintf(&s, "%s*", r->name) < 0)
		s = NULL;
	return value_take(v, s);
}

/* ---- numbers ---- */

static int
get_timelimit(const void *row, const struct field *f, const char *rest,
    struct value *v, struct errmsg *em)
{
	const struct row *r = row;

	(void)rest;
	(void)em;
	return value_float(v, f->arg ? r->default_timelimit : r->timelimit);
}

static int
get_min(const void *row, const struct field *f, const char *rest,
    struct value *v, struct errmsg *em)
{
	const struct row *r = row;

	(void)rest;
	(void)em;
	return value_int(v, r->min[f->arg]);
}

static int
get_max(const void *row, const struct field *f, const char *rest,
    struct value *v, struct errmsg *em)
{
	const struct row *r = row;

	(void)rest;
	(void)em;
	if (r->max[f->arg] < 0)
		return value_float(v, INFINITY);
	return value_int(v, r->max[f->arg]);
}

static int
take_range(struct value *v, json_int_t min, json_int_t max)
{
	char *s;
	int n = max < 0
		    ? asprintf(&s, "%lld-inf", (long long)min)
		    : asprintf(&s, "%lld-%lld", (long long)min, (long long)max);

	return value_take(v, n < 0 ? NULL : s);
}

static int
get_range(const void *row, const struct field *f, const char *rest,
    struct value *v, struct errmsg *em)
{
	const struct row *r = row;

	(void)rest;
	(void)em;
	return take_range(v, r->min[f->arg], r->max[f->arg]);
}

/* No job gets more than the queue has. */
static int
get_effective(const void *row, const struct field *f, const char *rest,
    struct value *v, struct errmsg *em)
{
	const struct row *r = row;
	json_int_t max = r->max[f->arg], own = r->count[ALL][f->arg];

	(void)rest;
	(void)em;
	return take_range(v, r->min[f->arg], max < 0 || max > own ? own : max);
}

static int
get_count(const void *row, const struct field *f, const char *rest,
    struct value *v, struct errmsg *em)
{
	const struct row *r = row;

	(void)rest;
	(void)em;
	return value_int(v, r->count[f->arg / NRES][f->arg % NRES]);
}

/* ---- the table ---- */

enum {
	C_ALL = ALL * NRES,
	C_UP = UP * NRES,
	C_DOWN = DOWN * NRES,
	C_ALLOCATED = ALLOCATED * NRES,
	C_FREE = FREE * NRES,
};

const struct field list_fields[] = {
	{ "queue", "QUEUE", get_text, QUEUE, NULL },
	{ "queuem", "QUEUE", get_marked, 0, NULL },
	{ "parent", "PARENT", get_text, PARENT, NULL },
	{ "submission", "SUBMIT", get_text, SUBMISSION, NULL },
	{ "scheduling", "SCHED", get_text, SCHEDULING, NULL },
	{ "enabled", "EN", get_text, ENABLED, NULL },
	{ "started", "ST", get_text, STARTED, NULL },
	{ "enabled.ascii", "EN", get_text, ENABLED_ASCII, NULL },
	{ "started.ascii", "ST", get_text, STARTED_ASCII, NULL },
	{ "color_enabled", "", get_text, COLOR_ENABLED, NULL },
	{ "color_started", "", get_text, COLOR_STARTED, NULL },
	{ "color_off", "", get_text, COLOR_OFF, NULL },
	{ "defaults.timelimit", "TDEFAULT", get_timelimit, 1, NULL },
	{ "limits.timelimit", "TLIMIT", get_timelimit, 0, NULL },
	{ "limits.min.nnodes", "MINNODES", get_min, NNODES, NULL },
	{ "limits.min.ncores", "MINCORES", get_min, NCORES, NULL },
	{ "limits.min.ngpus", "MINGPUS", get_min, NGPUS, NULL },
	{ "limits.max.nnodes", "MAXNODES", get_max, NNODES, NULL },
	{ "limits.max.ncores", "MAXCORES", get_max, NCORES, NULL },
	{ "limits.max.ngpus", "MAXGPUS", get_max, NGPUS, NULL },
	{ "limits.range.nnodes", "NNODES", get_range, NNODES, NULL },
	{ "limits.range.ncores", "NCORES", get_range, NCORES, NULL },
	{ "limits.range.ngpus", "NGPUS", get_range, NGPUS, NULL },
	{ "limits.range.effective.nnodes", "NNODES", get_effective, NNODES,
	    NULL },
	{ "limits.range.effective.ncores", "NCORES", get_effective, NCORES,
	    NULL },
	{ "limits.range.effective.ngpus", "NGPUS", get_effective, NGPUS, NULL },
	{ "resources.all.nnodes", "NODES", get_count, C_ALL + NNODES, NULL },
	{ "resources.all.ncores", "CORES", get_count, C_ALL + NCORES, NULL },
	{ "resources.all.ngpus", "GPUS", get_count, C_ALL + NGPUS, NULL },
	{ "resources.up.nnodes", "NODES:UP", get_count, C_UP + NNODES, NULL },
	{ "resources.up.ncores", "CORES:UP", get_count, C_UP + NCORES, NULL },
	{ "resources.up.ngpus", "GPUS:UP", get_count, C_UP + NGPUS, NULL },
	{ "resources.down.nnodes", "NODES:DOWN", get_count, C_DOWN + NNODES,
	    NULL },
	{ "resources.down.ncores", "CORES:DOWN", get_count, C_DOWN + NCORES,
	    NULL },
	{ "resources.down.ngpus", "GPUS:DOWN", get_count, C_DOWN + NGPUS,
	    NULL },
	{ "resources.allocated.nnodes", "NODES:ALLOC", get_count,
	    C_ALLOCATED + NNODES, NULL },
	{ "resources.allocated.ncores", "CORES:ALLOC", get_count,
	    C_ALLOCATED + NCORES, NULL },
	{ "resources.allocated.ngpus", "GPUS:ALLOC", get_count,
	    C_ALLOCATED + NGPUS, NULL },
	{ "resources.free.nnodes", "NODES:FREE", get_count, C_FREE + NNODES,
	    NULL },
	{ "resources.free.ncores", "CORES:FREE", get_count, C_FREE + NCORES,
	    NULL },
	{ "resources.free.ngpus", "GPUS:FREE", get_count, C_FREE + NGPUS,
	    NULL },
	{ NULL, NULL, NULL, 0, NULL },
};
