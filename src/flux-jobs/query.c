/* SPDX-License-Identifier: MIT */
/*
 * What flux jobs asks job-list for: the constraint that its options make.
 */
#include <err.h>
#include <stdlib.h>
#include <unistd.h>

#include "hostlist.h"
#include "idset.h"
#include "jobs.h"

static void
add(json_t *array, json_t *o)
{
	if (!o || json_array_append_new(array, o) < 0)
		err(1, NULL);
}

/* Ranks or hosts: what reads as an idset is one. */
static json_t *
include_constraint(const char *targets)
{
	struct idset *ids = idset_decode(targets);
	struct hostlist *hosts;
	char *text;
	json_t *o;

	if (ids && idset_count(ids) > 0) {
		text = idset_encode(ids, IDSET_BRACKETS);
		o = json_pack("{s:[s]}", "ranks", text ? text : "");
		free(text);
		idset_destroy(ids);
		return o;
	}
	idset_destroy(ids);
	hosts = hostlist_decode(targets);
	if (!hosts || hostlist_count(hosts) == 0)
		fail("-i/--include: invalid targets: %s", targets);
	hostlist_destroy(hosts);
	return json_pack("{s:[s]}", "hostlist", targets);
}

/* States and results are two ways to say which jobs, so either may match. */
static json_t *
filter_constraint(const struct options *o)
{
	json_t *states = NULL, *results = NULL;

	if (o->states)
		states = json_pack("{s:[i]}", "states", o->states);
	if (o->results)
		results = json_pack("{s:[i]}", "results", o->results);
	if (states && results)
		return json_pack("{s:[o o]}", "or", states, results);
	return states ? states : results;
}

json_t *
query_request(const struct options *o, const json_t *attrs)
{
	json_t *all = json_array();
	bool anybody = o->all_users || (o->include && !o->has_user) ||
		       (o->has_user && o->userid == USERID_UNKNOWN);
	uint32_t userid = o->has_user ? o->userid : (uint32_t)getuid();

	if (!anybody)
		add(all, json_pack("{s:[I]}", "userid", (json_int_t)userid));
	if (o->name)
		add(all, json_pack("{s:[s]}", "name", o->name));
	if (o->queues)
		add(all, json_pack("{s:O}", "queue", o->queues));
	if (o->include)
		add(all, include_constraint(o->include));
	if (o->states || o->results)
		add(all, filter_constraint(o));
	/* one more than wanted, to see if there are more */
	return json_pack("{s:i s:O s:f s:{s:o}}", "max_entries",
	    o->count > 0 ? o->count + 1 : o->count, "attrs", attrs, "since",
	    o->since, "constraint", "and", all);
}
