/* SPDX-License-Identifier: MIT */
/*
 * The line of totals: --stats, --stats-only.
 */
#include <err.h>
#include <stdio.h>
#include <string.h>

#include "instanceinfo.h"
#include "jobs.h"
#include "optparse.h"

static json_t *
find_queue(const json_t *stats, const char *name)
{
	const char *s;
	json_t *o;
	size_t i;

	json_array_foreach(json_object_get(stats, "queues"), i, o) {
		s = json_string_value(json_object_get(o, "name"));
		if (s && strcmp(s, name) == 0)
			return o;
	}
	return NULL;
}

/* Add the counts of a queue, and those of its states, to sum. */
static void
add_counts(json_t *sum, const json_t *counts)
{
	const char *key;
	json_t *o, *mine;

	json_object_foreach((json_t *)counts, key, o) {
		mine = json_object_get(sum, key);
		if (json_is_object(o)) {
			if (!mine) {
				mine = json_object();
				json_object_set_new(sum, key, mine);
			}
			add_counts(mine, o);
		} else if (json_is_integer(o)) {
			json_object_set_new(sum, key,
			    json_integer(json_integer_value(mine) +
					 json_integer_value(o)));
		}
	}
}

json_t *
stats_get(const struct options *o, struct handle *h)
{
	json_t *stats = NULL, *sum, *queue, *name;
	struct errmsg em;
	size_t i;

	if (handle_call_new(h, "job-list.job-stats", NODEID_ANY, json_object(),
		&stats, &em) < 0)
		tool_fail("error retrieving job stats: %s", em.text);
	if (!o->query.queues)
		return stats;
	sum = json_object();
	json_array_foreach(o->query.queues, i, name) {
		queue = find_queue(stats, json_string_value(name));
		if (!queue)
			tool_fail(
			    "error retrieving job stats: no stats available "
			    "for queue %s",
			    json_string_value(name));
		add_counts(sum, queue);
	}
	json_decref(stats);
	return sum;
}

void
stats_print(const json_t *stats, bool with_purged)
{
	printf("%lld running, %lld completed, %lld failed, %lld pending",
	    jobstats_count(stats, "running"),
	    jobstats_count(stats, "successful"), jobstats_unsuccessful(stats),
	    jobstats_count(stats, "pending"));
	if (with_purged)
		printf(", %lld inactive purged",
		    jobstats_count(stats, "inactive_purged"));
	printf("\n");
}
