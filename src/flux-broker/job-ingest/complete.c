/* SPDX-License-Identifier: MIT */
/*
 * Defaults of the configuration: policy.jobspec.defaults.system.KEY, for a
 * queue queues.NAME.policy.jobspec.defaults.system.KEY, and the properties
 * that queues.NAME.requires of nodes.
 */
#include <errno.h>
#include <string.h>

#include "../broker.h"
#include "../job-manager/job-manager.h"
#include "fsd.h"
#include "ingest.h"
#include "jobspec.h"

static json_t *
defaults_of(json_t *table)
{
	static const char *const path[] = { "policy", "jobspec", "defaults",
		"system" };
	size_t i;

	for (i = 0; i < sizeof(path) / sizeof(path[0]); i++)
		table = json_object_get(table, path[i]);
	return table;
}

static const char *
queue_of(const json_t *system)
{
	return json_string_value(json_object_get(system, "queue"));
}

/* Not said, or said as "no limit of my own". */
static int
is_unset(const json_t *system, const char *key)
{
	const json_t *o = json_object_get(system, key);

	return !o || (strcmp(key, "duration") == 0 && json_is_number(o) &&
			 json_number_value(o) == 0);
}

static json_t *
default_value(const char *key, json_t *value)
{
	double t;

	if (strcmp(key, "duration") == 0 && json_is_string(value) &&
	    fsd_parse(json_string_value(value), &t) == 0)
		return json_real(t);
	return json_incref(value);
}

/* True: there was something to apply. */
static bool
apply_defaults(json_t *system, json_t *defaults)
{
	bool changed = false;
	const char *key;
	json_t *value;

	json_object_foreach(defaults, key, value)
		if (is_unset(system, key)) {
			json_object_set_new(
			    system, key, default_value(key, value));
			changed = true;
		}
	return changed;
}

/* The user's constraints and the queue's: properties are joined, any other
 * gets the queue's beside it. */
static void
add_requires(json_t *system, json_t *requires)
{
	json_t *have = json_object_get(system, "constraints"), *props;

	if (json_object_size(have) == 0) {
		json_object_set_new(system, "constraints",
		    json_pack("{s:o}", "properties", json_copy(requires)));
		return;
	}
	/* other submissions may have the same objects: they are not changed */
	props = json_copy(json_object_get(have, "properties"));
	if (json_object_size(have) == 1 && json_is_array(props)) {
		json_array_extend(props, requires);
		json_object_set_new(system, "constraints",
		    json_pack("{s:o}", "properties", props));
		return;
	}
	json_decref(props);
	json_object_set_new(system, "constraints",
	    json_pack("{s:[O{s:O}]}", "and", have, "properties", requires));
}

/* Of the queue, what that is part of, and all. */
static bool
apply_all_defaults(json_t *system, json_t *queues, json_t *q, json_t *top)
{
	const char *parent = json_string_value(json_object_get(q, "parent"));
	bool changed = apply_defaults(system, defaults_of(q));

	if (parent)
		changed |= apply_defaults(
		    system, defaults_of(json_object_get(queues, parent)));
	changed |= apply_defaults(system, top);
	return changed;
}

int
ingest_complete(
    struct broker *b, json_t *jobspec, bool *changed, struct errmsg *em)
{
	json_t *system = jobspec_system(jobspec);
	json_t *queues = json_object_get(b->config, "queues"), *requires;
	const char *queue;
	json_t *q, *top = defaults_of(b->config);

	*changed = false;
	if (!json_is_object(system))
		return 0; /* the jobspec check says so */
	if (!json_object_get(system, "queue") &&
	    json_object_get(top, "queue")) {
		json_object_set(system, "queue", json_object_get(top, "queue"));
		*changed = true;
	}
	queue = queue_of(system);
	q = queue ? json_object_get(queues, queue) : NULL;
	if (queue && !q && json_object_size(queues) > 0) {
		errno = EPERM;
		return errmsg_set(em, "Invalid queue '%s' specified", queue);
	}
	*changed |= apply_all_defaults(system, queues, q, top);
	requires = job_queue_requires(b, queue);
	if (json_array_size(requires) > 0) {
		add_requires(system, requires);
		*changed = true;
	}
	return 0;
}
