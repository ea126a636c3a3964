/* SPDX-License-Identifier: MIT */
/*
 * The instances among the jobs of a listing. All of them are asked at once:
 * for what their row shows (instance.*), and for their jobs and statistics.
 * One that cannot be reached is silently without all that.
 */
#include <err.h>
#include <stdlib.h>
#include <unistd.h>

#include "handleset.h"
#include "instanceinfo.h"
#include "jobs.h"
#include "uri.h"

enum { MAX_CONNECTIONS = 200 };

static void
stats_reply(struct handle *h, const struct reply *r, void *arg)
{
	struct child *c = arg;

	(void)h;
	if (r->errnum == 0 && r->json)
		c->stats = json_incref(r->json);
}

bool
wants_recursion(const struct query *q, const struct jobinfo *j, int depth)
{
	const struct options *o = q->opts;

	if (!o->recursive || (o->level >= 0 && depth >= o->level))
		return false;
	return o->recurse_all || jobinfo_userid(j) == getuid();
}

static void
request_child(struct child *c, struct handle *h, const struct query *q)
{
	if (q->wants_instance) {
		c->job->instance = instanceinfo_create();
		if (!c->job->instance)
			err(1, NULL);
		instanceinfo_request(c->job->instance, h);
	}
	if (c->recurse && q->opts->stats)
		handle_rpc_new(h, "job-list.job-stats", NODEID_ANY, 0,
		    json_object(), stats_reply, c);
	if (c->recurse)
		listing_request(&c->listing, h);
}

static void
ask(struct child *c, size_t n, const struct query *q)
{
	struct handle **h = calloc(n + 1, sizeof(*h));
	char **uris = calloc(n + 1, sizeof(*uris));
	size_t i;

	if (!h || !uris)
		err(1, NULL);
	for (i = 0; i < n; i++)
		if (!c[i].is_past)
			uris[i] = uri_reachable(jobinfo_uri(c[i].job));
	handleset_open(uris, h, n);
	for (i = 0; i < n; i++) {
		if (!h[i])
			continue;
		c[i].is_reached = true;
		request_child(&c[i], h[i], q);
	}
	if (handleset_run(h, n) < 0)
		err(1, NULL);
	for (i = 0; i < n; i++) {
		handle_close(h[i]);
		free(uris[i]);
	}
	free(h);
	free(uris);
}

struct child *
children_ask(struct listing *l, int depth, size_t *n)
{
	const struct query *q = l->query;
	struct child *children = calloc(l->njobs + 1, sizeof(*children)), *c;
	size_t i, some;

	if (!children)
		err(1, NULL);
	*n = 0;
	for (i = 0; i < l->njobs; i++) {
		c = &children[*n];
		c->job = l->jobs[i];
		if (past_take(l, c)) {
			++*n;
			continue;
		}
		if (!jobinfo_is_instance(c->job))
			continue;
		c->recurse = wants_recursion(q, c->job, depth);
		listing_init(&c->listing, q);
		c->listing.depth = depth + 1;
		*n += c->recurse || q->wants_instance;
	}
	for (i = 0; i < *n; i += some) {
		some = *n - i < MAX_CONNECTIONS ? *n - i : MAX_CONNECTIONS;
		ask(children + i, some, q);
	}
	return children;
}

void
children_free(struct child *c, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		listing_fini(&c[i].listing);
		json_decref(c[i].stats);
	}
	free(c);
}
