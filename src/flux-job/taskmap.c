/* SPDX-License-Identifier: MIT */
/*
 * flux job taskmap: which tasks ran on which node (RFC 34), of a job or of a
 * map given as text.
 */
#include <err.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "execlog.h"
#include "hostlist.h"
#include "idset.h"
#include "job.h"
#include "taskmap.h"

enum { TASKIDS = 'i', NTASKS = 'n', NODEID = 'd', HOSTNAME = 'h', TO = 't' };

struct query {
	int what;   /* one of the above; 0 = print the map */
	int number; /* a node or a task */
	const char *to;
	struct handle *h; /* NULL: the map was given as text */
	uint64_t id;
	struct taskmap *map;
};

/* ---- where the map comes from ---- */

static void
map_of_job(struct query *q)
{
	struct execlog x;
	struct errmsg em;

	q->h = tool_open_plain();
	if (execlog_wait_start(&x, q->h, q->id, 0) < 0)
		errx(1, "Unable to get job taskmap: %s",
		    errno == ENOENT    ? "no such job"
		    : errno == ENODATA ? "job has not run"
				       : strerror(errno));
	if (!(q->map = taskmap_decode_json(x.taskmap, &em)))
		errx(1, "error decoding taskmap: %s", em.text);
	execlog_fini(&x);
}

static void
get_map(struct query *q, const char *arg)
{
	struct errmsg em;

	if (fluid_parse(arg, &q->id) == 0)
		map_of_job(q);
	else if (!(q->map = taskmap_decode(arg, &em)))
		errx(1, "error decoding taskmap: %s", em.text);
}

/* The hosts of the job, in the order of its nodes. */
static struct hostlist *
hosts(const struct query *q, const char *option)
{
	struct hostlist *hl = hostlist_create();
	json_t *out = NULL, *nodelist, *o;
	struct errmsg em;
	size_t i;

	if (!q->h)
		errx(1, "taskmap: can't use %s without a jobid", option);
	if (handle_call_new(q->h, "job-info.lookup", NODEID_ANY,
		json_pack("{s:I s:[s] s:i}", "id", (json_int_t)q->id, "keys",
		    "R", "flags", 1),
		&out, &em) < 0)
		errx(1, "taskmap: R: %s", em.text);
	nodelist = json_object_get(
	    json_object_get(json_object_get(out, "R"), "execution"),
	    "nodelist");
	json_array_foreach(nodelist, i, o) {
		const char *s = json_string_value(o);

		if (!hl || !s || hostlist_append(hl, s) < 0)
			errx(1, "taskmap: malformed R");
	}
	json_decref(out);
	return hl;
}

static const char *
host_of(const struct hostlist *hl, int node)
{
	const char *host = hostlist_nth(hl, node);

	return host ? host : "?";
}

/* ---- what is printed ---- */

static void
print_taskids(const struct query *q)
{
	struct idset *s = taskmap_tasks(q->map, q->number);
	char *text;

	if (!s || idset_count(s) == 0)
		errx(1, "No taskids for node %d: %s", q->number,
		    strerror(ENOENT));
	if (!(text = idset_encode(s, 0)))
		err(1, NULL);
	puts(text);
	free(text);
	idset_destroy(s);
}

static void
print_ntasks(const struct query *q)
{
	struct idset *s = taskmap_tasks(q->map, q->number);

	if (!s || idset_count(s) == 0)
		errx(1, "failed to get task count for node %d: %s", q->number,
		    strerror(ENOENT));
	printf("%zu\n", idset_count(s));
	idset_destroy(s);
}

static int
node_of(const struct query *q)
{
	int node = taskmap_node(q->map, q->number);

	if (node < 0)
		errx(1, "failed to get nodeid for task %d: %s", q->number,
		    strerror(ENOENT));
	return node;
}

static void
print_hostname(const struct query *q)
{
	struct hostlist *hl = hosts(q, "--hostname");

	puts(host_of(hl, node_of(q)));
	hostlist_destroy(hl);
}

static void
print_multiline(const struct query *q)
{
	for (int i = 0; i < taskmap_ntasks(q->map); i++)
		printf("%d: %d\n", i, taskmap_node(q->map, i));
}

static void
print_hosts(const struct query *q)
{
	struct hostlist *hl = hosts(q, "--to=hosts");

	for (int i = 0; i < taskmap_nnodes(q->map); i++) {
		struct idset *s = taskmap_tasks(q->map, i);
		char *text = s ? idset_encode(s, 0) : NULL;

		printf("%s: %s\n", host_of(hl, i), text ? text : "");
		free(text);
		idset_destroy(s);
	}
	hostlist_destroy(hl);
}

static char *
encode_json(const struct query *q)
{
	json_t *o = taskmap_encode(q->map);
	char *s = o ? json_dumps(o, JSON_COMPACT) : NULL;

	json_decref(o);
	return s;
}

static void
print_map(const struct query *q)
{
	char *s;

	if (!q->to)
		s = encode_json(q);
	else if (strcmp(q->to, "raw") == 0)
		s = taskmap_encode_raw(q->map);
	else if (strcmp(q->to, "pmi") == 0)
		s = taskmap_encode_pmi(q->map);
	else
		errx(1, "invalid value --to=%s", q->to);
	if (!s)
		err(1, NULL);
	puts(s);
	free(s);
}

static void
answer(const struct query *q)
{
	if (q->what == TASKIDS)
		print_taskids(q);
	else if (q->what == NTASKS)
		print_ntasks(q);
	else if (q->what == NODEID)
		printf("%d\n", node_of(q));
	else if (q->what == HOSTNAME)
		print_hostname(q);
	else if (q->to && strcmp(q->to, "multiline") == 0)
		print_multiline(q);
	else if (q->to && strcmp(q->to, "hosts") == 0)
		print_hosts(q);
	else
		print_map(q);
}

int
cmd_taskmap(int argc, char **argv)
{
	static const struct opt opts[] = {
		{ "taskids", 0, "NODE", "idset of the tasks on NODE", TASKIDS },
		{ "ntasks", 0, "NODE", "number of tasks on NODE", NTASKS },
		{ "nodeid", 0, "TASK", "node of TASK", NODEID },
		{ "hostname", 0, "TASK", "host of TASK", HOSTNAME },
		{ "to", 0, "FORMAT", "raw, pmi, multiline or hosts", TO },
		{ 0 },
	};
	struct optparse p = {
		.usage = "taskmap [OPTION] ID|MAP",
		.summary = "Print which tasks run on which node of a job",
		.example = "flux job taskmap --to=raw '[[0,4,4,1]]'",
		.opts = opts,
	};
	struct query q = { 0 };
	int c;

	job_options(&p, argc, argv);
	while ((c = optparse_next(&p)) != -1) {
		if (c == TO) {
			q.to = p.value;
			continue;
		}
		q.what = c;
		q.number = job_option_int(&p, 0, INT_MAX);
	}
	job_operands(&p, 1, 1);
	get_map(&q, p.operands[0]);
	answer(&q);
	taskmap_destroy(q.map);
	handle_close(q.h);
	optparse_fini(&p);
	return job_flush();
}
