/* SPDX-License-Identifier: MIT */
/*
 * A report as text: a sentence, and below it what it rests on, each with a word
 * in the first column.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formatconv.h"
#include "why.h"

enum { HOLDERS_SHOWN = 10 };

/* The label stands on the first line of its kind only. */
static void
label(const char *name)
{
	printf("    %-10s", name);
}

/* "2 nodes" */
static void
count(const json_t *o, const char *key, const char *unit, const char **sep)
{
	json_int_t n = get_int(o, key);

	if (!json_object_get(o, key))
		return;
	printf("%s%lld %s%s", *sep, (long long)n, unit, n == 1 ? "" : "s");
	*sep = ", ";
}

static void
counts(const json_t *o, const char *node)
{
	const char *sep = "";

	count(o, "nnodes", node, &sep);
	count(o, "ncores", "core", &sep);
	count(o, "ngpus", "GPU", &sep);
}

/* "at 15:30:12, in 5m14s" */
static void
moment(double t, double now)
{
	char clock[32], span[32];

	clock_text(clock, sizeof(clock), t, now);
	printf("%s", clock);
	if (t > now)
		printf(", in %s", span_text(span, sizeof(span), t - now));
}

/* ---- pending ---- */

static void
show_needs(const json_t *report)
{
	const json_t *needs = json_object_get(report, "needs");
	const json_t *free_now = json_object_get(report, "free");
	char *constraints;
	bool limited;

	if (!needs)
		return;
	label("needs");
	counts(needs, "node");
	if (json_object_get(needs, "exclusive"))
		printf(" (whole nodes)");
	constraints =
	    json_dumps(json_object_get(needs, "constraints"), JSON_COMPACT);
	if (constraints)
		printf(", with %s", constraints);
	limited = constraints != NULL;
	free(constraints);
	printf("\n");
	label("free");
	counts(free_now, "whole node");
	printf("%s\n", limited ? " of those" : "");
}

static void
show_down(const json_t *report)
{
	const char *name = "down";
	json_t *o;
	size_t i;

	json_array_foreach(json_object_get(report, "down"), i, o) {
		const char *why = get_text(o, "reason");

		label(name);
		printf("%s (rank %lld): %s%s%s\n", get_text(o, "host"),
		    (long long)get_int(o, "rank"), get_text(o, "state"),
		    why ? ": " : "", why ? why : "");
		name = "";
	}
}

static void
show_holders(const json_t *report, double now)
{
	const json_t *list = json_object_get(report, "holders");
	const char *name = "held by";
	json_t *o;
	size_t i;

	json_array_foreach(list, i, o) {
		label(name);
		name = "";
		if (i == HOLDERS_SHOWN) {
			printf("%zu more jobs\n", json_array_size(list) - i);
			break;
		}
		printf("%s %s %s: ", get_text(o, "jobid"), get_text(o, "user"),
		    get_text(o, "name"));
		counts(o, "node");
		printf(" on %s, ", get_text(o, "nodelist"));
		if (json_object_get(o, "end")) {
			printf("until ");
			moment(get_number(o, "end"), now);
		} else {
			printf("no time limit");
		}
		printf("\n");
	}
}

static void
show_dependencies(const json_t *report)
{
	const json_t *list = json_object_get(report, "dependencies");
	const char *name = "also";
	json_t *o;
	size_t i;

	json_array_foreach(list, i, o) {
		if (i == 0) /* is in the sentence */
			continue;
		label(name);
		printf("%s\n", get_text(o, "text"));
		name = "";
	}
}

static void
show_start(const json_t *report, double now)
{
	json_int_t ahead = get_int(report, "ahead");
	const char *unknown = get_text(report, "start_unknown");

	if (ahead > 0) {
		label("before it");
		printf("%lld job%s, first %s\n", (long long)ahead,
		    ahead > 1 ? "s" : "", get_text(report, "first"));
	}
	if (json_object_get(report, "start")) {
		label("start");
		printf("at the latest ");
		moment(get_number(report, "start"), now);
		printf("\n");
	} else if (unknown) {
		label("start");
		printf("unknown: %s\n", unknown);
	}
}

/* ---- ended ---- */

static void
show_end(const json_t *report, double now)
{
	char text[32], memory[32];

	if (!json_object_get(report, "result"))
		return;
	label("ended");
	printf("%s",
	    clock_text(text, sizeof(text), get_number(report, "end"), now));
	if (json_object_get(report, "runtime"))
		printf(", after %s", span_text(text, sizeof(text),
					 get_number(report, "runtime")));
	if (json_object_get(report, "maxrss"))
		printf(", %s CPU, %s memory",
		    format_duration(
			text, sizeof(text), get_number(report, "cputime")),
		    format_memory(
			memory, sizeof(memory), get_number(report, "maxrss")));
	printf("\n");
}

static void
show_retry(const json_t *report)
{
	const json_t *o = json_object_get(report, "retry");
	const char *first = get_text(o, "first"), *of = get_text(o, "of");
	const char *next = get_text(o, "next");
	const char *refused = get_text(o, "refused");

	if (!first && !next && !refused)
		return;
	label("retry");
	if (first)
		printf("%lld of %lld of %s", (long long)get_int(o, "count"),
		    (long long)get_int(o, "max"), first);
	if (first && of && strcmp(first, of) != 0)
		printf(", after %s", of);
	if (first && (next || refused))
		printf(", ");
	if (next)
		printf("run again as %s", next);
	else if (refused)
		printf("not run again: %s", refused);
	printf("\n");
}

static void
put_code(const json_t *o)
{
	int sig = get_int(o, "signal");

	if (sig > 0)
		printf("signal %d (%s)\n", sig, strsignal(sig));
	else
		printf("exit code %lld\n", (long long)get_int(o, "exitcode"));
}

static void
show_tasks(const json_t *report)
{
	json_int_t all = get_int(report, "ntasks_failed");
	const char *name = "task";
	json_t *o;
	size_t i;

	json_array_foreach(json_object_get(report, "tasks"), i, o) {
		const char *host = get_text(o, "host");

		label(name);
		name = "";
		printf("%lld%s%s: ", (long long)get_int(o, "rank"),
		    host ? " on " : "", host ? host : "");
		put_code(o);
	}
	if (all > 0) {
		label("");
		printf("%lld tasks in all\n", (long long)all);
	}
}

/* Nodes say less than tasks. */
static void
show_nodes(const json_t *report)
{
	const char *name = "node";
	json_t *o;
	size_t i;

	if (json_array_size(json_object_get(report, "tasks")) > 0)
		return;
	json_array_foreach(json_object_get(report, "nodes"), i, o) {
		const char *host = get_text(o, "host");

		label(name);
		name = "";
		printf("%s%srank %lld%s: ", host ? host : "", host ? " (" : "",
		    (long long)get_int(o, "rank"), host ? ")" : "");
		put_code(o);
	}
}

static void
show_stderr(const json_t *report)
{
	const char *path = get_text(report, "stderr_path");
	const char *name = "stderr";
	json_t *o;
	size_t i;

	if (path) {
		label(name);
		printf("is in %s\n", path);
		name = "";
	}
	json_array_foreach(json_object_get(report, "stderr"), i, o) {
		const char *rank = get_text(o, "rank");

		label(name);
		printf("%s%s%s\n", rank ? rank : "", rank ? ": " : "",
		    get_text(o, "text"));
		name = "";
	}
}

void
show(const json_t *report, double now)
{
	const char *command = get_text(report, "command");
	const char *release = get_text(report, "release");

	printf("%s %s: %s\n", get_text(report, "jobid"),
	    get_text(report, "name"), get_text(report, "text"));
	show_needs(report);
	show_down(report);
	show_dependencies(report);
	show_holders(report, now);
	show_start(report, now);
	show_end(report, now);
	show_retry(report);
	show_tasks(report);
	show_nodes(report);
	show_stderr(report);
	if (release) {
		label("let it go");
		printf("%s\n", release);
	}
	if (command) {
		label("again");
		printf("%s\n", command);
	}
}
