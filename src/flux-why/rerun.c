/* SPDX-License-Identifier: MIT */
/*
 * The command that submits a job again, from its jobspec: flux submit with the
 * options that make the same one. The environment and limits are those of who
 * runs it, and dependencies are left out, for they are met or lost. What flux
 * submit has no options for (files of batch jobs, other shapes) goes through
 * the jobspec itself, which is kept as it was sent.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jobspec.h"
#include "shellword.h"
#include "why.h"

/* " --name=value" */
static void
put_option(FILE *f, const char *name, const char *value)
{
	char *word;

	if (asprintf(&word, "%s%s", name, value) < 0)
		err(1, NULL);
	putc(' ', f);
	shellword_put(f, word);
	free(word);
}

/* " -oKEY=VALUE": a value that is not JSON is a string. */
static void
put_pair(FILE *f, const char *option, const char *key, const json_t *value)
{
	const char *s = json_string_value(value);
	json_t *parsed = s ? json_loads(s, JSON_DECODE_ANY, NULL) : NULL;
	char *text, *name;

	if (s && !parsed && *s)
		text = strdup(s);
	else
		text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
	if (!text || asprintf(&name, "%s%s=", option, key) < 0)
		err(1, NULL);
	put_option(f, name, text);
	json_decref(parsed);
	free(name);
	free(text);
}

/* ---- shape ---- */

struct slot {
	json_int_t nodes, count, cores, gpus;
	bool exclusive;
};

/* The one child, or NULL. */
static const json_t *
only(const json_t *array)
{
	return json_array_size(array) == 1 ? json_array_get(array, 0) : NULL;
}

static bool
is_type(const json_t *vertex, const char *type)
{
	const char *s = get_text(vertex, "type");

	return s && strcmp(s, type) == 0;
}

static bool
read_slot(const json_t *slot, struct slot *out)
{
	json_t *o;
	size_t i;

	out->count = get_int(slot, "count");
	json_array_foreach(json_object_get(slot, "with"), i, o) {
		if (is_type(o, "core"))
			out->cores += get_int(o, "count");
		else if (is_type(o, "gpu"))
			out->gpus += get_int(o, "count");
		else
			return false;
	}
	return out->count > 0 && out->cores > 0;
}

/* One task in each slot, slots alone or in nodes. */
static bool
read_shape(const json_t *spec, struct slot *s)
{
	const json_t *top = only(json_object_get(spec, "resources"));
	const json_t *task = only(json_object_get(spec, "tasks"));

	if (get_int(json_object_get(task, "count"), "per_slot") != 1)
		return false;
	if (top && is_type(top, "node")) {
		s->nodes = get_int(top, "count");
		s->exclusive = json_is_true(json_object_get(top, "exclusive"));
		top = only(json_object_get(top, "with"));
		if (s->nodes < 1)
			return false;
	}
	return top && is_type(top, "slot") && read_slot(top, s);
}

static void
put_shape(FILE *f, const struct slot *s)
{
	/* -N alone is one slot with one core on each exclusive node */
	bool bare = s->nodes > 0 && s->exclusive && s->count == 1 &&
		    s->cores == 1 && s->gpus == 0;

	if (s->nodes > 0)
		fprintf(f, " -N%lld", (long long)s->nodes);
	if (bare)
		return;
	if (s->nodes > 0 || s->count > 1)
		fprintf(f, " -n%lld",
		    (long long)(s->count * (s->nodes ? s->nodes : 1)));
	if (s->cores > 1)
		fprintf(f, " -c%lld", (long long)s->cores);
	if (s->gpus > 0)
		fprintf(f, " -g%lld", (long long)s->gpus);
	if (s->exclusive)
		fputs(" -x", f);
}

/* ---- options of the shell ---- */

/* A file for a stream: {"type":"file","path":"x"} */
static const char *
stream_path(const json_t *o, bool *labelled)
{
	const char *type = get_text(o, "type");

	*labelled |= json_is_true(json_object_get(o, "label"));
	return type && strcmp(type, "file") == 0 ? get_text(o, "path") : NULL;
}

static void
put_streams(FILE *f, const json_t *options)
{
	const json_t *out = json_object_get(options, "output");
	const json_t *in = json_object_get(options, "input");
	bool labelled = false;
	const char *path;

	if ((path = stream_path(json_object_get(in, "stdin"), &labelled)))
		put_option(f, "--input=", path);
	if ((path = stream_path(json_object_get(out, "stdout"), &labelled)))
		put_option(f, "--output=", path);
	if ((path = stream_path(json_object_get(out, "stderr"), &labelled)))
		put_option(f, "--error=", path);
	if (labelled)
		fputs(" --label-io", f);
}

static void
put_shell_options(FILE *f, json_t *options)
{
	const char *key;
	json_t *value;

	put_streams(f, options);
	json_object_foreach(options, key, value)
		if (strcmp(key, "input") != 0 && strcmp(key, "output") != 0 &&
		    strcmp(key, "rlimit") != 0)
			put_pair(f, "-o", key, value);
}

/* ---- system attributes ---- */

static void
put_attributes(FILE *f, json_t *system)
{
	static const char *const known[] = { "duration", "environment", "cwd",
		"job", "queue", "bank", "shell", "dependencies", "retry",
		NULL };
	const char *key, *s;
	json_t *value;
	double limit = get_number(system, "duration");

	if (limit > 0) {
		char text[32];

		snprintf(text, sizeof(text), "%.10gs", limit);
		put_option(f, "-t", text);
	}
	if ((s = get_text(system, "queue")))
		put_option(f, "-q", s);
	if ((s = get_text(system, "bank")))
		put_option(f, "-B", s);
	if ((s = get_text(json_object_get(system, "job"), "name")))
		put_option(f, "--job-name=", s);
	if ((s = get_text(system, "cwd")))
		put_option(f, "--cwd=", s);
	if (json_object_get(system, "retry"))
		fprintf(f, " --retry=%lld",
		    (long long)get_int(
			json_object_get(system, "retry"), "max"));
	put_shell_options(
	    f, json_object_get(json_object_get(system, "shell"), "options"));
	json_object_foreach(system, key, value) {
		int i = 0;

		while (known[i] && strcmp(known[i], key) != 0)
			i++;
		if (!known[i])
			put_pair(f, "--setattr=system.", key, value);
	}
}

static void
put_command(FILE *f, const json_t *spec)
{
	const json_t *task = only(json_object_get(spec, "tasks"));
	json_t *word;
	size_t i;

	json_array_foreach(json_object_get(task, "command"), i, word) {
		const char *text = json_string_value(word);

		putc(' ', f);
		shellword_put(f, text ? text : "");
	}
}

/* Is there nothing that flux submit could not be told? */
static bool
is_plain(const json_t *spec, const json_t *system, struct slot *s)
{
	const char *word = json_string_value(json_array_get(
	    json_object_get(only(json_object_get(spec, "tasks")), "command"),
	    0));

	return word && *word && *word != '-' && read_shape(spec, s) &&
	       !json_object_get(system, "files");
}

char *
rerun_command(const struct job *j)
{
	json_t *system = jobspec_system(j->spec);
	struct slot s = { 0 };
	char *text = NULL;
	size_t size;
	FILE *f;

	if (!j->spec)
		return NULL;
	if (!(f = open_memstream(&text, &size)))
		err(1, NULL);
	if (is_plain(j->spec, system, &s)) {
		fputs("flux submit", f);
		put_shape(f, &s);
		put_attributes(f, system);
		put_command(f, j->spec);
	} else {
		fprintf(f,
		    "flux job info --original %s jobspec | flux job submit",
		    get_text(j->report, "jobid"));
	}
	if (fclose(f) == EOF)
		err(1, NULL);
	return text;
}
