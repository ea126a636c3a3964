/* SPDX-License-Identifier: MIT */
/*
 * flux alloc: an instance with a shell or command, attached; or with --bg one
 * that goes on by itself once it is up.
 */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "commands.h"
#include "eventlog.h"
#include "fluid.h"
#include "handle.h"
#include "instance.h"
#include "jobspec_build.h"
#include "setters.h"
#include "uri.h"

struct waiting {
	const struct args *args;
	char id[FLUID_STRMAX];
	double t0;
	char *uri;
	bool over;
};

static double
mono_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void
say(const struct waiting *w, const char *what)
{
	if (args_has(w->args, 'v'))
		fprintf(stderr, "%s: %6.3fs: %s\n", w->id, mono_now() - w->t0,
		    what);
}

static void
say_exception(const struct waiting *w, const struct event *e)
{
	const char *type = "", *text = "";
	int severity = 0;

	json_unpack(e->context, "{s?s s?i s?s}", "type", &type, "severity",
	    &severity, "note", &text);
	fprintf(stderr, "%.3fs: job.exception %s type=%s severity=%d %s\n",
	    mono_now() - w->t0, w->id, type, severity, text);
}

static void
event_cb(struct handle *h, const struct reply *r, void *arg)
{
	struct waiting *w = arg;
	const char *line, *uri;
	struct event e;

	(void)h;
	if (r->errnum) {
		w->over = true;
		return;
	}
	line = json_string_value(json_object_get(r->json, "event"));
	if (!line || event_decode(&e, line) < 0)
		return;
	uri = json_string_value(json_object_get(e.context, "uri"));
	if (strcmp(e.name, "alloc") == 0) {
		say(w, "resources allocated");
		say(w, "waiting for instance");
	} else if (strcmp(e.name, "exception") == 0) {
		say_exception(w, &e);
	} else if (strcmp(e.name, "memo") == 0 && uri && !w->uri) {
		w->uri = strdup(uri);
	} else if (strcmp(e.name, "clean") == 0) {
		w->over = true;
	}
	event_fini(&e);
}

static void
wait_until_running(struct waiting *w)
{
	char *uri = uri_reachable(w->uri);
	struct errmsg em;
	struct handle *h = uri ? handle_open(uri, &em) : NULL;

	if (!h)
		errx(1, "ERROR: Unable to connect to %s: %s", w->id, em.text);
	if (handle_call_new(
		h, "state-machine.wait", NODEID_ANY, NULL, NULL, &em) < 0)
		errx(1, "ERROR: %s: instance startup failed", w->id);
	handle_close(h);
	free(uri);
}

static int
wait_in_background(const struct args *a, uint64_t id)
{
	struct waiting w = { .args = a, .t0 = mono_now() };
	struct errmsg em;
	struct handle *h = uri_open_default(&em);
	int64_t tag;

	if (!h)
		errx(1, "ERROR: %s", em.text);
	fluid_encode(w.id, sizeof(w.id), id, fluid_f58_form());
	say(&w, "waiting for resources");
	tag = handle_rpc_new(h, "job-info.eventlog-watch", NODEID_ANY,
	    MSG_STREAMING,
	    json_pack("{s:I s:s s:i}", "id", (json_int_t)id, "path", "eventlog",
		"flags", 0),
	    event_cb, &w);
	while (tag >= 0 && !w.uri && !w.over)
		if (handle_poll(h, -1) < 0 && errno != EINTR)
			break;
	if (!w.uri)
		errx(1, "ERROR: %s: unexpectedly exited", w.id);
	wait_until_running(&w);
	say(&w, "ready");
	if (!args_has(a, OPT_QUIET))
		puts(w.id);
	free(w.uri);
	handle_close(h);
	return fflush(stdout) == 0 ? 0 : 1;
}

int
alloc_command(struct args *a)
{
	bool bg = args_has(a, OPT_BG);
	json_t *files = json_object(), *options = broker_shell_options(a);
	json_t *words = broker_words(a, files, bg && a->ncommand == 0);
	struct payload p = {
		.command = words,
		.files = files,
		.options = options,
		.total = brokers_count(a),
	};
	json_t *jobspec;
	uint64_t id;

	for (int i = 0; i < a->ncommand; i++)
		json_array_append_new(words, json_string(a->command[i]));
	if (bg)
		set_path(options, "pty.capture", json_integer(1));
	else if (isatty(STDIN_FILENO))
		set_path(options, "pty.interactive", json_integer(1));
	jobspec = jobspec_build(a, &p);
	json_decref(words);
	json_decref(files);
	json_decref(options);
	if (args_has(a, OPT_DRY_RUN))
		return print_jobspec_new(a, jobspec, 1);
	id = submit_one(a, jobspec);
	json_decref(jobspec);
	if (bg)
		return wait_in_background(a, id);
	exec_attach(a, id);
}
