/* SPDX-License-Identifier: MIT */
/*
 * Policy values of a queue. The first of these that is set counts:
 * queues.NAME.policy, that of its parent queue, the policy table.
 */
#include <math.h>
#include <string.h>

#include "fsd.h"
#include "queue.h"

const json_t *
policy_queues(const json_t *config)
{
	return json_object_get(config, "queues");
}

static const json_t *
queue_table(const json_t *config, const char *queue)
{
	return queue ? json_object_get(policy_queues(config), queue) : NULL;
}

const char *
policy_parent(const json_t *config, const char *queue)
{
	return json_string_value(
	    json_object_get(queue_table(config, queue), "parent"));
}

/* "a.b.c" below o, or NULL. */
static const json_t *
lookup(const json_t *o, const char *path)
{
	char key[64];

	while (o && *path) {
		size_t n = strcspn(path, ".");

		if (n >= sizeof(key))
			return NULL;
		memcpy(key, path, n);
		key[n] = '\0';
		o = json_object_get(o, key);
		path += n + (path[n] == '.');
	}
	return o;
}

static const json_t *
policy(const json_t *config, const char *queue, const char *path)
{
	const char *parent = policy_parent(config, queue);
	const json_t *tables[3] = {
		json_object_get(queue_table(config, queue), "policy"),
		json_object_get(queue_table(config, parent), "policy"),
		json_object_get(config, "policy"),
	};
	const json_t *v = NULL;

	for (int i = 0; i < 3 && !v; i++)
		v = lookup(tables[i], path);
	return v;
}

double
policy_duration(const json_t *config, const char *queue, const char *path)
{
	const json_t *v = policy(config, queue, path);
	double t;

	if (json_is_string(v) && fsd_parse(json_string_value(v), &t) == 0)
		return t > 0 ? t : INFINITY;
	if (json_is_number(v) && json_number_value(v) > 0)
		return json_number_value(v);
	return INFINITY;
}

json_int_t
policy_int(const json_t *config, const char *queue, const char *path,
    json_int_t fallback)
{
	const json_t *v = policy(config, queue, path);

	return json_is_integer(v) ? json_integer_value(v) : fallback;
}

const json_t *
policy_requires(const json_t *config, const char *queue)
{
	const char *parent = policy_parent(config, queue);
	const json_t *v =
	    json_object_get(queue_table(config, queue), "requires");

	return v ? v : json_object_get(queue_table(config, parent), "requires");
}

const char *
policy_default_queue(const json_t *config)
{
	return json_string_value(lookup(json_object_get(config, "policy"),
	    "jobspec.defaults.system.queue"));
}
