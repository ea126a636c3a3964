/* SPDX-License-Identifier: MIT */
/*
 * RFC 25 jobspecs: checked in full, then taken apart. What other validators
 * let pass only for the scheduler or the shell to stumble over (no slot, a
 * negative duration, an environment that is no object of strings) is refused
 * here, so that those who use the struct need no checks of their own.
 *
 * Resources are a tree. Counts multiply on the way down; what is inside the
 * slot belongs to each slot, what is outside says how many slots there are.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "constraint.h"
#include "fsd.h"
#include "jobspec.h"

#define COUNT_MAX (1 << 30)

/* What was found on the way through the resource tree. */
struct shape {
	long nodes;          /* outside the slot; 0 = none */
	long nodes_per_slot; /* inside the slot */
	long slots;
	int slot_vertices;
	long cores, gpus; /* per slot */
	bool exclusive;   /* some node is */
};

/* One vertex, checked. */
struct vertex {
	const char *type;
	long count;
	bool exclusive;
	const json_t *with; /* NULL = no children */
};

json_t *
jobspec_system(const json_t *o)
{
	return json_object_get(json_object_get(o, "attributes"), "system");
}

static const char *
json_type_name(const json_t *o)
{
	return json_is_string(o) ? "str" : json_is_object(o) ? "dict" : "list";
}

/* Each key must be there, as the validators of other implementations say it */
static int
require_keys(const json_t *o, const char *const *keys, struct errmsg *em)
{
	for (; *keys; keys++)
		if (!json_object_get(o, *keys))
			return errmsg_set(em, "Missing key (%s)", *keys);
	return 0;
}

static int
refuse_other_keys(const json_t *o, const char *const *keys, struct errmsg *em)
{
	const char *key;
	json_t *value;
	int i;

	json_object_foreach((json_t *)o, key, value) {
		for (i = 0; keys[i] && strcmp(keys[i], key) != 0; i++)
			;
		if (!keys[i])
			return errmsg_set(em, "Extraneous key (%s)", key);
	}
	return 0;
}

/* 0 if o has no such key or it is a string. */
static int
optional_string(const json_t *o, const char *key, struct errmsg *em)
{
	const json_t *s = json_object_get(o, key);

	if (s && !json_is_string(s))
		return errmsg_set(em, "%s must be a string", key);
	return 0;
}

static bool
must_be_positive(const char *type)
{
	return strcmp(type, "node") == 0 || strcmp(type, "slot") == 0 ||
	       strcmp(type, "core") == 0;
}

static int
decode_count(struct vertex *v, const json_t *count, struct errmsg *em)
{
	json_int_t n = json_integer_value(count);

	if (!count)
		return errmsg_set(em, "count is a required key for resources");
	if (json_is_string(count) || json_is_object(count))
		return errmsg_set(em,
		    "resource count must be an integer for type '%s' "
		    "(got '%s')",
		    v->type, json_type_name(count));
	if (!json_is_integer(count))
		return errmsg_set(em, "count must be an int or mapping");
	if (n <= 0 && must_be_positive(v->type))
		return errmsg_set(em, "node, slot, or core count must be > 0");
	if (n < 0)
		return errmsg_set(em, "count must be >= 0");
	if (n > COUNT_MAX)
		return errmsg_set(em,
		    "resource count %" JSON_INTEGER_FORMAT " is too large", n);
	v->count = (long)n;
	return 0;
}

static int
decode_vertex(struct vertex *v, const json_t *o, struct errmsg *em)
{
	const json_t *type = json_object_get(o, "type");
	const json_t *label = json_object_get(o, "label");
	const json_t *exclusive = json_object_get(o, "exclusive");

	if (!json_is_object(o))
		return errmsg_set(em, "resource must be a mapping");
	if (!type)
		return errmsg_set(em, "type is a required key for resources");
	if (!(v->type = json_string_value(type)))
		return errmsg_set(em, "type must be a string");
	if (decode_count(v, json_object_get(o, "count"), em) < 0 ||
	    optional_string(o, "unit", em) < 0 ||
	    optional_string(o, "id", em) < 0 ||
	    optional_string(o, "label", em) < 0)
		return -1;
	if (strcmp(v->type, "slot") == 0 && !label)
		return errmsg_set(em, "slots must have labels");
	if (exclusive && !json_is_boolean(exclusive))
		return errmsg_set(em, "exclusive must be a boolean");
	v->exclusive = json_is_true(exclusive);
	v->with = json_object_get(o, "with");
	if (v->with && !json_is_array(v->with))
		return errmsg_set(em, "with must be a sequence");
	return 0;
}

/* Count the vertex, of which there are n in all (in the slot: per slot). */
static void
count_vertex(struct shape *s, const struct vertex *v, long n, bool in_slot)
{
	if (strcmp(v->type, "node") == 0) {
		*(in_slot ? &s->nodes_per_slot : &s->nodes) += n;
		s->exclusive |= v->exclusive;
	} else if (strcmp(v->type, "slot") == 0) {
		s->slots += n;
		s->slot_vertices++;
	} else if (strcmp(v->type, "core") == 0 && in_slot) {
		s->cores += n;
	} else if (strcmp(v->type, "gpu") == 0 && in_slot) {
		s->gpus += n;
	}
}

/* The vertices of one level; n of the parent are there. jansson does not
 * decode JSON deeper than 2048, which bounds the recursion. */
static int
walk(struct shape *s, const json_t *list, long n, bool in_slot,
    struct errmsg *em)
{
	struct vertex v = { 0 };
	const json_t *o;
	size_t i;
	bool is_slot;

	json_array_foreach((json_t *)list, i, o) {
		if (decode_vertex(&v, o, em) < 0)
			return -1;
		if (v.count * n > COUNT_MAX)
			return errmsg_set(
			    em, "resource count of %s is too large", v.type);
		count_vertex(s, &v, v.count * n, in_slot);
		is_slot = strcmp(v.type, "slot") == 0;
		if (walk(s, v.with, is_slot ? 1 : v.count * n,
			in_slot || is_slot, em) < 0)
			return -1;
	}
	return 0;
}

static int
decode_resources(struct jobspec *js, const json_t *resources, struct errmsg *em)
{
	struct shape s = { 0 };

	if (!json_is_array(resources))
		return errmsg_set(em, "resources must be a sequence");
	if (json_array_size(resources) == 0)
		return errmsg_set(em, "jobspec has no resources");
	if (walk(&s, resources, 1, false, em) < 0)
		return -1;
	if (s.slot_vertices != 1 || s.slots == 0 ||
	    json_array_size(resources) != 1)
		return errmsg_set(em, "Unable to determine slot count");
	if (s.nodes_per_slot > 1 || (s.nodes && s.nodes_per_slot))
		return errmsg_set(em, "Unable to determine slot size");
	if (s.nodes_per_slot == 1)
		s.nodes = s.slots;
	if (s.cores == 0 && !(s.nodes && s.exclusive))
		return errmsg_set(em, "Unable to determine slot size");
	if (s.nodes > COUNT_MAX || s.cores > COUNT_MAX || s.gpus > COUNT_MAX)
		return errmsg_set(em, "resource count is too large");
	js->nnodes = (int)s.nodes;
	js->nslots = (int)s.slots;
	js->slots_per_node = s.nodes ? (int)(s.slots / s.nodes) : 0;
	js->cores_per_slot = (int)s.cores;
	js->gpus_per_slot = (int)s.gpus;
	js->exclusive = s.exclusive;
	return 0;
}

static int
check_command(const json_t *command, struct errmsg *em)
{
	const json_t *arg;
	size_t i;

	if (!json_is_array(command))
		return errmsg_set(em, "command must be a list of strings");
	if (json_array_size(command) == 0)
		return errmsg_set(
		    em, "command array cannot have length of zero");
	json_array_foreach((json_t *)command, i, arg)
		if (!json_is_string(arg))
			return errmsg_set(
			    em, "command must be a list of strings");
	return 0;
}

static int
decode_task_count(struct jobspec *js, const json_t *count, struct errmsg *em)
{
	const char *key = "per_slot";
	const json_t *value;
	json_int_t n;

	if (!json_is_object(count))
		return errmsg_set(em, "count must be a mapping");
	if (json_object_size(count) != 1)
		return errmsg_set(em, "count must have exactly one key set");
	if (!(value = json_object_get(count, key)) &&
	    !(value = json_object_get(count, key = "total")))
		return errmsg_set(em, "count per_slot or total must be set");
	if (!json_is_integer(value))
		return errmsg_set(em, "count %s must be an int", key);
	if ((n = json_integer_value(value)) <= 0)
		return errmsg_set(em, "count %s must be > 0", key);
	if (n > COUNT_MAX ||
	    (strcmp(key, "total") != 0 && (n *= js->nslots) > COUNT_MAX))
		return errmsg_set(em, "count %s is too large", key);
	js->ntasks = (int)n;
	return 0;
}

static int
decode_tasks(struct jobspec *js, const json_t *tasks, struct errmsg *em)
{
	static const char *const keys[] = { "command", "slot", "count", NULL };
	const json_t *task;
	size_t i;

	if (!json_is_array(tasks))
		return errmsg_set(em, "tasks must be a sequence");
	json_array_foreach((json_t *)tasks, i, task) {
		if (!json_is_object(task))
			return errmsg_set(em, "task must be a mapping");
		if (require_keys(task, keys, em) < 0 ||
		    check_command(json_object_get(task, "command"), em) < 0 ||
		    optional_string(task, "slot", em) < 0 ||
		    decode_task_count(js, json_object_get(task, "count"), em) <
			0)
			return -1;
		js->command = json_object_get(task, "command");
	}
	if (i != 1)
		return errmsg_set(em, "tasks must have exactly one task");
	return 0;
}

static int
check_environment(const json_t *env, struct errmsg *em)
{
	const char *name;
	json_t *value;

	if (env && !json_is_object(env))
		return errmsg_set(
		    em, "attributes.system.environment must be a mapping");
	json_object_foreach((json_t *)env, name, value)
		if (!json_is_string(value))
			return errmsg_set(em,
			    "attributes.system.environment.%s must be a string",
			    name);
	return 0;
}

static int
check_dependencies(const json_t *list, struct errmsg *em)
{
	static const char *const keys[] = { "scheme", "value", NULL };
	const json_t *d;
	size_t i;

	if (list && !json_is_array(list))
		return errmsg_set(
		    em, "attributes.system.dependencies must be a list");
	json_array_foreach((json_t *)list, i, d) {
		if (!json_is_object(d))
			return errmsg_set(em, "dependency must be a mapping");
		if (require_keys(d, keys, em) < 0)
			return -1;
		if (!json_is_string(json_object_get(d, "scheme")))
			return errmsg_set(
			    em, "dependency scheme must be a string");
		if (!json_is_string(json_object_get(d, "value")))
			return errmsg_set(
			    em, "dependency value must be a string");
	}
	return 0;
}

static int
decode_duration(struct jobspec *js, struct errmsg *em)
{
	const json_t *o = json_object_get(js->system, "duration");

	if (!o)
		return errmsg_set(
		    em, "attributes.system.duration is a required key");
	if (!json_is_number(o))
		return errmsg_set(
		    em, "attributes.system.duration must be a number");
	js->duration = json_number_value(o);
	if (js->duration < 0)
		return errmsg_set(
		    em, "attributes.system.duration must be >= 0");
	return 0;
}

/* Checked when the job starts, as in other implementations. */
static void
decode_mock(struct jobspec *js)
{
	json_t *o = json_object_get(js->system, "exec");

	o = json_object_get(json_object_get(o, "test"), "run_duration");
	js->mock_duration = o ? NAN : -1;
	if (json_is_number(o))
		js->mock_duration = json_number_value(o);
	else if (json_is_string(o) &&
		 fsd_parse(json_string_value(o), &js->mock_duration) < 0)
		js->mock_duration = NAN;
}

static int
decode_system(struct jobspec *js, struct errmsg *em)
{
	json_error_t error;

	if (!json_is_object(js->system))
		return errmsg_set(em, "attributes.system must be a mapping");
	if (decode_duration(js, em) < 0)
		return -1;
	if (json_unpack_ex(js->system, &error, 0,
		"{s?s s?s s?{s?s} s?o s?{s?o} s?o s?o}", "cwd", &js->cwd,
		"queue", &js->queue, "job", "name", &js->name, "environment",
		&js->environment, "shell", "options", &js->options,
		"constraints", &js->constraints, "dependencies",
		&js->dependencies) < 0)
		return errmsg_set(em, "attributes.system: %s", error.text);
	if (js->options && !json_is_object(js->options))
		return errmsg_set(
		    em, "attributes.system.shell.options must be a mapping");
	decode_mock(js);
	if (check_environment(js->environment, em) < 0 ||
	    check_dependencies(js->dependencies, em) < 0)
		return -1;
	return constraint_check(js->constraints, em);
}

static int
decode_attributes(struct jobspec *js, const json_t *o, struct errmsg *em)
{
	static const char *const keys[] = { "system", "user", NULL };

	if (!json_is_object(o))
		return errmsg_set(em, "attributes must be a mapping");
	if (refuse_other_keys(o, keys, em) < 0)
		return -1;
	if (!(js->system = json_object_get(o, "system")))
		return errmsg_set(em, "attributes.system is a required key");
	return decode_system(js, em);
}

static int
decode(struct jobspec *js, const json_t *o, struct errmsg *em)
{
	static const char *const keys[] = { "resources", "tasks", "attributes",
		"version", NULL };
	const json_t *version;

	if (!json_is_object(o))
		return errmsg_set(em, "jobspec must be a mapping");
	if (require_keys(o, keys, em) < 0 || refuse_other_keys(o, keys, em) < 0)
		return -1;
	version = json_object_get(o, "version");
	if (!json_is_integer(version) || json_integer_value(version) != 1)
		return errmsg_set(em, "version must be 1");
	if (decode_resources(js, json_object_get(o, "resources"), em) < 0 ||
	    decode_tasks(js, json_object_get(o, "tasks"), em) < 0)
		return -1;
	return decode_attributes(js, json_object_get(o, "attributes"), em);
}

struct jobspec *
jobspec_decode(json_t *o, struct errmsg *em)
{
	struct jobspec *js = calloc(1, sizeof(*js));

	if (!js) {
		errmsg_set(em, "out of memory");
		return NULL;
	}
	js->json = json_incref(o);
	if (decode(js, o, em) < 0) {
		jobspec_destroy(js);
		errno = EINVAL;
		return NULL;
	}
	return js;
}

void
jobspec_compact(struct jobspec *js)
{
	json_t *whole = js->json;

	js->json = json_incref(js->constraints);
	json_decref(whole);
	js->command = js->system = NULL;
	js->environment = js->options = js->dependencies = NULL;
	js->cwd = js->queue = js->name = NULL;
}

void
jobspec_destroy(struct jobspec *js)
{
	int saved = errno;

	if (js) {
		json_decref(js->json);
		free(js);
	}
	errno = saved;
}

char *
jobspec_name(const struct jobspec *js)
{
	const char *s = js->name, *slash;

	if (!s) {
		s = json_string_value(json_array_get(js->command, 0));
		if ((slash = strrchr(s, '/')) && slash[1])
			s = slash + 1;
	}
	return strdup(s);
}
