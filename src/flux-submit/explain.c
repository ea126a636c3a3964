/* SPDX-License-Identifier: MIT */
/*
 * --dry-run=explain: a jobspec in words, the resources in one line, and what
 * else it asks for below:
 *     2 nodes, 8 tasks, 1 core each, 10 minutes, queue debug
 *         command   ./sim -x
 */
#include <err.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "explain.h"
#include "fields.h"
#include "jobspec.h"
#include "shellword.h"

bool
explain_wanted(const struct args *a)
{
	const char *how = args_get(a, OPT_DRY_RUN);

	if (!how || !*how)
		return false;
	if (strcmp(how, "explain") != 0)
		errx(1, "ERROR: --dry-run: invalid value '%s': must be explain",
		    how);
	return true;
}

/* ---- the first line ---- */

static void
put_count(long long n, const char *what)
{
	printf("%lld %s%s", n, what, n == 1 ? "" : "s");
}

/* ", 1 day 2 hours": what there is none of is left out. */
static void
put_duration(double seconds)
{
	static const struct {
		const char *name;
		int seconds;
	} units[] = { { "day", 86400 }, { "hour", 3600 }, { "minute", 60 } };
	const char *sep = ", ";

	if (seconds <= 0) {
		printf(", no time limit of its own");
		return;
	}
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		double n = floor(seconds / units[i].seconds);

		if (n < 1)
			continue;
		printf("%s%.0f %s%s", sep, n, units[i].name, n == 1 ? "" : "s");
		seconds -= n * units[i].seconds;
		sep = " ";
	}
	if (seconds > 0)
		printf(
		    "%s%.4g second%s", sep, seconds, seconds == 1 ? "" : "s");
}

/* Tasks are counted by the shell: "2 tasks on each node". */
static void
put_per_resource(const json_t *per)
{
	const char *type = "core";
	int count = 1;

	json_unpack((json_t *)per, "{s?s s?i}", "type", &type, "count", &count);
	put_count(count, "task");
	printf(" on each %s", type);
}

static void
put_slots(const struct jobspec *js, bool per_resource)
{
	const char *least = js->exclusive ? "at least " : "";
	const char *each = js->nslots > 1 ? " each" : "";
	int cores = js->cores_per_slot, gpus = js->gpus_per_slot;

	if (per_resource) {
		cores *= js->nslots;
		gpus *= js->nslots;
		each = "";
	}
	if (cores == 0 || (per_resource && js->exclusive))
		printf(", all their cores");
	else {
		printf(", %s", least);
		put_count(cores, "core");
	}
	if (gpus > 0) {
		printf(" and ");
		put_count(gpus, "GPU");
	}
	printf("%s", cores || gpus ? each : "");
}

/* An instance has a broker on each node; its slots are what jobs in it get. */
static void
put_resources(const struct args *a, const struct jobspec *js)
{
	bool is_instance = a->kind & (ALLOC | BATCH);
	const json_t *per = json_object_get(js->options, "per-resource");

	if (js->nnodes > 0) {
		put_count(js->nnodes, js->exclusive ? "whole node" : "node");
		printf(", ");
	}
	if (is_instance)
		put_count(js->nslots, "slot");
	else if (per)
		put_per_resource(per);
	else
		put_count(js->ntasks, "task");
	put_slots(js, per && !is_instance);
}

/* ---- what follows ---- */

static void
label(const char *name)
{
	printf("    %-10s", name);
}

static void
put_text(const char *name, const char *text)
{
	if (!text)
		return;
	label(name);
	printf("%s\n", text);
}

/* A script or a command: what the user wrote, not what is made of it. */
static void
put_command(const struct args *a)
{
	if (a->ncommand == 0 && a->kind == BATCH) {
		put_text("script", "from standard input");
		return;
	}
	if (a->ncommand == 0)
		return;
	label(
	    a->kind == BATCH && !args_has(a, OPT_WRAP) ? "script" : "command");
	for (int i = 0; i < a->ncommand; i++) {
		if (i > 0)
			putchar(' ');
		shellword_put(stdout, a->command[i]);
	}
	putchar('\n');
}

/* All uses of an option that can be given more than once. */
static void
put_all(const struct args *a, int id, const char *name, const char *before)
{
	for (size_t i = 0; i < a->n; i++) {
		if (a->list[i].id != id)
			continue;
		label(name);
		printf("%s%s\n", before, a->list[i].value);
		name = "";
	}
}

static void
put_stream(const struct jobspec *js, const char *stream, const char *end,
    const char *name)
{
	const char *path = NULL;
	json_t *o = json_object_get(js->options, stream);

	json_unpack(json_object_get(o, end), "{s?s}", "path", &path);
	put_text(name, path);
}

static void
put_urgency(const struct args *a)
{
	enum { NORMAL = 16, HELD = 0 };
	int urgency = field_urgency(a);

	if (urgency == NORMAL)
		return;
	label("urgency");
	printf("%d%s\n", urgency,
	    urgency == HELD ? ": held until it gets another one" : "");
}

static void
put_retry(const struct args *a)
{
	json_t *o = field_retry(a);
	json_int_t n = json_integer_value(json_object_get(o, "max"));

	json_decref(o);
	if (n == 0)
		return;
	label("retry");
	put_count(n, "time");
	printf(", if it fails\n");
}

static void
put_rest(const struct args *a, const struct jobspec *js)
{
	put_command(a);
	if (args_has(a, OPT_JOB_NAME))
		put_text("name", js->name);
	put_text("directory", js->cwd);
	put_stream(js, "input", "stdin", "input");
	put_stream(js, "output", "stdout", "output");
	put_stream(js, "output", "stderr", "errors");
	put_all(a, OPT_REQUIRES, "nodes", "");
	put_all(a, OPT_DEPENDENCY, "waits", "");
	put_all(a, OPT_BEGIN_TIME, "begins", "not before ");
	put_urgency(a);
	put_retry(a);
}

void
explain(const struct args *a, const json_t *jobspec, size_t njobs)
{
	struct errmsg em;
	struct jobspec *js = jobspec_decode((json_t *)jobspec, &em);

	if (!js)
		errx(1, "ERROR: it would be refused: %s", em.text);
	if (njobs > 1)
		printf("%zu jobs, each ", njobs);
	put_resources(a, js);
	put_duration(js->duration);
	if (js->queue)
		printf(", queue %s", js->queue);
	putchar('\n');
	put_rest(a, js);
	jobspec_destroy(js);
}
