/* SPDX-License-Identifier: MIT */
/*
 * The spellings of a task map that are no JSON: PMI's process mapping
 * "(vector,(NODEID,NNODES,PPN),...)" and raw, the tasks of each node as idsets
 * with semicolons between.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "idset.h"
#include "taskmap.h"

#define PMI_PREFIX "(vector,"

/* For each task its node, for reading raw text. */
struct owners {
	int *nodes; /* -1 = not said yet */
	size_t size;
	struct idset *seen;
};

/* One "(0,2,1)"; *s is moved behind it and a comma. */
static int
pmi_block(struct taskmap *m, const char **s, struct errmsg *em)
{
	int nodeid, nnodes, ppn, n = 0;

	/* %9d cannot overflow */
	if (sscanf(*s, "(%9d,%9d,%9d)%n", &nodeid, &nnodes, &ppn, &n) != 3 ||
	    n == 0 || taskmap_append(m, nodeid, nnodes, ppn, 1) < 0)
		return errmsg_set(em, "unable to parse block: %s", *s);
	*s += n;
	if (**s == ',')
		(*s)++;
	return 0;
}

static int
decode_pmi(struct taskmap *m, const char *s, struct errmsg *em)
{
	s += strlen(PMI_PREFIX);
	while (*s && strcmp(s, ")") != 0)
		if (pmi_block(m, &s, em) < 0)
			return -1;
	if (!*s)
		return errmsg_set(em, "')' expected near end of mapping");
	return 0;
}

static int
owners_grow(struct owners *o, size_t size)
{
	int *nodes;

	if (size <= o->size)
		return 0;
	if (!(nodes = reallocarray(o->nodes, size, sizeof(*nodes))))
		return -1;
	memset(nodes + o->size, -1, (size - o->size) * sizeof(*nodes));
	o->nodes = nodes;
	o->size = size;
	return 0;
}

static int
report_duplicates(
    const struct owners *o, const struct idset *tasks, struct errmsg *em)
{
	struct idset *both = idset_dup(tasks);
	char *text = NULL;

	if (both && idset_intersect(both, o->seen) == 0)
		text = idset_encode(both, 0);
	errmsg_set(em, "duplicate taskid%s specified: %s",
	    both && idset_count(both) > 1 ? "s" : "", text ? text : "?");
	free(text);
	idset_destroy(both);
	return -1;
}

static int
claim(struct owners *o, const struct idset *tasks, int node, struct errmsg *em)
{
	unsigned i, last = idset_last(tasks);

	if (last == IDSET_INVALID)
		return 0;
	if (idset_intersects(tasks, o->seen))
		return report_duplicates(o, tasks, em);
	if (idset_add(o->seen, tasks) < 0 ||
	    owners_grow(o, (size_t)last + 1) < 0)
		return errmsg_set(em, "out of memory");
	for (i = idset_first(tasks); i != IDSET_INVALID;
	     i = idset_next(tasks, i))
		o->nodes[i] = node;
	return 0;
}

static int
claim_text(
    struct owners *o, const char *text, size_t len, int node, struct errmsg *em)
{
	char *copy = strndup(text, len);
	struct idset *tasks = copy ? idset_decode(copy) : NULL;
	int rc;

	if (tasks)
		rc = claim(o, tasks, node, em);
	else
		rc = errmsg_set(
		    em, "error parsing range '%.*s'", (int)len, text);
	idset_destroy(tasks);
	free(copy);
	return rc;
}

/* Runs of tasks on one node become blocks, which append joins. */
static int
append_runs(struct taskmap *m, const struct owners *o, struct errmsg *em)
{
	size_t i, start;

	for (start = 0; start < o->size; start = i) {
		if (o->nodes[start] < 0)
			return errmsg_set(em, "missing taskid: %zu", start);
		for (i = start; i < o->size; i++)
			if (o->nodes[i] != o->nodes[start])
				break;
		if (taskmap_append(m, o->nodes[start], 1, (int)(i - start), 1) <
		    0)
			return errmsg_set(em, "taskmap is too large");
	}
	return 0;
}

static int
decode_raw(struct taskmap *m, const char *s, struct errmsg *em)
{
	struct owners o = { .seen = idset_create() };
	size_t n;
	int node, rc = o.seen ? 0 : errmsg_set(em, "out of memory");

	for (node = 0; rc == 0; node++, s += n + 1) {
		n = strcspn(s, ";");
		rc = claim_text(&o, s, n, node, em);
		if (!s[n])
			break;
	}
	if (rc == 0)
		rc = append_runs(m, &o, em);
	free(o.nodes);
	idset_destroy(o.seen);
	return rc;
}

static struct taskmap *
decode_json_text(const char *text, struct errmsg *em)
{
	struct taskmap *m;
	json_error_t error;
	json_t *o = json_loads(text, 0, &error);

	if (!o) {
		errmsg_set(em, "%s", error.text);
		errno = EINVAL;
		return NULL;
	}
	m = taskmap_decode_json(o, em);
	json_decref(o);
	return m;
}

struct taskmap *
taskmap_decode(const char *text, struct errmsg *em)
{
	struct taskmap *m;
	int rc;

	text += strspn(text, " \t\n");
	if (*text == '[' || *text == '{')
		return decode_json_text(text, em);
	if (!(m = taskmap_create())) {
		errmsg_set(em, "out of memory");
		return NULL;
	}
	if (strncmp(text, PMI_PREFIX, strlen(PMI_PREFIX)) == 0)
		rc = decode_pmi(m, text, em);
	else
		rc = decode_raw(m, text, em);
	if (rc == 0)
		return m;
	taskmap_destroy(m);
	errno = EINVAL;
	return NULL;
}

/* Blocks that are done several times are written several times: PMI has no
 * word for it. */
static void
print_pmi(FILE *f, const json_t *blocks)
{
	const json_t *o;
	int nodeid, nnodes, ppn, repeat;
	size_t i;

	json_array_foreach((json_t *)blocks, i, o) {
		if (json_unpack((json_t *)o, "[i,i,i,i]", &nodeid, &nnodes,
			&ppn, &repeat) < 0)
			continue;
		while (repeat-- > 0)
			fprintf(f, ",(%d,%d,%d)", nodeid, nnodes, ppn);
	}
}

char *
taskmap_encode_pmi(const struct taskmap *m)
{
	json_t *blocks = taskmap_encode(m);
	char *text = NULL;
	size_t size;
	FILE *f;
	int rc = -1;

	if (!blocks)
		return NULL;
	if ((f = open_memstream(&text, &size))) {
		if (json_array_size(blocks) > 0) {
			fputs("(vector", f);
			print_pmi(f, blocks);
			putc(')', f);
		}
		rc = fclose(f);
	}
	json_decref(blocks);
	if (rc == 0)
		return text;
	free(text);
	return NULL;
}

static int
print_node(FILE *f, const struct taskmap *m, int node)
{
	struct idset *tasks = taskmap_tasks(m, node);
	char *text = tasks ? idset_encode(tasks, 0) : NULL;
	int rc = text ? fprintf(f, "%s%s", node > 0 ? ";" : "", text) : -1;

	free(text);
	idset_destroy(tasks);
	return rc < 0 ? -1 : 0;
}

char *
taskmap_encode_raw(const struct taskmap *m)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	int node, rc = 0;

	if (!f)
		return NULL;
	for (node = 0; rc == 0 && node < taskmap_nnodes(m); node++)
		rc = print_node(f, m, node);
	if ((fclose(f) | rc) == 0)
		return text;
	free(text);
	return NULL;
}
