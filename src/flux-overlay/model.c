/* SPDX-License-Identifier: MIT */
/*
 * Ask the brokers that have children how these are, from the top down. Below
 * one that is lost, or does not answer, nobody can be asked: the shape of the
 * tree is known from rank 0, and what is there is presumed to be as its
 * parent is.
 */
#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "overlay.h"

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* ---- requests ---- */

struct call {
	bool done;
	int errnum;
	json_t *json;
	struct errmsg em;
};

static void
on_reply(struct handle *h, const struct reply *r, void *arg)
{
	struct call *c = arg;

	(void)h;
	c->done = true;
	c->errnum = r->errnum;
	if (r->errnum)
		errmsg_set(&c->em, "%s", r->text);
	else
		c->json = json_incref(r->json);
}

int
call_new(const struct query *q, const char *topic, uint32_t rank, json_t **out,
    struct errmsg *em)
{
	struct call c = { 0 };
	double end = now() + q->timeout, left = 0;
	int64_t tag;

	tag = handle_rpc_new(q->h, topic, rank, 0, NULL, on_reply, &c);
	if (tag < 0)
		return errmsg_set(em, "%s", strerror(errno));
	while (!c.done && (q->timeout == 0 || (left = end - now()) > 0)) {
		int ms = q->timeout == 0 ? -1 : (int)(left * 1000) + 1;

		if (handle_poll(q->h, ms) < 0 && errno != EINTR)
			return errmsg_set(em, "%s", strerror(errno));
	}
	if (!c.done) {
		handle_rpc_forget(q->h, (uint32_t)tag);
		errno = ETIMEDOUT;
		return errmsg_set(em, "%s", strerror(ETIMEDOUT));
	}
	*out = c.json;
	*em = c.em;
	errno = c.errnum;
	return c.errnum ? -1 : 0;
}

json_t *
topology_read(struct handle *h)
{
	json_t *o = NULL;
	struct errmsg em;

	if (handle_call_new(h, "overlay.topology", 0,
		json_pack("{s:i}", "rank", 0), &o, &em) < 0)
		errx(1, "overlay.topology: %s", em.text);
	return o;
}

static bool
is_rank(const json_t *o, uint32_t rank)
{
	return json_integer_value(json_object_get(o, "rank")) == rank;
}

int64_t
topology_parent(const json_t *topology, uint32_t rank)
{
	json_t *child;
	size_t i;

	json_array_foreach(json_object_get(topology, "children"), i, child) {
		int64_t parent;

		if (is_rank(child, rank))
			return json_integer_value(
			    json_object_get(topology, "rank"));
		if ((parent = topology_parent(child, rank)) >= 0)
			return parent;
	}
	return -1;
}

static const json_t *
topology_find(const json_t *topology, uint32_t rank)
{
	const json_t *found;
	json_t *child;
	size_t i;

	if (is_rank(topology, rank))
		return topology;
	json_array_foreach(json_object_get(topology, "children"), i, child)
		if ((found = topology_find(child, rank)))
			return found;
	return NULL;
}

/* ---- nodes ---- */

void
node_destroy(struct node *n)
{
	if (!n)
		return;
	for (int i = 0; i < n->nchildren; i++)
		node_destroy(n->children[i]);
	free(n->children);
	free(n);
}

/* As overlay.health describes one, or the child of one. */
static struct node *
node_create(const json_t *o)
{
	struct node *n = calloc(1, sizeof(*n));
	const char *status = "", *error = "";
	json_int_t rank = 0;

	if (!n)
		err(1, NULL);
	if (json_unpack((json_t *)o, "{s:I s:s s:F s?s}", "rank", &rank,
		"status", &status, "duration", &n->duration, "error",
		&error) < 0)
		errx(1, "overlay.health: %s", strerror(EPROTO));
	n->rank = (uint32_t)rank;
	n->rtt = -1;
	strlcpy(n->status, status, sizeof(n->status));
	strlcpy(n->error, error, sizeof(n->error));
	return n;
}

static void
add_child(struct node *n, struct node *child)
{
	struct node **list =
	    reallocarray(n->children, (size_t)n->nchildren + 1, sizeof(*list));

	if (!list)
		err(1, NULL);
	n->children = list;
	n->children[n->nchildren++] = child;
	child->parent = n;
}

/* Nobody can be asked: those below are as n is. */
static void
presume(struct node *n, const json_t *topology)
{
	json_t *o;
	size_t i;

	json_array_foreach(json_object_get(topology, "children"), i, o) {
		struct node *child = calloc(1, sizeof(*child));

		if (!child)
			err(1, NULL);
		child->rank =
		    (uint32_t)json_integer_value(json_object_get(o, "rank"));
		child->duration = child->rtt = -1;
		child->is_presumed = true;
		strlcpy(child->status, n->status, sizeof(child->status));
		add_child(n, child);
		presume(child, o);
	}
}

static bool
is_gone(const struct node *n)
{
	return strcmp(n->status, "lost") == 0 ||
	       strcmp(n->status, "offline") == 0;
}

/* Children of n from its health; recursion is as deep as the tree. */
static void
fill(const struct query *q, struct node *n, const json_t *topology)
{
	json_t *health = NULL, *o;
	double start = now();
	struct errmsg em;
	size_t i;

	if (json_array_size(json_object_get(topology, "children")) == 0 &&
	    !q->ask_leaves)
		return;
	if (is_gone(n)) {
		presume(n, topology);
		return;
	}
	if (call_new(q, "overlay.health", n->rank, &health, &em) < 0) {
		n->no_answer = true;
		strlcpy(n->error, em.text, sizeof(n->error));
		presume(n, topology);
		return;
	}
	n->rtt = now() - start;
	json_array_foreach(json_object_get(health, "children"), i, o) {
		struct node *child = node_create(o);

		add_child(n, child);
		fill(q, child, topology_find(topology, child->rank));
	}
	json_decref(health);
}

struct node *
node_read(const struct query *q, uint32_t rank, struct errmsg *em)
{
	json_t *health = NULL, *topology;
	struct node *n;

	if (call_new(q, "overlay.health", rank, &health, em) < 0)
		return NULL;
	n = node_create(health);
	topology = topology_read(q->h);
	fill(q, n, topology_find(topology, rank));
	json_decref(topology);
	json_decref(health);
	return n;
}
