/* SPDX-License-Identifier: MIT */
/*
 * flux jobs --watch: the listing at the top of the screen, drawn again when the
 * journal tells that some job has changed, at most twice a second, and after
 * some time anyway, as running times go on. The journal is not there for
 * guests: for them time decides.
 */
#include <sys/ioctl.h>

#include <err.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "jobs.h"
#include "optparse.h"

#define PAUSE 0.5 /* s, between two drawings */

struct watch {
	bool has_changed;
	int errnum; /* of the journal; 0 = it goes on */
};

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void
on_events(struct handle *h, const struct reply *r, void *arg)
{
	struct watch *w = arg;

	(void)h;
	w->errnum = r->errnum;
	w->has_changed = true;
}

/* Until then, or until a job changes, if that is enough. */
static void
wait_until(struct handle *h, struct watch *w, double until, bool for_change)
{
	double left;

	while ((left = until - now()) > 0 && !(for_change && w->has_changed))
		if (handle_poll(h, (int)ceil(left * 1000)) < 0 &&
		    errno != EINTR)
			tool_fail("lost connection to Flux");
}

/* So many jobs fit on the screen. */
static void
fit_screen(struct query *q, struct options *o)
{
	struct winsize ws;
	int room;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) < 0 || ws.ws_row < 4)
		return;
	room = ws.ws_row - 1 - !o->no_header - o->stats;
	if (o->count <= 0 || o->count > room)
		o->count = room;
	if (ws.ws_col > 0)
		o->width = ws.ws_col;
	json_object_set_new(
	    q->request, "max_entries", json_integer(o->count + 1));
}

void
watch_jobs(struct query *q, struct options *o, list_f list)
{
	struct handle *journal = tool_open(), *h = tool_open();
	struct watch w = { 0 };
	double drawn;

	if (handle_rpc_new(journal, "job-manager.events-journal", NODEID_ANY,
		MSG_STREAMING, json_pack("{s:b}", "full", 0), on_events,
		&w) < 0)
		err(1, NULL);
	for (;;) {
		w.has_changed = false;
		drawn = now();
		fit_screen(q, o);
		jobinfo_shared_destroy(q->shared);
		if (!(q->shared = jobinfo_shared_create()))
			err(1, NULL);
		fputs("\033[H\033[J", stdout);
		list(q, h);
		if (fflush(stdout) == EOF)
			exit(1);
		wait_until(journal, &w, drawn + PAUSE, false);
		if (!w.errnum || w.errnum == EPERM)
			wait_until(
			    journal, &w, drawn + o->watch, w.errnum == 0);
		else
			tool_fail("the journal has ended");
	}
}
