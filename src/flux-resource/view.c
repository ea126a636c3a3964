/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "idset.h"
#include "list.h"
#include "optparse.h"

static const char *const names[NSETS] = {
	[SET_UP] = "up",
	[SET_DOWN] = "down",
	[SET_ALLOCATED] = "allocated",
	[SET_FREE] = "free",
	[SET_ALL] = "all",
};

const char *
set_name(int set)
{
	return names[set];
}

int
view_set_parse(const char *name)
{
	for (int i = 0; i < NSETS; i++)
		if (strcasecmp(name, names[i]) == 0)
			return i;
	tool_fail("Invalid resource state %s specified", name);
}

static struct rset *
decode(const json_t *status, const char *key)
{
	struct errmsg em;
	struct rset *r = rset_decode(json_object_get(status, key), &em);

	if (!r)
		tool_fail("%s: %s", key, em.text);
	return r;
}

static struct rset *
minus(const struct rset *a, const struct rset *b)
{
	struct rset *r = rset_dup(a);

	if (!r || rset_subtract(r, b) < 0)
		err(1, NULL);
	return r;
}

/* Another service may stand in for the resource module. */
static json_t *
sched_status(struct handle *h)
{
	const char *topic = getenv("FLUX_RESOURCE_LIST_RPC");

	return resource_call(
	    h, topic && *topic ? topic : "resource.sched-status", NULL);
}

void
view_init(struct view *v, const struct selection *s)
{
	struct handle *h = tool_open();
	json_t *status;

	v->config = resource_call(h, "config.get", NULL);
	status = sched_status(h);
	v->sets[SET_ALL] = decode(status, "all");
	v->sets[SET_DOWN] = decode(status, "down");
	v->sets[SET_ALLOCATED] = decode(status, "allocated");
	v->sets[SET_UP] = minus(v->sets[SET_ALL], v->sets[SET_DOWN]);
	v->sets[SET_FREE] = minus(v->sets[SET_UP], v->sets[SET_ALLOCATED]);
	v->ranks = selection_ranks(s, v->sets[SET_ALL], v->config);
	v->queues = &s->queues;
	json_decref(status);
	handle_close(h);
}

void
view_fini(struct view *v)
{
	for (int i = 0; i < NSETS; i++)
		rset_destroy(v->sets[i]);
	idset_destroy(v->ranks);
	json_decref(v->config);
}

struct rset *
view_select(const struct view *v, int set)
{
	struct rset *r = rset_dup(v->sets[set]);

	if (!r || rset_keep_ranks(r, v->ranks) < 0)
		err(1, NULL);
	return r;
}
