/* SPDX-License-Identifier: MIT */
/*
 * RFC 34 task maps as the list of blocks that they are written in. A block
 * has no parts of its own in memory, so a map of a million tasks is small;
 * questions are answered by walking the blocks.
 *
 * Sizes are bounded when a block is added (TASKS_MAX, NODES_MAX), so that no
 * walk is long.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "idset.h"
#include "taskmap.h"

#define TASKS_MAX (1 << 24)
#define NODES_MAX (1 << 20)

struct block {
	int nodeid, nnodes, ppn, repeat;
};

struct taskmap {
	struct block *blocks;
	size_t count;
	int nnodes, ntasks;
};

struct taskmap *
taskmap_create(void)
{
	return calloc(1, sizeof(struct taskmap));
}

void
taskmap_destroy(struct taskmap *m)
{
	int saved = errno;

	if (m) {
		free(m->blocks);
		free(m);
	}
	errno = saved;
}

static long
block_tasks(const struct block *b)
{
	return (long)b->nnodes * b->ppn * b->repeat;
}

static bool
block_is_valid(const struct taskmap *m, const struct block *b)
{
	if (b->nodeid < 0 || b->nnodes < 1 || b->ppn < 1 || b->repeat < 1)
		return false;
	if (b->nodeid > NODES_MAX || b->nnodes > NODES_MAX ||
	    b->ppn > TASKS_MAX || b->repeat > TASKS_MAX ||
	    (long)b->nnodes * b->ppn > TASKS_MAX)
		return false;
	return b->nodeid + b->nnodes <= NODES_MAX &&
	       m->ntasks + block_tasks(b) <= TASKS_MAX;
}

static int
add_block(struct taskmap *m, const struct block *b)
{
	struct block *blocks;

	if (!block_is_valid(m, b)) {
		errno = EINVAL;
		return -1;
	}
	blocks = reallocarray(m->blocks, m->count + 1, sizeof(*blocks));
	if (!blocks)
		return -1;
	m->blocks = blocks;
	blocks[m->count++] = *b;
	if (b->nodeid + b->nnodes > m->nnodes)
		m->nnodes = b->nodeid + b->nnodes;
	m->ntasks += (int)block_tasks(b);
	return 0;
}

/* Make the last two blocks one, if they are rounds over the same nodes or
 * the second one goes on where the first one ends. */
static bool
merge(struct taskmap *m)
{
	struct block *a, *b;

	if (m->count < 2)
		return false;
	a = &m->blocks[m->count - 2];
	b = &m->blocks[m->count - 1];
	if (a->ppn != b->ppn)
		return false;
	if (a->nodeid == b->nodeid && a->nnodes == b->nnodes)
		a->repeat += b->repeat;
	else if (a->repeat == 1 && b->repeat == 1 &&
		 a->nodeid + a->nnodes == b->nodeid)
		a->nnodes += b->nnodes;
	else
		return false;
	m->count--;
	return true;
}

int
taskmap_append(struct taskmap *m, int nodeid, int nnodes, int ppn, int repeat)
{
	struct block b = { nodeid, nnodes, ppn, repeat };

	if (add_block(m, &b) < 0)
		return -1;
	while (merge(m))
		;
	return 0;
}

int
taskmap_nnodes(const struct taskmap *m)
{
	return m->nnodes;
}

int
taskmap_ntasks(const struct taskmap *m)
{
	return m->ntasks;
}

/* Add the tasks that a block, whose first task is `first`, puts on a node. */
static int
block_node_tasks(
    const struct block *b, int first, int nodeid, struct idset *tasks)
{
	int i, lo, per_round = b->nnodes * b->ppn;

	if (nodeid < b->nodeid || nodeid >= b->nodeid + b->nnodes)
		return 0;
	for (i = 0; i < b->repeat; i++) {
		lo = first + i * per_round + (nodeid - b->nodeid) * b->ppn;
		if (idset_set_range(
			tasks, (unsigned)lo, (unsigned)(lo + b->ppn - 1)) < 0)
			return -1;
	}
	return 0;
}

struct idset *
taskmap_tasks(const struct taskmap *m, int nodeid)
{
	struct idset *tasks = idset_create();
	int first = 0;
	size_t i;

	if (!tasks)
		return NULL;
	for (i = 0; i < m->count; i++) {
		if (block_node_tasks(&m->blocks[i], first, nodeid, tasks) < 0)
			goto error;
		first += (int)block_tasks(&m->blocks[i]);
	}
	return tasks;
error:
	idset_destroy(tasks);
	return NULL;
}

int
taskmap_node(const struct taskmap *m, int task)
{
	const struct block *b;
	size_t i;

	for (i = 0; task >= 0 && i < m->count; i++) {
		b = &m->blocks[i];
		if (task < block_tasks(b))
			return b->nodeid + task % (b->nnodes * b->ppn) / b->ppn;
		task -= (int)block_tasks(b);
	}
	errno = ENOENT;
	return -1;
}

json_t *
taskmap_encode(const struct taskmap *m)
{
	json_t *list = json_array();
	const struct block *b;
	size_t i;

	for (i = 0; i < m->count; i++) {
		b = &m->blocks[i];
		if (json_array_append_new(
			list, json_pack("[i,i,i,i]", b->nodeid, b->nnodes,
				  b->ppn, b->repeat)) < 0) {
			json_decref(list);
			errno = ENOMEM;
			return NULL;
		}
	}
	return list;
}

json_t *
taskmap_wrap(const struct taskmap *m)
{
	return json_pack("{s:i s:o}", "version", 1, "map", taskmap_encode(m));
}

/* The blocks are kept as they are written: other programs compare maps. */
static int
decode_block(
    struct taskmap *m, const json_t *o, size_t index, struct errmsg *em)
{
	struct block b;
	json_error_t error;

	if (!json_is_array(o))
		return errmsg_set(
		    em, "entry %zu in taskmap is not an array", index);
	if (json_unpack_ex((json_t *)o, &error, 0, "[i,i,i,i]", &b.nodeid,
		&b.nnodes, &b.ppn, &b.repeat) < 0)
		return errmsg_set(em, "error in taskmap entry: %s", error.text);
	if (add_block(m, &b) < 0)
		return errmsg_set(em, "invalid entry [%d,%d,%d,%d]", b.nodeid,
		    b.nnodes, b.ppn, b.repeat);
	return 0;
}

/* The array of blocks, out of its wrapping if it has one; borrowed. */
static const json_t *
unwrap(const json_t *o, struct errmsg *em)
{
	json_t *map;
	json_error_t error;
	int version;

	if (json_is_array(o))
		return o;
	if (json_unpack_ex((json_t *)o, &error, 0, "{s:i s:o}", "version",
		&version, "map", &map) < 0) {
		errmsg_set(em, "%s", error.text);
		return NULL;
	}
	if (version != 1) {
		errmsg_set(em, "expected version=1, got %d", version);
		return NULL;
	}
	if (!json_is_array(map)) {
		errmsg_set(em, "taskmap must be an array");
		return NULL;
	}
	return map;
}

struct taskmap *
taskmap_decode_json(const json_t *o, struct errmsg *em)
{
	struct taskmap *m = NULL;
	const json_t *map = unwrap(o, em);
	const json_t *entry;
	size_t i;

	if (!map)
		goto error;
	if (!(m = taskmap_create())) {
		errmsg_set(em, "out of memory");
		return NULL;
	}
	json_array_foreach((json_t *)map, i, entry)
		if (decode_block(m, entry, i, em) < 0)
			goto error;
	return m;
error:
	taskmap_destroy(m);
	errno = EINVAL;
	return NULL;
}
