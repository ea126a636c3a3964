/* SPDX-License-Identifier: MIT */
/*
 * flux job attach: follow a job to its end, copy what it prints, feed it what
 * comes on stdin, and exit as it does.
 *
 * Three logs are followed. The main log says when the guest logs are worth
 * asking for and how the job ended; the exec log names the service of the
 * job's shell, where stdin and the pty are; the output log has the output.
 * Their order relative to each other is not defined. All is done when the
 * three have ended (protocol of flux-core, section 13).
 */
#include <err.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "attach.h"
#include "fsd.h"
#include "job.h"
#include "joblog.h"
#include "waitstatus.h"

double
attach_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

void
attach_fail(struct attach *a)
{
	a->failed = true;
	a->code = 1;
}

static void
set_status(struct attach *a, int status)
{
	a->finished = true;
	a->status_word = status;
	a->code = waitstatus_exit(status);
}

/* Said last: the logs are independent, so output may come after `finish`. */
static void
tell_status(struct attach *a)
{
	char text[64];

	if (!a->finished || a->failed || a->code == 0)
		return;
	fflush(stdout);
	warnx("%s", waitstatus_text(text, sizeof(text), a->status_word));
}

/* ---- the three logs ---- */

static void
watch(struct attach *a, struct attach_log *log, int flags, rpc_f cb)
{
	int64_t tag;

	if (log->open)
		return;
	tag = joblog_watch(a->h, a->id, log->path, flags, cb, a);
	if (tag < 0)
		err(1, "%s", log->path);
	log->tag = tag;
	log->open = true;
}

/* The reply is an entry to look at (true), or the end of the log. */
static bool
take(struct attach *a, struct attach_log *log, const struct reply *r,
    struct event *e)
{
	if (r->errnum == 0 && joblog_event(e, r) == 0)
		return true;
	if (r->errnum == 0 && errno == ENODATA) /* sentinel */
		return false;
	if (r->errnum == 0) {
		warnx("%s: malformed entry", log->path);
		return false;
	}
	log->open = false;
	if (r->errnum == ECONNRESET) {
		status_clear(a);
		warnx("lost the connection to the broker");
		attach_fail(a);
	} else if (r->errnum != ENODATA && log != &a->output) {
		warnx("%s: %s", log->path, r->text);
		attach_fail(a);
	}
	return false;
}

static void
on_output(struct handle *h, const struct reply *r, void *arg)
{
	struct attach *a = arg;
	struct event e;

	(void)h;
	if (take(a, &a->output, r, &e)) {
		output_event(a, &e);
		event_fini(&e);
	} else {
		output_backlog_done(a);
	}
}

static void
show_event(struct attach *a, const char *log, const struct event *e)
{
	char *context = NULL;

	fflush(stdout);
	if (e->context)
		context = json_dumps(e->context, JSON_COMPACT);
	fprintf(stderr, "%.3fs: %s.%s%s%s\n", e->timestamp - a->t_submit, log,
	    e->name, context ? " " : "", context ? context : "");
	free(context);
}

static void
on_shell_init(struct attach *a, const struct event *e)
{
	const char *service, *pty = NULL;
	int leader = 0;

	if (json_unpack(e->context, "{s:s s:i s?s}", "service", &service,
		"leader-rank", &leader, "pty", &pty) < 0 ||
	    !(a->service = strdup(service))) {
		warnx("shell.init: malformed entry");
		attach_fail(a);
		return;
	}
	a->leader = leader;
	watch(a, &a->output, a->o.tail >= 0 ? JOBLOG_SENTINEL : 0, on_output);
	if (pty)
		pty_start(a, pty);
	else if (!a->o.stdin_ranks) /* else when the tasks are known */
		input_start(a);
}

/* The main log was left before `finish` (--wait-event): `complete` of the
 * exec log tells the same. A shell that failed before shell.init has said why
 * in the output log. */
static void
on_complete(struct attach *a, const struct event *e)
{
	int status;

	if (!a->service)
		watch(a, &a->output, 0, on_output);
	if (!a->main.open && !a->finished &&
	    json_unpack(e->context, "{s:i}", "status", &status) == 0)
		set_status(a, status);
}

static void
on_shell_start(struct attach *a, const struct event *e)
{
	mpir_start(a, json_is_true(json_object_get(e->context, "sync")));
}

static const struct {
	const char *name;
	void (*f)(struct attach *a, const struct event *e);
} exec_events[] = {
	{ "shell.init", on_shell_init },
	{ "shell.start", on_shell_start },
	{ "complete", on_complete },
	{ "log", output_exec_log },
};

static void
on_exec(struct handle *h, const struct reply *r, void *arg)
{
	struct attach *a = arg;
	struct event e;

	(void)h;
	if (!take(a, &a->exec, r, &e))
		return;
	if (a->o.show_exec && strcmp(e.name, "log") != 0)
		show_event(a, "exec", &e);
	for (size_t i = 0; i < sizeof(exec_events) / sizeof(*exec_events); i++)
		if (strcmp(e.name, exec_events[i].name) == 0)
			exec_events[i].f(a, &e);
	event_fini(&e);
}

static void
show_exception(struct attach *a, const struct event *e)
{
	const char *type = "", *note = "";
	int severity = 0;

	json_unpack(e->context, "{s:s s:i s?s}", "type", &type, "severity",
	    &severity, "note", &note);
	status_clear(a);
	fflush(stdout);
	fprintf(stderr, "%.3fs: job.exception %s type=%s severity=%d %s\n",
	    e->timestamp - a->t_submit, a->f58, type, severity, note);
}

/* A job that failed may be run again: a memo of the broker says as which. */
static void
on_memo(struct attach *a, const struct event *e)
{
	const char *next = NULL;

	json_unpack(e->context, "{s:{s:s}}", "retry", "next", &next);
	if (next && fluid_parse(next, &a->next) < 0)
		a->next = 0;
}

static void
main_event(struct attach *a, const struct event *e)
{
	int status;

	if (strcmp(e->name, "submit") == 0) {
		a->t_submit = e->timestamp;
		watch(a, &a->exec, 0, on_exec);
	} else if (strcmp(e->name, "exception") == 0) {
		show_exception(a, e);
		return;
	} else if (strcmp(e->name, "finish") == 0 &&
		   json_unpack(e->context, "{s:i}", "status", &status) == 0) {
		set_status(a, status);
	} else if (strcmp(e->name, "memo") == 0) {
		on_memo(a, e);
	}
	if (a->o.show_events)
		show_event(a, "job", e);
}

/* The first answer decides whether there is such a job at all. */
static bool
refused(struct attach *a, const struct reply *r)
{
	if (a->t_submit != 0 || (r->errnum != ENOENT && r->errnum != EPERM))
		return false;
	a->main.open = false;
	warnx("Failed to attach to %s: %s", a->arg,
	    r->errnum == ENOENT ? "No such job" : "that is not your job");
	attach_fail(a);
	return true;
}

static void
on_main(struct handle *h, const struct reply *r, void *arg)
{
	struct attach *a = arg;
	struct event e;

	if (refused(a, r) || !take(a, &a->main, r, &e))
		return;
	status_event(a, e.name);
	main_event(a, &e);
	if (a->o.wait_event && strcmp(e.name, a->o.wait_event) == 0) {
		handle_rpc_forget(h, a->main.tag);
		joblog_cancel(h, a->main.tag);
		a->main.open = false;
	}
	event_fini(&e);
}

/* ---- the loop ---- */

static bool
busy(const struct attach *a)
{
	return !a->failed &&
	       (a->main.open || a->exec.open || a->output.open || a->pty.on);
}

enum { FD_BROKER, FD_STDIN, FD_SIGNAL, NFDS };

static int
wait_input(struct attach *a, struct pollfd *pfd)
{
	pfd[FD_BROKER].fd = handle_fd(a->h);
	pfd[FD_BROKER].events =
	    POLLIN | (handle_wants_write(a->h) ? POLLOUT : 0);
	pfd[FD_STDIN].fd = a->pty.on || input_wanted(a) ? STDIN_FILENO : -1;
	pfd[FD_STDIN].events = POLLIN;
	pfd[FD_SIGNAL].fd = a->sigfd;
	pfd[FD_SIGNAL].events = POLLIN;
	return poll(pfd, NFDS, status_timeout_ms(a));
}

static void
step(struct attach *a)
{
	struct pollfd pfd[NFDS] = { 0 };

	if (wait_input(a, pfd) < 0) {
		if (errno != EINTR)
			err(1, "poll");
		return;
	}
	if (pfd[FD_BROKER].revents & POLLOUT)
		handle_flush(a->h);
	if (pfd[FD_SIGNAL].revents)
		signals_read(a);
	/* input before output: what is sent now is answered the sooner */
	if (pfd[FD_STDIN].revents) {
		if (a->pty.on)
			pty_read(a);
		else
			input_read(a);
	}
	if (pfd[FD_BROKER].revents & (POLLIN | POLLHUP | POLLERR))
		handle_read(a->h);
	status_tick(a);
	if (fflush(stdout) == EOF) /* job_flush will tell */
		attach_fail(a);
}

static int
attach(struct attach *a)
{
	a->main.path = "eventlog";
	a->exec.path = "guest.exec.eventlog";
	a->output.path = "guest.output";
	a->code = 1;
	a->h = tool_open_plain();
	signals_init(a);
	status_init(a);
	watch(a, &a->main, 0, on_main);
	while (busy(a))
		step(a);
	pty_stop(a);
	status_clear(a);
	tell_status(a);
	output_fini(a);
	handle_close(a->h);
	free(a->service);
	free(a->in.ranks);
	free(a->status.queue);
	return job_flush() ? 1 : a->code;
}

/* The job, and those that it is run again as. */
static int
attach_all(const struct attach_opts *o, const char *arg, uint64_t id)
{
	struct attach a = { .next = id };
	int rc;

	do {
		a = (struct attach){
			.o = *o, .arg = arg, .id = a.next, .sigfd = -1
		};
		fluid_encode(a.f58, sizeof(a.f58), a.id, fluid_f58_form());
		if (a.id != id)
			warnx("run again as %s", a.f58);
		rc = attach(&a);
		if (a.sigfd >= 0)
			close(a.sigfd);
	} while (o->retry && a.next && !a.failed);
	return rc;
}

/* ---- options ---- */

enum { OPT_STATUS = 256, OPT_TAIL, OPT_DEBUG, OPT_RETRY };

static const struct opt opts[] = {
	{ "show-events", 'E', NULL, "show job events on stderr", 0 },
	{ "show-exec", 'X', NULL, "show exec events on stderr", 0 },
	{ "show-status", 0, NULL, "show the status line while pending",
	    OPT_STATUS },
	{ "wait-event", 'w', "NAME", "follow the job log up to event NAME", 0 },
	{ "label-io", 'l', NULL, "label output by task rank", 0 },
	{ "verbose", 'v', NULL, "tell where shell messages come from", 0 },
	{ "quiet", 'q', NULL, "no warnings and shell messages", 0 },
	{ "read-only", 'r', NULL, "do not read stdin or catch signals", 0 },
	{ "unbuffered", 'u', NULL, "send stdin as it comes", 0 },
	{ "stdin-ranks", 'i', "IDSET", "send stdin to these tasks only", 0 },
	{ "tail", 0, "[NUM]", "begin with the last NUM (10) lines", OPT_TAIL },
	{ "retry", 0, NULL, "if it is run again, go on with that job",
	    OPT_RETRY },
	{ "debug", 0, NULL, "let a parallel debugger attach", OPT_DEBUG },
	{ 0 },
};

static void
set_stdin_ranks(struct attach_opts *o, const char *value)
{
	idset_destroy(o->stdin_ranks);
	o->stdin_ranks = NULL;
	if (strcmp(value, "all") == 0)
		return;
	if (!(o->stdin_ranks = idset_decode(value)))
		err(1, "Invalid value '%s' for --stdin-ranks", value);
}

static void
set_option(struct attach_opts *o, int c, const struct optparse *p)
{
	switch (c) {
	case 'E':
		o->show_events = true;
		break;
	case 'X':
		o->show_exec = true;
		break;
	case OPT_STATUS:
		o->show_status = true;
		break;
	case 'w':
		o->wait_event = p->value;
		break;
	case 'l':
		o->label = true;
		break;
	case 'v':
		o->verbose++;
		break;
	case 'q':
		o->quiet = true;
		break;
	case 'r':
		o->read_only = true;
		break;
	case 'u':
		o->unbuffered = true;
		break;
	case 'i':
		set_stdin_ranks(o, p->value);
		break;
	case OPT_TAIL:
		o->tail = p->value ? job_option_int(p, 0, 1000000) : 10;
		break;
	case OPT_RETRY:
		o->retry = true;
		break;
	case OPT_DEBUG:
		o->debug = true;
		break;
	}
}

int
cmd_attach(int argc, char **argv)
{
	struct optparse p = {
		.usage = "attach [OPTIONS] ID",
		.summary = "Follow a job: copy its output, feed its input, "
			   "exit as it does",
		.example = "flux job attach --label-io ƒ2MqUpqQm",
		.opts = opts,
	};
	struct attach_opts o = { .tail = -1 };
	int c, rc;

	job_options(&p, argc, argv);
	while ((c = optparse_next(&p)) != -1)
		set_option(&o, c, &p);
	job_operands(&p, 1, 1);
	if (o.read_only && o.stdin_ranks)
		errx(1, "Do not use --stdin-ranks with --read-only");
	rc = attach_all(&o, p.operands[0], job_id(p.operands[0]));
	idset_destroy(o.stdin_ranks);
	optparse_fini(&p);
	return rc;
}
