/* SPDX-License-Identifier: MIT */
/*
 * flux job eventlog and wait-event: print the logs of a job, or wait for one
 * entry of them.
 */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "eventfmt.h"
#include "job.h"
#include "joblog.h"

/* Both commands share how entries look. */
#define FORMAT_OPTIONS                                                      \
	{ "format", 'f', "FORMAT", "text (default) or json", 0 },           \
	    { "time-format", 'T', "FORMAT",                                 \
		    "raw (default), iso, offset or human", 0 },             \
	    { "human", 'H', NULL, "same as --time-format=human", 0 },       \
	    { "color", 'L', "[WHEN]",                                       \
		    "colour: always, never or auto (default)", 0 },         \
	{                                                                   \
		"path", 'p', "NAME",                                        \
		    "another log: exec, output, input, or a key under the " \
		    "job",                                                  \
		    0                                                       \
	}

static const char *
log_path(const char *name)
{
	static const char *const alias[][2] = {
		{ "exec", "guest.exec.eventlog" },
		{ "output", "guest.output" },
		{ "input", "guest.input" },
	};

	for (size_t i = 0; i < sizeof(alias) / sizeof(*alias); i++)
		if (strcmp(name, alias[i][0]) == 0)
			return alias[i][1];
	return name;
}

static bool
want_color(const char *when)
{
	if (!when || strcmp(when, "always") == 0)
		return true;
	if (strcmp(when, "never") == 0)
		return false;
	if (strcmp(when, "auto") != 0)
		errx(1, "Invalid argument to --color: '%s'", when);
	return isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
}

/* Returns false if c is none of FORMAT_OPTIONS. */
static bool
format_option(
    struct eventfmt *f, const char **path, const struct optparse *p, int c)
{
	switch (c) {
	case 'f':
		if (eventfmt_set_format(f, p->value) < 0)
			errx(1, "invalid format type '%s'", p->value);
		return true;
	case 'T':
		if (eventfmt_set_time(f, p->value) < 0)
			errx(1, "invalid time-format type '%s'", p->value);
		return true;
	case 'H':
		f->time = EVENTFMT_HUMAN;
		return true;
	case 'L':
		f->color = want_color(p->value);
		return true;
	case 'p':
		*path = log_path(p->value);
		return true;
	}
	return false;
}

static void
print(struct eventfmt *f, const struct event *e)
{
	char *line = eventfmt_line(f, e);

	if (!line)
		err(1, NULL);
	puts(line);
	free(line);
}

/* ---- eventlog ---- */

static void
print_line(struct eventfmt *f, const char *line)
{
	struct event e;

	if (event_decode(&e, line) < 0)
		errx(1, "malformed entry: %s", line);
	print(f, &e);
	event_fini(&e);
}

static void
print_all(struct eventfmt *f, char *text)
{
	char *line;

	while ((line = strsep(&text, "\n")))
		if (*line)
			print_line(f, line);
}

static void __attribute__((noreturn))
fail(uint64_t id, const char *arg, const char *path, const char *why)
{
	(void)id;
	if (strcmp(why, "invalid job id") == 0 || strcmp(path, "eventlog") == 0)
		errx(1, "job %s not found", arg);
	errx(1, "eventlog path %s not found", path);
}

static void
dump(struct eventfmt *f, const char *arg, const char *path)
{
	struct handle *h = tool_open_plain();
	uint64_t id = job_id(arg);
	json_t *out = NULL;
	const char *text;
	struct errmsg em;
	char *copy;

	if (handle_call_new(h, "job-info.lookup", NODEID_ANY,
		json_pack("{s:I s:[s] s:i}", "id", (json_int_t)id, "keys", path,
		    "flags", 0),
		&out, &em) < 0) {
		if (errno == ENOENT)
			fail(id, arg, path, em.text);
		errx(1, "%s", em.text);
	}
	text = json_string_value(json_object_get(out, path));
	if (!text || !(copy = strdup(text)))
		errx(1, "%s: no text", path);
	print_all(f, copy);
	free(copy);
	json_decref(out);
	handle_close(h);
}

struct follow {
	struct eventfmt *f;
	const char *arg, *path;
	uint64_t id;
};

static void
on_follow(struct handle *h, const struct reply *r, void *arg)
{
	struct follow *fo = arg;
	struct event e;

	(void)h;
	if (r->errnum == ENODATA)
		return;
	if (r->errnum == ENOENT)
		fail(fo->id, fo->arg, fo->path, r->text);
	if (r->errnum)
		errx(1, "%s", r->text);
	if (joblog_event(&e, r) < 0)
		return;
	print(fo->f, &e);
	fflush(stdout);
	event_fini(&e);
}

static void
follow(struct eventfmt *f, const char *arg, const char *path)
{
	struct follow fo = { f, arg, path, job_id(arg) };
	struct handle *h = tool_open_plain();

	if (joblog_watch(h, fo.id, path, 0, on_follow, &fo) < 0 ||
	    handle_run(h) < 0)
		err(1, "%s", path);
	handle_close(h);
}

int
cmd_eventlog(int argc, char **argv)
{
	static const struct opt opts[] = {
		FORMAT_OPTIONS,
		{ "follow", 'F', NULL, "follow the log until the job ends", 0 },
		{ 0 },
	};
	struct optparse p = {
		.usage = "eventlog [OPTIONS] ID",
		.summary = "Print the eventlog of a job",
		.example = "flux job eventlog --time-format=offset ƒ2MqUpqQm",
		.opts = opts,
	};
	struct eventfmt f = { 0 };
	const char *path = "eventlog";
	bool following = false;
	int c;

	f.color = want_color("auto");
	job_options(&p, argc, argv);
	while ((c = optparse_next(&p)) != -1)
		if (!format_option(&f, &path, &p, c))
			following = true;
	job_operands(&p, 1, 1);
	if (following)
		follow(&f, p.operands[0], path);
	else
		dump(&f, p.operands[0], path);
	optparse_fini(&p);
	return job_flush();
}

/* ---- wait-event ---- */

struct wait_event {
	struct eventfmt f;
	const char *arg, *path, *event;
	char *key; /* of --match-context, or NULL */
	const char *value;
	uint64_t id;
	int left;       /* matches still wanted */
	double timeout; /* seconds; 0 = for ever */
	bool quiet, verbose, waitcreate;
	bool found;
};

/* VAL is compared with the JSON text and with the bare string. */
static bool
context_matches(const struct wait_event *w, const json_t *context)
{
	const json_t *v = json_object_get(context, w->key);
	char *text;
	bool same;

	if (!v)
		return false;
	if (json_is_string(v) && strcmp(json_string_value(v), w->value) == 0)
		return true;
	text = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY);
	same = text && strcmp(text, w->value) == 0;
	free(text);
	return same;
}

static void
on_wait(struct handle *h, const struct reply *r, void *arg)
{
	struct wait_event *w = arg;
	struct event e;
	bool match;

	(void)h;
	if (w->found)
		return;
	if (r->errnum == ENODATA)
		errx(1, "event '%s' never received", w->event);
	if (r->errnum == ENOENT)
		fail(w->id, w->arg, w->path, r->text);
	if (r->errnum)
		errx(1, "%s", r->text);
	if (joblog_event(&e, r) < 0)
		return;
	match = strcmp(e.name, w->event) == 0 &&
		(!w->key || context_matches(w, e.context));
	if (match && --w->left == 0)
		w->found = true;
	if (w->quiet || !(w->verbose || w->found))
		eventfmt_skip(&w->f, &e);
	else
		print(&w->f, &e);
	event_fini(&e);
}

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void
run(struct wait_event *w)
{
	double deadline = now() + w->timeout;
	struct handle *h = tool_open_plain();

	if (joblog_watch(h, w->id, w->path,
		w->waitcreate ? JOBLOG_WAITCREATE : 0, on_wait, w) < 0)
		err(1, "%s", w->path);
	while (!w->found) {
		double left = deadline - now();

		fflush(stdout);
		if (w->timeout > 0 && left <= 0)
			errx(1, "wait-event timeout on event '%s'", w->event);
		if (handle_poll(
			h, w->timeout > 0 ? (int)(left * 1000) + 1 : -1) < 0 &&
		    errno != EINTR)
			err(1, "%s", w->path);
	}
	handle_close(h);
}

static void
set_match(struct wait_event *w, const char *value)
{
	const char *eq = strchr(value, '=');

	if (!eq)
		errx(1, "must specify a context test as key=value");
	free(w->key);
	if (!(w->key = strndup(value, eq - value)))
		err(1, NULL);
	w->value = eq + 1;
}

static void
wait_option(struct wait_event *w, const struct optparse *p, int c)
{
	switch (c) {
	case 't':
		w->timeout = job_option_fsd(p);
		break;
	case 'm':
		set_match(w, p->value);
		break;
	case 'c':
		w->left = job_option_int(p, -1000000, 1000000);
		if (w->left <= 0)
			errx(1, "count must be > 0");
		break;
	case 'q':
		w->quiet = true;
		break;
	case 'v':
		w->verbose = true;
		break;
	case 'W':
		w->waitcreate = true;
		break;
	}
}

int
cmd_wait_event(int argc, char **argv)
{
	static const struct opt opts[] = {
		FORMAT_OPTIONS,
		{ "timeout", 't', "FSD", "give up after this time", 0 },
		{ "match-context", 'm', "KEY=VAL",
		    "only an entry with this in its context", 0 },
		{ "count", 'c', "N", "the N-th entry that matches", 0 },
		{ "quiet", 'q', NULL, "do not print the entry", 0 },
		{ "verbose", 'v', NULL, "print the entries before it, too", 0 },
		{ "waitcreate", 'W', NULL, "wait for the log to exist", 0 },
		{ 0 },
	};
	struct optparse p = {
		.usage = "wait-event [OPTIONS] ID EVENT",
		.summary = "Wait for an entry in the eventlog of a job",
		.example = "flux job wait-event --timeout=1m ƒ2MqUpqQm start",
		.opts = opts,
	};
	struct wait_event w = { .path = "eventlog", .left = 1 };
	int c;

	w.f.color = want_color("auto");
	job_options(&p, argc, argv);
	while ((c = optparse_next(&p)) != -1)
		if (!format_option(&w.f, &w.path, &p, c))
			wait_option(&w, &p, c);
	job_operands(&p, 2, 2);
	w.arg = p.operands[0];
	w.event = p.operands[1];
	w.id = job_id(w.arg);
	run(&w);
	free(w.key);
	optparse_fini(&p);
	return job_flush();
}
