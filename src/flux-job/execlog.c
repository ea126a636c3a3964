/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "execlog.h"
#include "joblog.h"

static void
fold(struct execlog *x, const struct event *e)
{
	const char *service;
	int leader;

	if (strcmp(e->name, "shell.init") == 0 &&
	    json_unpack(e->context, "{s:s s:i}", "service", &service,
		"leader-rank", &leader) == 0) {
		free(x->service);
		x->service = strdup(service);
		x->leader = leader;
	} else if (strcmp(e->name, "shell.start") == 0) {
		json_decref(x->taskmap);
		x->taskmap =
		    json_incref(json_object_get(e->context, "taskmap"));
	}
}

static void
on_event(struct handle *h, const struct reply *r, void *arg)
{
	struct execlog *x = arg;
	struct event e;

	(void)h;
	if (r->errnum) {
		x->errnum = r->errnum;
		return;
	}
	if (joblog_event(&e, r) < 0)
		return;
	fold(x, &e);
	event_fini(&e);
}

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

int
execlog_wait_start(
    struct execlog *x, struct handle *h, uint64_t id, double timeout)
{
	double deadline = now() + timeout;
	int64_t tag;

	*x = (struct execlog){ 0 };
	tag = joblog_watch(h, id, "guest.exec.eventlog", 0, on_event, x);
	if (tag < 0)
		return -1;
	while (!x->taskmap && !x->errnum) {
		double left = deadline - now();

		if (timeout > 0 && left <= 0) {
			x->errnum = ETIMEDOUT;
			break;
		}
		if (handle_poll(h, timeout > 0 ? (int)(left * 1000) + 1 : -1) <
			0 &&
		    errno != EINTR)
			x->errnum = errno;
	}
	handle_rpc_forget(h, tag);
	if (x->taskmap)
		return 0;
	errno = x->errnum;
	return -1;
}

void
execlog_fini(struct execlog *x)
{
	free(x->service);
	json_decref(x->taskmap);
	*x = (struct execlog){ 0 };
}
