/* SPDX-License-Identifier: MIT */
/*
 * flux queue status: may jobs be submitted, are they scheduled, and if not,
 * why.
 */
#include <err.h>
#include <stdio.h>

#include "optparse.h"
#include "queue.h"

json_t *
queue_names(struct handle *h)
{
	json_t *out = NULL, *names;
	struct errmsg em;

	if (handle_call_new(
		h, "job-manager.queue-list", NODEID_ANY, NULL, &out, &em) < 0)
		tool_fail("%s", em.text);
	names = json_incref(json_object_get(out, "queues"));
	json_decref(out);
	return names ? names : json_array();
}

static void
print_line(const char *name, const char *text, const char *reason)
{
	printf("%s%s%s%s%s\n", name ? name : "", name ? ": " : "", text,
	    reason ? ": " : "", reason ? reason : "");
}

/* New reference. */
static json_t *
ask(struct handle *h, const char *name, const char *what)
{
	json_t *out = NULL,
	       *in = name ? json_pack("{s:s}", "name", name) : json_object();
	struct errmsg em;

	if (handle_call_new(h, "job-manager.queue-status", 0, in, &out, &em) <
	    0)
		tool_fail("%s: %s", what, em.text);
	return out;
}

static void
show_one(struct handle *h, const char *name, int show, const char *what)
{
	const char *disable_reason = NULL, *stop_reason = NULL;
	json_t *out = ask(h, name, what);
	int enable, start;

	if (json_unpack(out, "{s:b s:b s?s s?s}", "enable", &enable, "start",
		&start, "disable_reason", &disable_reason, "stop_reason",
		&stop_reason) < 0)
		tool_fail("%s: malformed answer", what);
	if (show & SHOW_SUBMISSION)
		print_line(name,
		    enable ? "Job submission is enabled"
			   : "Job submission is disabled",
		    enable ? NULL : disable_reason);
	if (show & SHOW_SCHEDULING)
		print_line(name,
		    start ? "Scheduling is started" : "Scheduling is stopped",
		    start ? NULL : stop_reason);
	json_decref(out);
}

void
queue_show(struct handle *h, const char *name, int show, const char *what)
{
	json_t *names, *o;
	size_t i;

	if (name) {
		show_one(h, name, show, what);
		return;
	}
	names = queue_names(h);
	json_array_foreach(names, i, o)
		show_one(h, json_string_value(o), show, what);
	if (json_array_size(names) == 0)
		show_one(h, NULL, show, what);
	json_decref(names);
}

struct counts {
	int queued, pending, running;
};

static struct counts
count_jobs(struct handle *h)
{
	struct counts n = { 0 };
	json_t *out = NULL;
	struct errmsg em;

	if (handle_call_new(
		h, "job-manager.alloc-query", NODEID_ANY, NULL, &out, &em) < 0)
		tool_fail("%s", em.text);
	json_unpack(out, "{s:i s:i s:i}", "queue_length", &n.queued,
	    "alloc_pending", &n.pending, "running", &n.running);
	json_decref(out);
	return n;
}

void
queue_show_jobs(struct handle *h)
{
	struct counts n = count_jobs(h);

	printf("%d alloc requests queued\n", n.queued);
	printf("%d alloc requests pending to scheduler\n", n.pending);
	printf("%d running jobs\n", n.running);
}

/* ---- JSON ---- */

static json_t *
one_json(struct handle *h, const char *name)
{
	json_t *out = ask(h, name, "status");
	int enable, start;
	const char *disable_reason = NULL, *stop_reason = NULL;
	json_t *o;

	if (json_unpack(out, "{s:b s:b s?s s?s}", "enable", &enable, "start",
		&start, "disable_reason", &disable_reason, "stop_reason",
		&stop_reason) < 0)
		tool_fail("status: malformed answer");
	o = json_pack("{s:s* s:b s:s* s:b s:s*}", "name", name, "enabled",
	    enable, "disable_reason", enable ? NULL : disable_reason, "started",
	    start, "stop_reason", start ? NULL : stop_reason);
	json_decref(out);
	return o;
}

static void
show_json(struct handle *h, const char *name, bool verbose)
{
	json_t *queues = json_array(), *names = queue_names(h), *o;
	struct counts n;
	size_t i;

	if (name)
		json_array_append_new(queues, one_json(h, name));
	else
		json_array_foreach(names, i, o)
			json_array_append_new(
			    queues, one_json(h, json_string_value(o)));
	if (!name && json_array_size(names) == 0)
		json_array_append_new(queues, one_json(h, NULL));
	o = json_pack("{s:i s:o}", "version", 1, "queues", queues);
	if (o && verbose) {
		n = count_jobs(h);
		json_object_set_new(o, "jobs",
		    json_pack("{s:i s:i s:i}", "queued", n.queued, "pending",
			n.pending, "running", n.running));
	}
	json_decref(names);
	queue_print_json(o);
}

int
cmd_status(int argc, char **argv)
{
	static const struct opt opts[] = {
		{ "verbose", 'v', NULL, "all queues, and numbers of jobs", 0 },
		{ "json", 'j', NULL, "print a JSON object", 0 },
		{ "queue", 'q', "QUEUE", NULL, 0 },
		{ 0 },
	};
	struct optparse p = {
		.usage = "status [OPTIONS] [QUEUE]",
		.summary = "Tell whether jobs can be submitted, and whether "
			   "they are scheduled",
		.example = "flux queue status batch",
		.opts = opts,
	};
	struct queue_choice choice = { 0 };
	struct handle *h;
	bool verbose = false, as_json = false;
	const char *name;
	int c;

	optparse_init(&p, argc, argv);
	while ((c = optparse_next(&p)) != -1) {
		verbose |= c == 'v';
		as_json |= c == 'j';
		if (c == 'q')
			choice.option = p.value;
	}
	if (p.noperands > 1)
		optparse_fail(&p, "unexpected argument '%s'", p.operands[1]);
	choice.operand = p.operands[0];
	h = tool_open();
	name = verbose ? NULL : queue_choose(&choice);
	if (as_json)
		show_json(h, name, verbose);
	else
		queue_show(
		    h, name, SHOW_SUBMISSION | SHOW_SCHEDULING, "status");
	if (verbose && !as_json)
		queue_show_jobs(h);
	handle_close(h);
	optparse_fini(&p);
	return tool_finish(0);
}
