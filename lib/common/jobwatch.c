/* SPDX-License-Identifier: MIT */
/*
 * Follow many jobs until they are done. Each job has up to three logs open:
 * the main log, the exec log from `start` on, the output log from shell.init
 * on. A job is done when all of them have ended.
 */
#include <sys/queue.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fluid.h"
#include "handle.h"
#include "iodata.h"
#include "joblog.h"
#include "jobwatch.h"
#include "shelllog.h"
#include "waitstatus.h"

enum phase { PENDING, RUNNING, COMPLETED, FAILED };

struct log {
	uint32_t tag;
	bool open;
};

struct job {
	SLIST_ENTRY(job) next;
	struct jobwatch *w;
	uint64_t id;
	char f58[FLUID_STRMAX];
	void *arg;
	enum phase phase;
	struct log main, exec, output;
	int code;       /* -1 = not known yet */
	bool reached;   /* the event that is waited for has come */
	uint64_t again; /* what it is run again as; 0 = it is not */
};

struct jobwatch {
	struct handle *h;
	struct jobwatch_conf conf;
	SLIST_HEAD(, job) jobs;
	double t0;    /* the first submission; 0 = none yet */
	int count[4]; /* by phase */
	int left;
	int code;
};

/* ---- text ---- */

static void __attribute__((format(printf, 3, 4)))
say(struct job *j, bool to_stderr, const char *fmt, ...)
{
	char *text;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	j->w->conf.write(j->w->conf.arg, j->arg, to_stderr, text, n);
	free(text);
}

static void
say_event(struct job *j, const char *prefix, const struct event *e)
{
	char *context =
	    e->context ? json_dumps(e->context, JSON_COMPACT | JSON_SORT_KEYS)
		       : NULL;

	say(j, true, "%s: %.3fs: %s%s %s\n", j->f58, e->timestamp - j->w->t0,
	    prefix, e->name, context ? context : "");
	free(context);
}

/* ---- phases ---- */

static void
set_phase(struct job *j, enum phase phase)
{
	struct jobwatch *w = j->w;

	if (j->phase == phase)
		return;
	w->count[j->phase]--;
	w->count[phase]++;
	j->phase = phase;
	if (w->conf.changed)
		w->conf.changed(w->conf.arg, w);
}

static void
set_code(struct job *j, int code)
{
	j->code = code;
	if (code > j->w->code)
		j->w->code = code;
	set_phase(j, code == 0 ? COMPLETED : FAILED);
}

/* A log has ended. */
static void
close_log(struct job *j, struct log *log)
{
	log->open = false;
	if (j->main.open || j->exec.open || j->output.open)
		return;
	if (j->again)
		j->w->count[j->phase]--; /* another takes its place */
	else if (j->code < 0 && !j->reached)
		set_code(j, 1);
	j->w->left--;
	if (j->again && jobwatch_add(j->w, j->again, j->arg) < 0)
		set_code(j, 1);
}

/* ---- output log ---- */

/* One piece with label and newline, so that lines of jobs do not mix. */
static void
say_labelled(struct job *j, const struct iodata *io, bool to_stderr)
{
	char head[FLUID_STRMAX + 64], *text;
	size_t n = snprintf(head, sizeof(head), "%s: %s: ", j->f58, io->rank);

	if (n >= sizeof(head))
		n = sizeof(head) - 1;
	if (!(text = malloc(n + io->len + 1)))
		return;
	memcpy(text, head, n);
	memcpy(text + n, io->data, io->len);
	n += io->len;
	if (text[n - 1] != '\n')
		text[n++] = '\n';
	j->w->conf.write(j->w->conf.arg, j->arg, to_stderr, text, n);
	free(text);
}

static void
on_data(struct job *j, const json_t *context)
{
	struct iodata io;
	bool to_stderr;

	if (iodata_decode(&io, context) < 0)
		return;
	to_stderr = strcmp(io.stream, "stderr") == 0; /* RFC 24 name */
	if (io.len > 0 && j->w->conf.label)
		say_labelled(j, &io, to_stderr);
	else if (io.len > 0)
		j->w->conf.write(
		    j->w->conf.arg, j->arg, to_stderr, io.data, io.len);
	iodata_fini(&io);
}

static void
on_redirect(struct job *j, const json_t *context)
{
	const char *stream = "", *rank = "", *path = "";
	bool label = j->w->conf.label;
	int n;

	json_unpack((json_t *)context, "{s:s s:s s:s}", "stream", &stream,
	    "rank", &rank, "path", &path);
	if (*rank == '[') /* ids of several tasks: without brackets here */
		rank++;
	n = strcspn(rank, "]");
	say(j, true, "%s%s%.*s: %s redirected to %s\n", label ? j->f58 : "",
	    label ? ": " : "", n, rank, stream, path);
}

static void
on_log(struct job *j, const struct event *e)
{
	bool label = j->w->conf.label;
	char *text = shelllog_text(e->context, false);

	if (text)
		say(j, true, "%s%s%s\n", label ? j->f58 : "", label ? ": " : "",
		    text);
	free(text);
}

/* Returns false at the end of the log. */
static bool
take(struct job *j, struct log *log, const struct reply *r, struct event *e)
{
	if (r->errnum == 0)
		return joblog_event(e, r) == 0;
	close_log(j, log);
	return false;
}

static void
on_output(struct handle *h, const struct reply *r, void *arg)
{
	struct job *j = arg;
	struct event e;

	(void)h;
	if (!take(j, &j->output, r, &e))
		return;
	if (strcmp(e.name, "data") == 0)
		on_data(j, e.context);
	else if (strcmp(e.name, "redirect") == 0)
		on_redirect(j, e.context);
	else if (strcmp(e.name, "log") == 0)
		on_log(j, &e);
	event_fini(&e);
}

/* ---- main and exec log ---- */

static int
watch(struct job *j, struct log *log, const char *path, rpc_f cb)
{
	int64_t tag;

	if (log->open)
		return 0;
	tag = joblog_watch(j->w->h, j->id, path, 0, cb, j);
	if (tag < 0)
		return -1;
	log->tag = tag;
	log->open = true;
	return 0;
}

static void
stop(struct job *j, struct log *log)
{
	if (!log->open)
		return;
	handle_rpc_forget(j->w->h, log->tag);
	joblog_cancel(j->w->h, log->tag);
	close_log(j, log);
}

/* Is this the event after which the job is of no interest? */
static bool
is_last(const struct job *j, const char *prefix, const char *name)
{
	const char *want = j->w->conf.wait_event;
	size_t n = strlen(prefix);

	return want && strncmp(want, prefix, n) == 0 &&
	       strcmp(want + n, name) == 0;
}

static void
on_exec(struct handle *h, const struct reply *r, void *arg)
{
	struct job *j = arg;
	const struct jobwatch_conf *c = &j->w->conf;
	struct event e;

	(void)h;
	if (!take(j, &j->exec, r, &e))
		return;
	if (c->verbose > 1)
		say_event(j, "exec.", &e);
	if (is_last(j, "exec.", e.name)) {
		j->reached = true;
		stop(j, &j->main);
		stop(j, &j->exec);
	} else if (c->output && (strcmp(e.name, "shell.init") == 0 ||
				    strcmp(e.name, "complete") == 0)) {
		/* A shell that failed early has said so without shell.init */
		watch(j, &j->output, "guest.output", on_output);
		stop(j, &j->exec); /* it has nothing more for us */
	}
	event_fini(&e);
}

static bool
wants_exec(const struct jobwatch_conf *c)
{
	return c->output ||
	       (c->wait_event && strncmp(c->wait_event, "exec.", 5) == 0);
}

static void
on_start(struct job *j, const struct event *e)
{
	(void)e;
	if (wants_exec(&j->w->conf))
		watch(j, &j->exec, "guest.exec.eventlog", on_exec);
}

static void
on_alloc(struct job *j, const struct event *e)
{
	(void)e;
	set_phase(j, RUNNING);
}

static void
on_exception(struct job *j, const struct event *e)
{
	const char *type = "", *note = "";
	int severity = -1;

	json_unpack(e->context, "{s:s s:i s?s}", "type", &type, "severity",
	    &severity, "note", &note);
	if (severity != 0)
		return;
	say(j, true, "job.exception: type=%s severity=0%s%s\n", type,
	    *note ? " " : "", note);
}

static void
on_memo(struct job *j, const struct event *e)
{
	const char *next = NULL;

	if (!j->w->conf.retry)
		return;
	json_unpack(e->context, "{s:{s:s}}", "retry", "next", &next);
	if (next && fluid_parse(next, &j->again) < 0)
		j->again = 0;
}

static void
on_finish(struct job *j, const struct event *e)
{
	char again[FLUID_STRMAX];
	int status = 0;

	json_unpack(e->context, "{s:i}", "status", &status);
	if (j->again)
		fluid_encode(again, sizeof(again), j->again, fluid_f58_form());
	else
		set_code(j, waitstatus_exit(status));
	if (j->w->conf.verbose > 0)
		say(j, true, "%s: %.3fs: %s: status=%d%s%s\n", j->f58,
		    e->timestamp - j->w->t0,
		    status == 0 ? "complete" : "failed", status,
		    j->again ? ", run again as " : "", j->again ? again : "");
}

static const struct {
	const char *name;
	void (*f)(struct job *j, const struct event *e);
} main_events[] = {
	{ "alloc", on_alloc },
	{ "start", on_start },
	{ "exception", on_exception },
	{ "memo", on_memo },
	{ "finish", on_finish },
};
enum { NEVENTS = sizeof(main_events) / sizeof(*main_events) };

static void
on_main(struct handle *h, const struct reply *r, void *arg)
{
	struct job *j = arg;
	struct event e;

	(void)h;
	if (!take(j, &j->main, r, &e))
		return;
	if (j->w->t0 == 0)
		j->w->t0 = e.timestamp;
	if (j->w->conf.verbose > 1)
		say_event(j, "", &e);
	for (int i = 0; i < NEVENTS; i++)
		if (strcmp(e.name, main_events[i].name) == 0)
			main_events[i].f(j, &e);
	if (is_last(j, "", e.name)) {
		j->reached = true;
		stop(j, &j->main);
	}
	event_fini(&e);
}

/* ---- public ---- */

struct jobwatch *
jobwatch_create(struct handle *h, const struct jobwatch_conf *conf)
{
	struct jobwatch *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->h = h;
	w->conf = *conf;
	SLIST_INIT(&w->jobs);
	return w;
}

static void
forget(struct job *j, const struct log *log)
{
	if (log->open)
		handle_rpc_forget(j->w->h, log->tag);
}

void
jobwatch_destroy(struct jobwatch *w)
{
	struct job *j;

	if (!w)
		return;
	while ((j = SLIST_FIRST(&w->jobs))) {
		SLIST_REMOVE_HEAD(&w->jobs, next);
		forget(j, &j->main);
		forget(j, &j->exec);
		forget(j, &j->output);
		free(j);
	}
	free(w);
}

int
jobwatch_add(struct jobwatch *w, uint64_t id, void *arg)
{
	struct job *j = calloc(1, sizeof(*j));

	if (!j)
		return -1;
	j->w = w;
	j->id = id;
	j->arg = arg;
	j->code = -1;
	fluid_encode(j->f58, sizeof(j->f58), id, fluid_f58_form());
	if (watch(j, &j->main, "eventlog", on_main) < 0) {
		free(j);
		return -1;
	}
	SLIST_INSERT_HEAD(&w->jobs, j, next);
	w->left++;
	w->count[PENDING]++;
	return 0;
}

int
jobwatch_left(const struct jobwatch *w)
{
	return w->left;
}

struct jobwatch_count
jobwatch_count(const struct jobwatch *w)
{
	struct jobwatch_count c = {
		.pending = w->count[PENDING],
		.running = w->count[RUNNING],
		.completed = w->count[COMPLETED],
		.failed = w->count[FAILED],
	};

	c.total = c.pending + c.running + c.completed + c.failed;
	return c;
}

int
jobwatch_exit(const struct jobwatch *w)
{
	return w->code;
}
