/* SPDX-License-Identifier: MIT */
/*
 * flux queue enable, disable, start, stop: the four switches, which differ in
 * one request and in what is shown afterwards.
 */
#include <err.h>
#include <stdio.h>

#include "optparse.h"
#include "queue.h"

struct control {
	const char *topic; /* job-manager.queue-enable, -start */
	const char *what;  /* for messages: enable, start */
	bool on;
	int show;
	const char *reason; /* NULL = none */
	bool all, quiet, verbose, nocheckpoint;
	struct queue_choice choice;
};

enum { OPT_QUIET = 256, OPT_NOCHECKPOINT };

#define COMMON_OPTIONS                                                \
	{ "all", 'a', NULL, "all queues", 0 },                        \
	    { "quiet", 0, NULL, "print nothing", OPT_QUIET },         \
	    { "verbose", 'v', NULL,                                   \
		    "then show all queues, and numbers of jobs", 0 }, \
	{                                                             \
		"queue", 'q', "QUEUE", NULL, 0                        \
	}

static const struct opt on_opts[] = {
	COMMON_OPTIONS,
	{ 0 },
};

static const struct opt off_opts[] = {
	COMMON_OPTIONS,
	{ "message", 'm', "REASON", "why; shown to users", 0 },
	{ "nocheckpoint", 0, NULL, "do not remember it over a restart",
	    OPT_NOCHECKPOINT },
	{ 0 },
};

static void
set_option(struct control *c, int opt, const char *value)
{
	switch (opt) {
	case 'a':
		c->all = true;
		break;
	case OPT_QUIET:
		c->quiet = true;
		break;
	case 'v':
		c->verbose = true;
		break;
	case 'q':
		c->choice.option = value;
		break;
	case 'm':
		c->reason = value;
		break;
	case OPT_NOCHECKPOINT:
		c->nocheckpoint = true;
		break;
	}
}

static json_t *
request(const struct control *c, const char *name)
{
	bool scheduling = c->show == SHOW_SCHEDULING;
	json_t *o = json_pack("{s:b s:b s:s* s:s*}",
	    scheduling ? "start" : "enable", c->on, "all", name ? 0 : c->all,
	    "name", name, "reason", c->reason);

	if (o && scheduling)
		json_object_set_new(
		    o, "nocheckpoint", json_boolean(c->nocheckpoint));
	if (!o)
		tool_fail("%s: the reason is not UTF-8", c->what);
	return o;
}

/* Stopping all queues by leaving out a word would be a surprise. */
static void
check_named(struct handle *h, const struct control *c, const char *name)
{
	json_t *names;

	if (c->show != SHOW_SCHEDULING || name || c->all)
		return;
	names = queue_names(h);
	if (json_array_size(names) > 0)
		tool_fail("Named queues are defined. Specify queues or use "
			  "--all.");
	json_decref(names);
}

static void
apply(const struct control *c)
{
	const char *name = queue_choose(&c->choice);
	struct handle *h = tool_open();
	struct errmsg em;

	check_named(h, c, name);
	if (handle_call_new(h, c->topic, 0, request(c, name), NULL, &em) < 0)
		tool_fail("%s: %s", c->what, em.text);
	if (!c->quiet)
		queue_show(h, c->verbose ? NULL : name, c->show, "status");
	if (!c->quiet && c->verbose && c->show == SHOW_SCHEDULING)
		queue_show_jobs(h);
	handle_close(h);
}

static int
run(struct control *c, struct optparse *p, int argc, char **argv)
{
	int opt;

	p->opts = c->on ? on_opts : off_opts;
	optparse_init(p, argc, argv);
	while ((opt = optparse_next(p)) != -1)
		set_option(c, opt, p->value);
	if (p->noperands > 1)
		optparse_fail(p, "unexpected argument '%s'", p->operands[1]);
	c->choice.operand = p->operands[0];
	apply(c);
	optparse_fini(p);
	return tool_finish(0);
}

int
cmd_enable(int argc, char **argv)
{
	struct optparse p = {
		.usage = "enable [OPTIONS] [QUEUE]",
		.summary = "Let jobs be submitted",
		.example = "flux queue enable --all",
	};
	struct control c = {
		.topic = "job-manager.queue-enable",
		.what = "enable",
		.on = true,
		.show = SHOW_SUBMISSION,
	};

	return run(&c, &p, argc, argv);
}

int
cmd_disable(int argc, char **argv)
{
	struct optparse p = {
		.usage = "disable [OPTIONS] [QUEUE]",
		.summary = "Refuse new jobs",
		.example = "flux queue disable --message='maintenance at 6' "
			   "batch",
	};
	struct control c = {
		.topic = "job-manager.queue-enable",
		.what = "enable",
		.show = SHOW_SUBMISSION,
		.reason = "disabled by administrator",
	};

	return run(&c, &p, argc, argv);
}

int
cmd_start(int argc, char **argv)
{
	struct optparse p = {
		.usage = "start [OPTIONS] [QUEUE]",
		.summary = "Let jobs be scheduled",
		.example = "flux queue start batch",
	};
	struct control c = {
		.topic = "job-manager.queue-start",
		.what = "start",
		.on = true,
		.show = SHOW_SCHEDULING,
	};

	return run(&c, &p, argc, argv);
}

int
cmd_stop(int argc, char **argv)
{
	struct optparse p = {
		.usage = "stop [OPTIONS] [QUEUE]",
		.summary = "Hold jobs back: no more of them get resources",
		.example = "flux queue stop --all --message='disk is full'",
	};
	struct control c = {
		.topic = "job-manager.queue-start",
		.what = "start",
		.show = SHOW_SCHEDULING,
	};

	return run(&c, &p, argc, argv);
}
