/* SPDX-License-Identifier: MIT */
/*
 * policy.limits: how long and how large a job may be. A value is looked for
 * in the queue's table, then in that of its parent queue, then at the top.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../resource/resource.h"
#include "eventlog.h"
#include "fsd.h"
#include "jm.h"
#include "jobspec.h"

/* The value at a dotted path of o; NULL if it is not there. */
static json_t *
path_get(json_t *o, const char *path)
{
	char key[64];
	size_t n;

	while (o && *path) {
		n = strcspn(path, ".");
		if (n >= sizeof(key))
			return NULL;
		memcpy(key, path, n);
		key[n] = '\0';
		o = json_object_get(o, key);
		path += n;
		path += *path == '.';
	}
	return o;
}

json_t *
policy_lookup(struct broker *b, const char *queue, const char *path)
{
	json_t *table = json_object_get(b->config, "queues"), *q, *v;
	const char *parent;

	q = queue ? json_object_get(table, queue) : NULL;
	if ((v = path_get(q, path)))
		return v;
	parent = json_string_value(json_object_get(q, "parent"));
	if (parent && (v = path_get(json_object_get(table, parent), path)))
		return v;
	return path_get(b->config, path);
}

/* " for queue batch", or "". */
static const char *
for_queue(char *buf, size_t size, const char *queue)
{
	buf[0] = '\0';
	if (queue)
		snprintf(buf, size, " for queue %s", queue);
	return buf;
}

int
limits_check_duration(
    struct broker *b, double duration, const char *queue, struct errmsg *em)
{
	json_t *o = policy_lookup(b, queue, "policy.limits.duration");
	char want[32] = "unlimited", limit[32], suffix[100];
	double max = json_number_value(o);

	if (json_is_string(o) && fsd_parse(json_string_value(o), &max) < 0)
		return errmsg_set(em,
		    "policy.limits.duration: '%s': "
		    "invalid Flux standard duration",
		    json_string_value(o));
	if (max <= 0 || (duration != 0 && duration <= max))
		return 0;
	if (duration != 0)
		fsd_format(want, sizeof(want), duration);
	errno = EINVAL;
	return errmsg_set(em,
	    "requested duration (%s) exceeds policy limit of %s%s", want,
	    fsd_format(limit, sizeof(limit), max),
	    for_queue(suffix, sizeof(suffix), queue));
}

int
limits_check_lifetime(struct broker *b, double duration, struct errmsg *em)
{
	double end = resource_expiration(b), left;
	char want[32], have[32];

	if (end <= 0 || duration == 0)
		return 0;
	left = end - event_now();
	if (duration <= left)
		return 0;
	errno = EINVAL;
	return errmsg_set(em,
	    "job duration (%s) exceeds remaining instance lifetime (%s)",
	    fsd_format(want, sizeof(want), duration),
	    fsd_format(have, sizeof(have), left > 0 ? (long)left : 0));
}

static int
check_size(struct broker *b, const char *queue, const char *what, int n,
    struct errmsg *em)
{
	char path[64], suffix[100];
	json_t *min, *max;

	snprintf(path, sizeof(path), "policy.limits.job-size.max.%s", what);
	max = policy_lookup(b, queue, path);
	snprintf(path, sizeof(path), "policy.limits.job-size.min.%s", what);
	min = policy_lookup(b, queue, path);
	for_queue(suffix, sizeof(suffix), queue);
	errno = EINVAL;
	if (json_is_integer(max) && json_integer_value(max) >= 0 &&
	    n > json_integer_value(max))
		return errmsg_set(em,
		    "requested %s (%d) exceeds policy limit of %d%s", what, n,
		    (int)json_integer_value(max), suffix);
	if (json_is_integer(min) && n < json_integer_value(min))
		return errmsg_set(em,
		    "requested %s (%d) is under policy limit of %d%s", what, n,
		    (int)json_integer_value(min), suffix);
	return 0;
}

int
limits_check(struct broker *b, const struct jobspec *spec, const char *queue,
    struct errmsg *em)
{
	if (limits_check_duration(b, spec->duration, queue, em) < 0 ||
	    limits_check_lifetime(b, spec->duration, em) < 0)
		return -1;
	if (!policy_lookup(b, queue, "policy.limits.job-size"))
		return 0;
	if (check_size(b, queue, "nnodes", spec->nnodes, em) < 0 ||
	    check_size(b, queue, "ncores", spec->nslots * spec->cores_per_slot,
		em) < 0 ||
	    check_size(
		b, queue, "ngpus", spec->nslots * spec->gpus_per_slot, em) < 0)
		return -1;
	return 0;
}
