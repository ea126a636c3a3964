/* SPDX-License-Identifier: MIT */
/*
 * What the instance says of its nodes: three answers become one set of ranks
 * for each state.
 */
#include <err.h>
#include <stdlib.h>

#include "optparse.h"
#include "rset.h"
#include "status.h"

static struct idset *
new_idset(void)
{
	struct idset *s = idset_create();

	if (!s)
		err(1, NULL);
	return s;
}

static struct idset *
dup_idset(const struct idset *s)
{
	struct idset *r = idset_dup(s);

	if (!r)
		err(1, NULL);
	return r;
}

static void
add(struct idset *a, const struct idset *b)
{
	if (idset_add(a, b) < 0)
		err(1, NULL);
}

static void
subtract(struct idset *a, const struct idset *b)
{
	if (idset_subtract(a, b) < 0)
		err(1, NULL);
}

static struct idset *
decode(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));
	struct idset *r = s ? idset_decode(s) : NULL;

	if (!r)
		tool_fail("malformed answer: %s", key);
	return r;
}

static struct rset *
decode_rset(const json_t *o, const char *key)
{
	struct errmsg em;
	struct rset *r = rset_decode(json_object_get(o, key), &em);

	if (!r)
		tool_fail("%s: %s", key, em.text);
	return r;
}

static void
decode_drains(struct nodes *nd)
{
	json_t *table = json_object_get(nd->answer, "drain"), *o;
	const char *ranks;

	nd->drains = calloc(json_object_size(table) + 1, sizeof(*nd->drains));
	if (!nd->drains)
		err(1, NULL);
	json_object_foreach(table, ranks, o) {
		struct drain *d = &nd->drains[nd->ndrains++];

		if (!(d->ranks = idset_decode(ranks)))
			tool_fail("malformed answer: drain");
		d->reason = json_string_value(json_object_get(o, "reason"));
		d->timestamp =
		    json_number_value(json_object_get(o, "timestamp"));
	}
}

/* Ranks on which housekeeping is still at work. */
static struct idset *
housekeeping(struct handle *h)
{
	json_t *stats = resource_call(h, "job-manager.stats-get", NULL);
	json_t *running =
	    json_object_get(json_object_get(stats, "housekeeping"), "running");
	struct idset *ranks = new_idset();
	const char *id;
	json_t *o;

	json_object_foreach(running, id, o) {
		struct idset *pending = decode(o, "pending");

		add(ranks, pending);
		idset_destroy(pending);
	}
	json_decref(stats);
	return ranks;
}

static struct idset *
with_jobs(struct handle *h)
{
	json_t *status = resource_call(h, "resource.sched-status", NULL);
	struct rset *r = decode_rset(status, "allocated");
	struct idset *ranks = rset_ranks(r);

	if (!ranks)
		err(1, NULL);
	rset_destroy(r);
	json_decref(status);
	return ranks;
}

/* A node is in one of these states at most: drained counts for more than
 * torpid, excluded and drained for more than available. */
static void
derive(struct nodes *nd)
{
	struct idset *avail = rset_ranks(nd->all);

	if (!avail)
		err(1, NULL);
	for (size_t i = 0; i < nd->ndrains; i++) {
		subtract(nd->ranks[TORPID], nd->drains[i].ranks);
		subtract(avail, nd->drains[i].ranks);
	}
	subtract(avail, nd->ranks[EXCLUDE]);
	subtract(avail, nd->ranks[TORPID]);
	nd->ranks[AVAIL] = avail;
}

void
nodes_init(struct nodes *nd)
{
	struct handle *h = tool_open();

	nd->answer = resource_call(h, "resource.status", NULL);
	nd->config = resource_call(h, "config.get", NULL);
	nd->all = decode_rset(nd->answer, "R");
	nd->online = decode(nd->answer, "online");
	nd->offline = decode(nd->answer, "offline");
	nd->ranks[EXCLUDE] = decode(nd->answer, "exclude");
	nd->ranks[TORPID] = decode(nd->answer, "torpid");
	decode_drains(nd);
	nd->ranks[HOUSEKEEPING] = housekeeping(h);
	nd->in_use = with_jobs(h);
	add(nd->in_use, nd->ranks[HOUSEKEEPING]);
	nd->ranks[ALLOCATED] = dup_idset(nd->in_use);
	derive(nd);
	handle_close(h);
}

void
nodes_fini(struct nodes *nd)
{
	for (size_t i = 0; i < nd->ndrains; i++)
		idset_destroy(nd->drains[i].ranks);
	free(nd->drains);
	for (int i = 0; i < NODE_STATES; i++)
		idset_destroy(nd->ranks[i]);
	idset_destroy(nd->online);
	idset_destroy(nd->offline);
	idset_destroy(nd->in_use);
	rset_destroy(nd->all);
	json_decref(nd->answer);
	json_decref(nd->config);
}
