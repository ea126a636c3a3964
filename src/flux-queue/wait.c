/* SPDX-License-Identifier: MIT */
/*
 * flux queue drain and idle: wait until there is nothing left to do.
 */
#include <err.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "fsd.h"
#include "optparse.h"
#include "queue.h"

struct wait {
	const char *what; /* drain, idle: topic and messages */
	double timeout;   /* seconds; INFINITY = for ever */
	bool quiet;
	bool done;
	int pending;
};

static void
on_answer(struct handle *h, const struct reply *r, void *arg)
{
	struct wait *w = arg;

	(void)h;
	if (r->errnum)
		tool_fail("%s: %s", w->what, r->text);
	json_unpack(r->json, "{s?i}", "pending", &w->pending);
	w->done = true;
}

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* poll(2) takes 24 days at most; the loop comes round again. */
static int
to_ms(double seconds)
{
	return seconds > 1e6 ? -1 : (int)(seconds * 1000) + 1;
}

static void
run(struct wait *w)
{
	double deadline = now() + w->timeout;
	struct handle *h = tool_open();
	char topic[64];

	snprintf(topic, sizeof(topic), "job-manager.%s", w->what);
	if (handle_rpc_new(h, topic, NODEID_ANY, 0, NULL, on_answer, w) < 0)
		err(1, "ERROR: %s", w->what);
	while (!w->done) {
		double left = deadline - now();

		if (left <= 0)
			tool_fail("%s: timeout", w->what);
		if (handle_poll(h, to_ms(left)) < 0 && errno != EINTR)
			tool_fail("%s: %s", w->what, strerror(errno));
	}
	handle_close(h);
}

static int
wait_options(struct wait *w, struct optparse *p, int argc, char **argv)
{
	int c;

	optparse_init(p, argc, argv);
	while ((c = optparse_next(p)) != -1) {
		if (c == 'q')
			w->quiet = true;
		else if (fsd_parse(p->value, &w->timeout) < 0)
			tool_fail("invalid Flux standard duration");
	}
	if (p->noperands > 0)
		optparse_fail(p, "unexpected argument '%s'", p->operands[0]);
	run(w);
	optparse_fini(p);
	return 0;
}

int
cmd_drain(int argc, char **argv)
{
	static const struct opt opts[] = {
		{ "timeout", 't', "FSD", "give up after this time", 0 },
		{ 0 },
	};
	struct optparse p = {
		.usage = "drain [--timeout=FSD]",
		.summary = "Wait until no job is active, not even a held one",
		.example = "flux queue disable && flux queue drain",
		.opts = opts,
	};
	struct wait w = { .what = "drain", .timeout = INFINITY };

	return wait_options(&w, &p, argc, argv);
}

int
cmd_idle(int argc, char **argv)
{
	static const struct opt opts[] = {
		{ "timeout", 't', "FSD", "give up after this time", 0 },
		{ "quiet", 0, NULL,
		    "print the number of pending jobs only if "
		    "there are some",
		    'q' },
		{ 0 },
	};
	struct optparse p = {
		.usage = "idle [OPTIONS]",
		.summary = "Wait until no job runs and none is about to, and "
			   "print how many are pending",
		.example = "flux submit --cc=1-100 ./step; flux queue idle",
		.opts = opts,
	};
	struct wait w = { .what = "idle", .timeout = INFINITY };

	wait_options(&w, &p, argc, argv);
	if (w.pending > 0 || !w.quiet)
		printf("%d jobs\n", w.pending);
	return tool_finish(0);
}
