/* SPDX-License-Identifier: MIT */
/*
 * The status line: why nothing happens yet. Only people see it (all three
 * streams are a terminal), and only if the job takes more than two seconds
 * to start.
 */
#include <sys/ioctl.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attach.h"

static const double first_after = 2.0, every = 1.0, query_every = 10.0;

static const struct {
	const char *event, *message;
} messages[] = {
	{ "submit", "submitted" },
	{ "validate", "resolving dependencies" },
	{ "depend", "waiting for priority assignment" },
	{ "priority", "waiting for resources" },
	{ "alloc", "starting" },
	{ "prolog-start", "waiting for prolog" },
	{ "start", "started" },
};

void
status_init(struct attach *a)
{
	bool terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) &&
			isatty(STDERR_FILENO) &&
			!getenv("FLUX_ATTACH_NONINTERACTIVE");

	a->status.on = a->o.show_status || (terminal && !a->o.show_events);
	a->status.started = attach_now();
	a->status.next = a->status.started + first_after;
}

static int
columns(void)
{
	struct winsize ws;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &ws) == 0 && ws.ws_col > 0)
		return ws.ws_col;
	return 80;
}

static void
show(struct attach *a)
{
	struct attach_status *s = &a->status;
	int sec = attach_now() - s->started;
	int width = columns() - 20 - (int)strlen(a->f58);
	char text[256];

	snprintf(text, sizeof(text), "%s%s%s", s->message, *s->note ? " " : "",
	    s->note);
	fprintf(stderr, "\rflux-job: %s %-*s %02d:%02d:%02d\r", a->f58,
	    width > 0 ? width : 0, text, sec / 3600, sec / 60 % 60, sec % 60);
	s->shown = true;
	s->next = attach_now() + every;
}

/* ---- is the queue stopped? ---- */

static void
on_queue_status(struct handle *h, const struct reply *r, void *arg)
{
	struct attach *a = arg;
	struct attach_status *s = &a->status;
	int start = 1;

	(void)h;
	if (r->errnum == 0)
		json_unpack(r->json, "{s:b}", "start", &start);
	*s->note = '\0';
	if (!start)
		snprintf(s->note, sizeof(s->note), "(%s queue stopped)",
		    s->queue ? s->queue : "default");
}

static void
query_queue(struct attach *a)
{
	json_t *o = a->status.queue
			? json_pack("{s:s}", "name", a->status.queue)
			: json_object();

	handle_rpc_new(
	    a->h, "job-manager.queue-status", 0, 0, o, on_queue_status, a);
}

static void
on_job(struct handle *h, const struct reply *r, void *arg)
{
	struct attach *a = arg;
	const char *queue = NULL;

	(void)h;
	if (r->errnum)
		return;
	json_unpack(r->json, "{s:{s?s}}", "job", "queue", &queue);
	if (queue && !a->status.queue)
		a->status.queue = strdup(queue);
	query_queue(a);
}

static void
query(struct attach *a)
{
	struct attach_status *s = &a->status;

	s->next_query = attach_now() + query_every;
	if (s->queue_known) {
		query_queue(a);
		return;
	}
	s->queue_known = true;
	handle_rpc_new(a->h, "job-list.list-id", NODEID_ANY, 0,
	    json_pack("{s:I s:[s]}", "id", (json_int_t)a->id, "attrs", "queue"),
	    on_job, a);
}

/* ---- the line ---- */

static bool
waits_for_resources(const struct attach *a)
{
	return a->status.message &&
	       strcmp(a->status.message, "waiting for resources") == 0;
}

/* The line has served its purpose: leave it standing, and go below it. */
static void
finish(struct attach *a)
{
	if (a->status.shown)
		fputc('\n', stderr);
	a->status.shown = false;
	a->status.on = false;
}

void
status_event(struct attach *a, const char *name)
{
	struct attach_status *s = &a->status;

	if (!s->on)
		return;
	for (size_t i = 0; i < sizeof(messages) / sizeof(*messages); i++) {
		if (strcmp(name, messages[i].event) != 0)
			continue;
		s->message = messages[i].message;
		*s->note = '\0';
		if (s->shown || a->o.show_status)
			show(a);
	}
	if (strcmp(name, "start") == 0 || strcmp(name, "clean") == 0)
		finish(a);
}

void
status_tick(struct attach *a)
{
	struct attach_status *s = &a->status;

	if (!s->on || !s->message || attach_now() < s->next)
		return;
	if (waits_for_resources(a) && attach_now() >= s->next_query)
		query(a);
	show(a);
}

void
status_clear(struct attach *a)
{
	if (a->status.shown)
		fputs("\r\033[K", stderr);
	a->status.shown = false;
}

/* When the loop has to wake up although nothing came. A terminal that is in
 * the background is looked at again once a second. */
int
status_timeout_ms(const struct attach *a)
{
	double wait;

	if (!a->status.on)
		return a->in.on && a->in.is_tty ? 1000 : -1;
	wait = a->status.next - attach_now();
	return wait < 0 ? 0 : (int)(wait * 1000) + 1;
}
