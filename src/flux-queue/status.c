/* SPDX-License-Identifier: MIT */
/*
 * flux queue status: may jobs be submitted, are they scheduled, and if not,
 * why.
 */
#include <err.h>
#include <errno.h>
#include <stdio.h>

#include "queue.h"

json_t *
queue_names(struct handle *h)
{
	json_t *out = NULL, *names;
	struct errmsg em;

	if (handle_call_new(
		h, "job-manager.queue-list", NODEID_ANY, NULL, &out, &em) < 0)
		queue_fail("%s", em.text);
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

static void
show_one(struct handle *h, const char *name, int show, const char *what)
{
	const char *disable_reason = NULL, *stop_reason = NULL;
	json_t *out = NULL,
	       *in = name ? json_pack("{s:s}", "name", name) : json_object();
	int enable, start;
	struct errmsg em;

	if (handle_call_new(h, "job-manager.queue-status", 0, in, &out, &em) <
	    0)
		queue_fail("%s: %s", what, em.text);
	if (json_unpack(out, "{s:b s:b s?s s?s}", "enable", &enable, "start",
		&start, "disable_reason", &disable_reason, "stop_reason",
		&stop_reason) < 0)
		queue_fail("%s: malformed answer", what);
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

void
queue_show_jobs(struct handle *h)
{
	json_t *out = NULL;
	struct errmsg em;
	int queued = 0, pending = 0, running = 0;

	if (handle_call_new(
		h, "job-manager.alloc-query", NODEID_ANY, NULL, &out, &em) < 0)
		queue_fail("%s", em.text);
	json_unpack(out, "{s:i s:i s:i}", "queue_length", &queued,
	    "alloc_pending", &pending, "running", &running);
	printf("%d alloc requests queued\n", queued);
	printf("%d alloc requests pending to scheduler\n", pending);
	printf("%d running jobs\n", running);
	json_decref(out);
}

int
cmd_status(int argc, char **argv)
{
	static const struct opt opts[] = {
		{ "verbose", 'v', NULL, "all queues, and numbers of jobs", 0 },
		{ "queue", 'q', "QUEUE", NULL, 0 },
		{ 0 },
	};
	struct optparse p = {
		.usage = "status [-v] [QUEUE]",
		.summary = "Tell whether jobs can be submitted, and whether "
			   "they are scheduled",
		.example = "flux queue status batch",
		.opts = opts,
	};
	struct queue_choice choice = { 0 };
	struct handle *h;
	bool verbose = false;
	int c;

	optparse_init(&p, argc, argv);
	while ((c = optparse_next(&p)) != -1) {
		verbose |= c == 'v';
		if (c == 'q')
			choice.option = p.value;
	}
	if (p.noperands > 1)
		optparse_fail(&p, "unexpected argument '%s'", p.operands[1]);
	choice.operand = p.operands[0];
	h = queue_open();
	queue_show(h, verbose ? NULL : queue_choose(&choice),
	    SHOW_SUBMISSION | SHOW_SCHEDULING, "status");
	if (verbose)
		queue_show_jobs(h);
	handle_close(h);
	optparse_fini(&p);
	return queue_flush();
}
