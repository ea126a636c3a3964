/* SPDX-License-Identifier: MIT */
/*
 * Puts a jobspec together. Options are applied in a fixed order, so that the
 * general ones (-o, -S) win over the special ones: resources, environment,
 * limits, signal, task map, dependencies, constraints, -o, duration, -S, files.
 */
#include <err.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "envrules.h"
#include "fields.h"
#include "files.h"
#include "idset.h"
#include "jobspec_build.h"
#include "rlimits.h"
#include "setters.h"
#include "shape.h"

static void
set_if(json_t *o, const char *key, json_t *value_new)
{
	if (value_new)
		json_object_set_new(o, key, value_new);
}

/* none and kvs mean: not to a file. */
static bool
is_file(const char *path)
{
	return path && strcmp(path, "none") != 0 && strcmp(path, "kvs") != 0;
}

static void
set_stream(
    const struct args *a, json_t *options, const char *stream, const char *path)
{
	char key[64];

	if (is_file(path)) {
		snprintf(key, sizeof(key), "output.%s.type", stream);
		set_path(options, key, json_string("file"));
		snprintf(key, sizeof(key), "output.%s.path", stream);
		set_path(options, key, json_string(path));
		if (args_has(a, 'l')) {
			snprintf(key, sizeof(key), "output.%s.label", stream);
			set_path(options, key, json_true());
		}
	}
	if (args_has(a, 'u')) {
		snprintf(key, sizeof(key), "output.%s.buffer.type", stream);
		set_path(options, key, json_string("none"));
	}
}

static bool
is_idset(const char *text)
{
	struct idset *s = idset_decode(text);
	bool yes = s && idset_count(s) > 0;

	idset_destroy(s);
	return yes;
}

static void
set_io(const struct args *a, json_t *options, const struct payload *p)
{
	const char *input = args_get(a, OPT_INPUT);
	const char *output = args_get(a, OPT_OUTPUT);

	if (input && is_idset(input)) {
		/* flux run hands it to attach */
		if (a->kind != RUN)
			errx(1, "ERROR: per-task input not supported for %s",
			    a->kind == SUBMIT ? "submit" : "this command");
	} else if (input) {
		set_path(options, "input.stdin.type", json_string("file"));
		set_path(options, "input.stdin.path", json_string(input));
	}
	set_stream(a, options, "stdout", output ? output : p->output);
	set_stream(a, options, "stderr", args_get(a, OPT_ERROR));
	if (args_has(a, 'u')) {
		set_path(options, "output.batch-timeout", json_real(0.05));
		set_path(options, "input.batch-timeout", json_real(0.0));
	}
}

static json_t *
make_options(const struct args *a, const struct payload *p,
    const struct shape *shape, json_t *expand_new)
{
	json_t *options =
	    p->options ? json_deep_copy(p->options) : json_object();
	json_t *rlimit = rlimits_make(a);

	if (shape->per_type)
		json_object_set_new(options, "per-resource",
		    json_pack("{s:s s:i}", "type", shape->per_type, "count",
			shape->per_count));
	set_io(a, options, p);
	set_if(options, "env-expand", expand_new);
	if (json_object_size(rlimit) > 0)
		json_object_set(options, "rlimit", rlimit);
	json_decref(rlimit);
	set_if(options, "signal", field_signal(a));
	set_if(options, "taskmap", field_taskmap(a));
	for (size_t i = 0; i < a->n; i++)
		if (a->list[i].id == 'o')
			set_option(options, a->list[i].value);
	return options;
}

static char *
working_directory(const struct args *a)
{
	const char *given = args_get(a, OPT_CWD);
	char *cwd = given ? strdup(given) : getcwd(NULL, 0);

	if (!cwd)
		err(1, "ERROR: current directory");
	return cwd;
}

static json_t *
make_system(
    const struct args *a, const struct payload *p, const struct shape *shape)
{
	json_t *expand, *env = env_make(a, &expand);
	json_t *duration = field_duration(a);
	json_t *options = make_options(a, p, shape, expand);
	const char *name = args_get(a, OPT_JOB_NAME);
	char *cwd = working_directory(a);
	json_t *system;

	system = json_pack("{s:o s:o s:s}", "duration",
	    duration ? duration : json_integer(0), "environment", env, "cwd",
	    cwd);
	if (!system)
		errx(1, "ERROR: the current directory is not UTF-8");
	free(cwd);
	if (json_object_size(options) > 0)
		set_path(system, "shell.options", json_incref(options));
	json_decref(options);
	if (!name)
		name = p->name;
	if (name)
		set_path(system, "job.name", json_string(name));
	if (args_has(a, 'q'))
		json_object_set_new(
		    system, "queue", json_string(args_get(a, 'q')));
	if (args_has(a, 'B'))
		json_object_set_new(
		    system, "bank", json_string(args_get(a, 'B')));
	set_if(system, "dependencies", field_dependencies(a));
	set_if(system, "retry", field_retry(a));
	set_if(system, "constraints", field_constraints(a));
	return system;
}

static void
add_files(const struct args *a, const struct payload *p, json_t *jobspec)
{
	json_t *files = p->files ? json_deep_copy(p->files) : json_object();

	for (size_t i = 0; i < a->n; i++)
		if (a->list[i].id == OPT_ADD_FILE)
			file_add(files, a->list[i].value);
	if (json_object_size(files) > 0)
		set_path(
		    jobspec, "attributes.system.files", json_incref(files));
	json_decref(files);
}

json_t *
jobspec_build(const struct args *a, const struct payload *p)
{
	struct shape shape = shape_make(a);
	int total = p->total ? p->total : shape.total;
	json_t *count, *jobspec;

	count = total ? json_pack("{s:i}", "total", total)
		      : json_pack("{s:i}", "per_slot", 1);
	jobspec = json_pack("{s:o s:[{s:O s:s s:o}] s:{s:o} s:i}", "resources",
	    shape.resources, "tasks", "command", p->command, "slot", "task",
	    "count", count, "attributes", "system", make_system(a, p, &shape),
	    "version", 1);
	if (!jobspec)
		err(1, NULL);
	for (size_t i = 0; i < a->n; i++)
		if (a->list[i].id == 'S')
			set_attribute(jobspec, a->list[i].value);
	add_files(a, p, jobspec);
	return jobspec;
}
