/* SPDX-License-Identifier: MIT */
/*
 * The tree of jobs: ask this instance for its jobs, then all instances among
 * them at once, then all in those: as many rounds as the tree is deep. What
 * cannot be reached has no children.
 */
#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fluid.h"
#include "handleset.h"
#include "instanceinfo.h"
#include "jobpath.h"
#include "jobstate.h"
#include "optparse.h"
#include "pstree.h"
#include "uri.h"

enum { MAX_CONNECTIONS = 200 };

/* Instances that are asked in one round. */
struct round {
	struct node **nodes;
	size_t n, size;
};

static void
round_add(struct round *r, struct node *node)
{
	if (r->n == r->size) {
		r->size = r->size ? 2 * r->size : 16;
		r->nodes = reallocarray(r->nodes, r->size, sizeof(*r->nodes));
		if (!r->nodes)
			err(1, NULL);
	}
	r->nodes[r->n++] = node;
}

static void
add_child(struct node *node, struct jobinfo *job)
{
	struct node *child;

	if (node->nchildren == node->size) {
		node->size = node->size ? 2 * node->size : 16;
		node->children = reallocarray(
		    node->children, node->size, sizeof(*node->children));
		if (!node->children)
			err(1, NULL);
	}
	child = &node->children[node->nchildren++];
	memset(child, 0, sizeof(*child));
	child->job = job;
	child->is_parent = jobinfo_is_instance(job);
}

/* A request for the jobs in a node. */
struct request {
	struct tree *tree;
	struct node *node;
	int depth;
	int errnum;
	struct errmsg why;
};

static void
add_jobs(struct tree *t, struct node *node, const json_t *answer)
{
	struct jobinfo *j;
	json_t *job;
	size_t i;

	json_array_foreach(json_object_get(answer, "jobs"), i, job) {
		j = jobinfo_create(t->shared, job);
		if (j)
			add_child(node, j);
	}
}

/* A request for what ran in a node that has ended. */
struct past {
	struct tree *tree;
	struct node *node;
	int depth;
	uint64_t id; /* whose history it is */
	char *path;  /* ids inside it; NULL */
};

static void past_request(struct past *in, struct handle *h);

static void
past_reply(struct handle *h, const struct reply *r, void *arg)
{
	struct past *p = arg;

	if (r->errnum == 0) {
		add_jobs(p->tree, p->node, r->json);
		past_request(p, h);
	}
	free(p->path);
	free(p);
}

static void
past_request_one(const struct past *in, struct node *node, struct handle *h)
{
	const struct options *o = in->tree->opts;
	struct past *p = calloc(1, sizeof(*p));
	unsigned long long id = jobinfo_id(node->job);

	if (!p)
		err(1, NULL);
	*p = (struct past){ in->tree, node, in->depth + 1, in->id, NULL };
	if (!p->id)
		p->id = id;
	else if (asprintf(&p->path, "%s%s%llu", in->path ? in->path : "",
		     in->path ? "/" : "", id) < 0)
		err(1, NULL);
	if (jobpath_list_new(h, p->id, p->path,
		jobquery_past_request(&o->query, o->has_filter, NULL),
		past_reply, p) < 0)
		err(1, NULL);
}

/* All children of a node are there: those that were instances have history. */
static void
past_request(struct past *in, struct handle *h)
{
	int level = in->tree->opts->level;
	struct node *node;
	size_t i;

	if (level >= 0 && in->depth >= level)
		return;
	for (i = 0; i < in->node->nchildren; i++) {
		node = &in->node->children[i];
		if (jobinfo_state(node->job) == JOB_INACTIVE &&
		    jobinfo_uri(node->job))
			past_request_one(in, node, h);
	}
}

static void
list_reply(struct handle *h, const struct reply *r, void *arg)
{
	struct request *q = arg;
	struct past p = { q->tree, q->node, q->depth, 0, NULL };

	if (r->errnum == 0) {
		add_jobs(q->tree, q->node, r->json);
		return;
	}
	q->errnum = r->errnum == ENODATA ? 0 : r->errnum;
	errmsg_set(&q->why, "%s", r->text ? r->text : "");
	if (q->errnum == 0)
		past_request(&p, h);
}

static void
request_list(struct request *q, struct handle *h, bool is_top)
{
	struct jobquery query = q->tree->opts->query;

	/* what is shown where the root would be are running jobs */
	if (is_top && q->tree->skips_root) {
		query.states = JOBSTATE_RUNNING;
		query.results = 0;
	}
	if (handle_rpc_new(h, "job-list.list", NODEID_ANY, MSG_STREAMING,
		jobquery_request(&query, NULL), list_reply, q) < 0) {
		q->errnum = errno;
		errmsg_set(&q->why, "%s", strerror(errno));
	}
}

static void
request_instance(struct node *node, struct handle *h)
{
	node->job->instance = instanceinfo_create();
	if (!node->job->instance)
		err(1, NULL);
	instanceinfo_request(node->job->instance, h);
}

/* Ask some instances, so deep; not only for what their own row shows, unless
 * that is too deep. */
static void
ask(struct tree *t, struct node **nodes, size_t n, int depth)
{
	bool wants_jobs = t->opts->level < 0 || depth <= t->opts->level;
	struct handle **h = calloc(n + 1, sizeof(*h));
	struct request *q = calloc(n + 1, sizeof(*q));
	char **uris = calloc(n + 1, sizeof(*uris));
	size_t i;

	if (!h || !q || !uris)
		err(1, NULL);
	for (i = 0; i < n; i++)
		uris[i] = uri_reachable(jobinfo_uri(nodes[i]->job));
	handleset_open(uris, h, n);
	for (i = 0; i < n; i++) {
		if (!h[i])
			continue;
		if (t->wants_instance)
			request_instance(nodes[i], h[i]);
		q[i] = (struct request){
			.tree = t, .node = nodes[i], .depth = depth
		};
		if (wants_jobs)
			request_list(&q[i], h[i], false);
	}
	if (handleset_run(h, n) < 0)
		err(1, NULL);
	for (i = 0; i < n; i++) {
		handle_close(h[i]);
		free(uris[i]);
	}
	free(uris);
	free(h);
	free(q);
}

static void
ask_round(struct tree *t, const struct round *r, int depth)
{
	bool wants_jobs = t->opts->level < 0 || depth <= t->opts->level;
	size_t i, n;

	if (!wants_jobs && !t->wants_instance)
		return;
	for (i = 0; i < r->n; i += n) {
		n = r->n - i;
		if (n > MAX_CONNECTIONS)
			n = MAX_CONNECTIONS;
		ask(t, r->nodes + i, n, depth);
	}
}

static void
collect_parents(struct round *r, struct node *node)
{
	size_t i;

	for (i = 0; i < node->nchildren; i++)
		if (node->children[i].is_parent)
			round_add(r, &node->children[i]);
}

/* Everything below the top; the nodes of a round do not move any more. */
static void
descend(struct tree *t)
{
	struct round now = { 0 }, next;
	int depth;
	size_t i;

	collect_parents(&now, &t->root);
	for (depth = 1; now.n > 0; depth++) {
		ask_round(t, &now, depth);
		memset(&next, 0, sizeof(next));
		for (i = 0; i < now.n; i++)
			collect_parents(&next, now.nodes[i]);
		free(now.nodes);
		now = next;
	}
	free(now.nodes);
}

static void
id_reply(struct handle *h, const struct reply *r, void *arg)
{
	json_t **job = arg;

	(void)h;
	if (r->errnum == 0)
		*job = json_incref(json_object_get(r->json, "job"));
	else if (r->errnum != ENOENT)
		tool_fail("%s", r->text);
}

static int
request_id(struct handle *h, uint64_t id, json_t **job)
{
	*job = NULL;
	return handle_rpc_new(h, "job-list.list-id", NODEID_ANY, 0,
		   json_pack(
		       "{s:I s:[s]}", "id", (json_int_t)id, "attrs", "all"),
		   id_reply, job) < 0
		   ? -1
		   : 0;
}

/* The operands as children of the root. */
static void
list_jobs(struct tree *t, struct handle *h, char **ids)
{
	size_t n = 0, i;
	json_t **jobs;
	uint64_t id = 0;
	struct jobinfo *j;
	struct past past = { t, &t->root, 0, 0, NULL };

	while (ids[n])
		n++;
	jobs = calloc(n, sizeof(*jobs));
	if (!jobs)
		err(1, NULL);
	for (i = 0; i < n; i++) {
		fluid_parse(ids[i], &id);
		if (request_id(h, id, &jobs[i]) < 0)
			tool_fail("%s", strerror(errno));
	}
	if (handle_run(h) < 0)
		tool_fail("lost connection to Flux");
	for (i = 0; i < n; i++) {
		j = jobs[i] ? jobinfo_create(t->shared, jobs[i]) : NULL;
		if (j)
			add_child(&t->root, j);
		else
			fprintf(stderr, "JobID %s unknown\n", ids[i]);
		json_decref(jobs[i]);
	}
	free(jobs);
	past_request(&past, h);
	if (handle_run(h) < 0)
		tool_fail("lost connection to Flux");
}

static void
list_top(struct tree *t, struct handle *h)
{
	struct request q = { .tree = t, .node = &t->root };

	if (t->wants_instance && !t->skips_root)
		request_instance(&t->root, h);
	request_list(&q, h, true);
	if (handle_run(h) < 0)
		tool_fail("lost connection to Flux");
	if (q.errnum)
		tool_fail("%s", q.why.text);
}

static double
number_attr(struct handle *h, const char *name)
{
	char *s = handle_getattr(h, name);
	double x = s ? strtod(s, NULL) : 0;

	free(s);
	return x;
}

/* The root as a job of the instance around it, if there is one that tells. */
static json_t *
ask_parent(struct handle *h, uint64_t id)
{
	char *uri = handle_getattr(h, "parent-uri");
	char *here = uri ? uri_reachable(uri) : NULL;
	struct handle *parent = NULL;
	struct errmsg em;
	json_t *job = NULL;

	if (here)
		parent = handle_open(here, &em);
	if (parent && request_id(parent, id, &job) == 0)
		handle_run(parent);
	handle_close(parent);
	free(here);
	free(uri);
	return job;
}

/* The root as it would look as a job. */
static json_t *
pretend_job(struct handle *h)
{
	char *hosts = handle_getattr(h, "hostlist");
	char *uri = handle_getattr(h, "local-uri");
	json_int_t size = number_attr(h, "size");
	json_t *job = json_pack(
	    "{s:i s:s s:i s:i s:I s:I s:I s:f s:f s:s s:{s:{s:s}}}", "id", 0,
	    "name", ".", "state", JOB_RUN, "urgency", 16, "userid",
	    (json_int_t)number_attr(h, "security.owner"), "ntasks", size,
	    "nnodes", size, "t_submit", number_attr(h, "broker.starttime"),
	    "t_run", number_attr(h, "broker.starttime"), "nodelist",
	    hosts ? hosts : "", "annotations", "user", "uri", uri ? uri : "");

	free(hosts);
	free(uri);
	return job;
}

static void
make_root(struct tree *t, struct handle *h)
{
	char *jobid = handle_getattr(h, "jobid");
	json_t *job = NULL;
	uint64_t id;

	if (jobid && fluid_parse(jobid, &id) == 0)
		job = ask_parent(h, id);
	t->root.is_parent = true;
	if (job) {
		t->root.job = jobinfo_create(t->shared, job);
	} else {
		job = pretend_job(h);
		t->root.job = jobinfo_create(t->shared, job);
		if (t->root.job)
			t->root.job->id_text = ".";
	}
	if (!t->root.job)
		err(1, NULL);
	json_decref(job);
	free(jobid);
}

void
tree_build(struct tree *t, struct handle *h)
{
	if (!t->skips_root)
		make_root(t, h);
	if (t->opts->jobs[0])
		list_jobs(t, h, t->opts->jobs);
	else
		list_top(t, h);
	descend(t);
}

static void
free_node(struct node *node)
{
	size_t i;

	for (i = 0; i < node->nchildren; i++)
		free_node(&node->children[i]);
	free(node->children);
	jobinfo_destroy(node->job);
}

void
tree_free(struct tree *t)
{
	free_node(&t->root);
}
