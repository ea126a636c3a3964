/* SPDX-License-Identifier: MIT */
/*
 * flux job status: how jobs ended, from their eventlogs.
 */
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "job.h"
#include "joblog.h"
#include "waitstatus.h"

enum { COMPLETED = 1, FAILED = 2, CANCELED = 4, TIMEOUT = 8 };

struct job_end {
	const char *arg;
	uint64_t id;
	double t_submit, t_run, t_cleanup; /* 0 = did not happen */
	int status;                        /* -1 = never started */
	int severity;                      /* of the exception; -1 = none */
	char *type, *note;
};

/* The most severe exception counts; the first one of equals. */
static void
on_exception(struct job_end *j, const struct event *e)
{
	const char *type, *note = "";
	int severity;

	if (json_unpack(e->context, "{s:s s:i s?s}", "type", &type, "severity",
		&severity, "note", &note) < 0)
		return;
	if (j->severity >= 0 && j->severity <= severity)
		return;
	free(j->type);
	free(j->note);
	j->severity = severity;
	j->type = strdup(type);
	j->note = strdup(note);
	if (!j->type || !j->note)
		err(1, NULL);
}

static void
fold(struct job_end *j, const struct event *e)
{
	if (strcmp(e->name, "submit") == 0) {
		j->t_submit = e->timestamp;
	} else if (strcmp(e->name, "alloc") == 0) {
		j->t_run = e->timestamp;
	} else if (strcmp(e->name, "exception") == 0) {
		on_exception(j, e);
	} else if (strcmp(e->name, "finish") == 0) {
		json_unpack(e->context, "{s:i}", "status", &j->status);
		j->t_cleanup = e->timestamp;
	}
}

static void
on_event(struct handle *h, const struct reply *r, void *arg)
{
	struct job_end *j = arg;
	struct event e;

	(void)h;
	if (r->errnum == ENODATA)
		return;
	if (r->errnum)
		errx(1, "%s: %s", j->arg,
		    r->errnum == ENOENT ? "No such job" : r->text);
	if (joblog_event(&e, r) < 0)
		return;
	fold(j, &e);
	event_fini(&e);
}

static bool
fatal(const struct job_end *j)
{
	return j->severity == 0;
}

static int
result(const struct job_end *j)
{
	if (j->status == 0)
		return COMPLETED;
	if (fatal(j) && strcmp(j->type, "cancel") == 0)
		return CANCELED;
	if (fatal(j) && strcmp(j->type, "timeout") == 0)
		return TIMEOUT;
	return FAILED;
}

static void
print_json(const struct job_end *j)
{
	json_t *o = json_pack("{s:I s:b s:f}", "id", (json_int_t)j->id,
	    "exception_occurred", j->severity >= 0, "t_submit", j->t_submit);
	char *s;

	if (j->t_run > 0)
		json_object_set_new(o, "t_run", json_real(j->t_run));
	if (j->severity >= 0) {
		json_object_set_new(o, "exception_type", json_string(j->type));
		json_object_set_new(o, "exception_note", json_string(j->note));
		json_object_set_new(
		    o, "exception_severity", json_integer(j->severity));
	}
	if (j->t_cleanup > 0)
		json_object_set_new(o, "t_cleanup", json_real(j->t_cleanup));
	if (j->status >= 0)
		json_object_set_new(o, "waitstatus", json_integer(j->status));
	json_object_set_new(o, "result", json_integer(result(j)));
	if (!(s = json_dumps(o, JSON_COMPACT)))
		err(1, NULL);
	puts(s);
	free(s);
	json_decref(o);
}

/* What a shell makes of a signal, or of a command that is not there. */
static const char *
code_text(int code)
{
	if (code == 126)
		return "command cannot be executed";
	if (code == 127)
		return "command not found";
	return code > 128 ? sigdescr_np(code - 128) : NULL;
}

static void
print_exit(const struct job_end *j)
{
	int code = j->status < 0 ? 1 : WEXITSTATUS(j->status);
	const char *text = code_text(code);

	warnx("%s: exited with exit code %d%s%s%s", j->arg, code,
	    text ? " (" : "", text ? text : "", text ? ")" : "");
}

static void
print_text(const struct job_end *j, int verbose)
{
	if (fatal(j))
		warnx("%s: exception type=%s%s%s", j->arg, j->type,
		    *j->note ? " note=" : "", j->note);
	else if (j->status > 0 && WIFSIGNALED(j->status))
		warnx("%s: job shell died by signal %d", j->arg,
		    WTERMSIG(j->status));
	else if (j->status != 0 || verbose > 1)
		print_exit(j);
}

static int
exit_code(const struct job_end *j, int exception_code)
{
	int code = j->status < 0 ? 0 : waitstatus_exit(j->status);

	if (fatal(j) && code < exception_code)
		return exception_code;
	return j->status < 0 && code == 0 ? 1 : code;
}

static void
collect(struct job_end *jobs, const struct optparse *p)
{
	struct handle *h = tool_open_plain();

	for (int i = 0; i < p->noperands; i++) {
		struct job_end *j = &jobs[i];

		j->arg = p->operands[i];
		j->id = job_id(j->arg);
		j->status = j->severity = -1;
		if (joblog_watch(h, j->id, "eventlog", 0, on_event, j) < 0)
			err(1, "%s", j->arg);
	}
	if (handle_run(h) < 0)
		err(1, "eventlog");
	handle_close(h);
}

static const struct opt status_opts[] = {
	{ "verbose", 'v', NULL, "say how failed jobs ended; -vv: all jobs", 0 },
	{ "json", 'j', NULL, "print one JSON object a job", 0 },
	{ "exception-exit-code", 'e', "N",
	    "code of jobs that ended by an exception alone (1)", 0 },
	{ 0 },
};

int
cmd_status(int argc, char **argv)
{
	struct optparse p = {
		.usage = "status [OPTIONS] ID...",
		.summary = "Wait for jobs, and exit with the largest exit code",
		.example = "flux job status -v ƒ2MqUpqQm ƒ2Mtrn13Z",
		.opts = status_opts,
	};
	int verbose = 0, code = 0, exception_code = 1, c;
	bool json = false;
	struct job_end *jobs;

	job_options(&p, argc, argv);
	while ((c = optparse_next(&p)) != -1) {
		verbose += c == 'v';
		json |= c == 'j';
		if (c == 'e')
			exception_code = job_option_int(&p, 0, 255);
	}
	job_operands(&p, 1, -1);
	if (!(jobs = calloc(p.noperands, sizeof(*jobs))))
		err(1, NULL);
	if (verbose > 1 && p.noperands > 1)
		warnx("fetching status for %d jobs", p.noperands);
	collect(jobs, &p);
	if (verbose > 1 && p.noperands > 1)
		warnx("all done.");
	for (int i = 0; i < p.noperands; i++) {
		int n = exit_code(&jobs[i], exception_code);

		if (json)
			print_json(&jobs[i]);
		if (verbose > 0)
			print_text(&jobs[i], verbose);
		if (n > code)
			code = n;
		free(jobs[i].type);
		free(jobs[i].note);
	}
	free(jobs);
	optparse_fini(&p);
	return job_flush() ? 1 : code;
}
