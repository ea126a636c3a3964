/* SPDX-License-Identifier: MIT */
/*
 * How a job ended: its result from the eventlog; for a failed one also which
 * task, where, and the last lines on its standard error, from the logs that
 * the shell wrote.
 */
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iodata.h"
#include "jobinfo.h"
#include "joblog.h"
#include "optparse.h"
#include "rset.h"
#include "shelllog.h"
#include "taskmap.h"
#include "waitstatus.h"
#include "why.h"

enum { LINES_MAX = 10, TASKS_MAX = 100, NODES_MAX = 100, LOG_ERR = 3 };

struct logs {
	struct job *j;
	struct taskmap *map;           /* NULL = not told */
	struct rset *r;                /* NULL = may not be read */
	json_t *tasks, *nodes, *lines; /* of the report */
	long ntasks;                   /* those that failed */
};

/* ---- tasks ---- */

static void
set_code(json_t *o, int status)
{
	int code = waitstatus_exit(status);

	json_object_set_new(o, "exitcode", json_integer(code));
	if (code > 128 && strsignal(code - 128))
		json_object_set_new(o, "signal", json_integer(code - 128));
}

static const char *
host_of(const struct logs *l, int task)
{
	int node = l->map ? taskmap_node(l->map, task) : -1;

	return node >= 0 && l->r && (size_t)node < l->r->nnodes
		   ? l->r->nodes[node].host
		   : NULL;
}

static void
on_task_exit(struct logs *l, const json_t *context)
{
	int rank = -1, status = 0;
	const char *host;
	json_t *o;

	if (json_unpack((json_t *)context, "{s:i s:i}", "rank", &rank,
		"wait_status", &status) < 0 ||
	    status == 0)
		return;
	l->ntasks++;
	if (json_array_size(l->tasks) == TASKS_MAX)
		return;
	host = host_of(l, rank);
	o = json_pack("{s:i s:s*}", "rank", rank, "host", host);
	set_code(o, status);
	json_array_append_new(l->tasks, o);
}

/* Of the tasks only the one that ended first is in the log; of the nodes those
 * on which some task failed. */
static void
on_shell_exit(struct logs *l, const json_t *context)
{
	const struct rset_node *n;
	int rank = -1, status = 0;
	json_t *o;

	if (json_unpack((json_t *)context, "{s:i s:i}", "rank", &rank,
		"wait_status", &status) < 0 ||
	    status == 0 || json_array_size(l->nodes) == NODES_MAX)
		return;
	n = l->r && rank >= 0 ? rset_find(l->r, rank) : NULL;
	o = json_pack("{s:i s:s*}", "rank", rank, "host", n ? n->host : NULL);
	set_code(o, status);
	json_array_append_new(l->nodes, o);
}

static void
exec_event(struct logs *l, const struct event *e)
{
	struct errmsg em;

	if (strcmp(e->name, "shell.start") == 0 && !l->map)
		l->map = taskmap_decode_json(
		    json_object_get(e->context, "taskmap"), &em);
	else if (strcmp(e->name, "shell.task-exit") == 0)
		on_task_exit(l, e->context);
	else if (strcmp(e->name, "shell-exit") == 0)
		on_shell_exit(l, e->context);
}

/* ---- standard error ---- */

static void
add_line(struct logs *l, const char *rank, const char *text, size_t len)
{
	json_t *s = json_stringn(text, len);
	json_t *o = json_pack("{s:s* s:o}", "rank", rank, "text",
	    s ? s : json_string("(not UTF-8)"));

	json_array_append_new(l->lines, o);
	if (json_array_size(l->lines) > LINES_MAX)
		json_array_remove(l->lines, 0);
}

/* Shells send whole lines, but for the last one of a task. */
static void
on_data(struct logs *l, const json_t *context)
{
	struct iodata io;
	const char *p, *end, *nl;

	if (iodata_decode(&io, context) < 0)
		return;
	if (strcmp(io.stream, "stderr") == 0) {
		end = io.data + io.len;
		for (p = io.data; p < end; p = nl + 1) {
			if (!(nl = memchr(p, '\n', end - p)))
				nl = end;
			add_line(l, io.rank, p, nl - p);
		}
	}
	iodata_fini(&io);
}

static void
on_redirect(struct logs *l, const json_t *context)
{
	const char *stream = get_text(context, "stream");
	const char *path = get_text(context, "path");

	if (stream && path && strcmp(stream, "stderr") == 0)
		json_object_set_new(
		    l->j->report, "stderr_path", json_string(path));
}

/* What the shell complains of belongs to it. */
static void
on_log(struct logs *l, const json_t *context)
{
	char *text;

	if (get_int(context, "level") > LOG_ERR)
		return;
	if ((text = shelllog_text(context, false)))
		add_line(l, NULL, text, strlen(text));
	free(text);
}

static void
output_event(struct logs *l, const struct event *e)
{
	if (strcmp(e->name, "data") == 0)
		on_data(l, e->context);
	else if (strcmp(e->name, "redirect") == 0)
		on_redirect(l, e->context);
	else if (strcmp(e->name, "log") == 0)
		on_log(l, e->context);
}

/* ---- reading them ---- */

struct reading {
	struct logs *logs;
	void (*event)(struct logs *l, const struct event *e);
};

static void
on_entry(struct handle *h, const struct reply *r, void *arg)
{
	struct reading *rd = arg;
	struct event e;

	(void)h;
	if (r->errnum || joblog_event(&e, r) < 0)
		return;
	rd->event(rd->logs, &e);
	event_fini(&e);
}

/* Of a job that ran inside another there is the text. */
static void
read_kept(struct why *w, struct reading *rd, const char *key)
{
	json_t *answer, *events, *o;
	struct event e;
	size_t i;

	ask_job_key(rd->logs->j, key, &answer);
	run(w);
	events = decode_events(get_text(answer, key));
	json_array_foreach(events, i, o) {
		char *line = json_dumps(o, JSON_COMPACT);

		if (line && event_decode(&e, line) == 0) {
			rd->event(rd->logs, &e);
			event_fini(&e);
		}
		free(line);
	}
	json_decref(events);
	json_decref(answer);
}

static void
read_log(struct why *w, struct reading *rd, const char *key)
{
	const struct job *j = rd->logs->j;

	if (j->path.inner)
		read_kept(w, rd, key);
	else if (joblog_watch(w->h, j->id, key, 0, on_entry, rd) < 0)
		tool_fail("%s: %s", j->arg, strerror(errno));
}

/* The task map comes before the tasks in the log, the hosts before both. */
static void
read_logs(struct why *w, struct job *j)
{
	struct logs l = { .j = j,
		.tasks = json_array(),
		.nodes = json_array(),
		.lines = json_array() };
	struct reading exec = { &l, exec_event };
	struct reading output = { &l, output_event };
	struct errmsg em;
	json_t *answer;

	ask_job_key(j, "R", &answer);
	run(w);
	if (answer)
		l.r = rset_decode(json_object_get(answer, "R"), &em);
	json_decref(answer);
	read_log(w, &exec, "guest.exec.eventlog");
	read_log(w, &output, "guest.output");
	run(w);
	json_object_set_new(j->report, "tasks", l.tasks);
	if (l.ntasks > (long)json_array_size(l.tasks))
		json_object_set_new(
		    j->report, "ntasks_failed", json_integer(l.ntasks));
	json_object_set_new(j->report, "nodes", l.nodes);
	json_object_set_new(j->report, "stderr", l.lines);
	taskmap_destroy(l.map);
	rset_destroy(l.r);
}

/* ---- the eventlog ---- */

/* The context of the first fatal exception, or NULL. */
static const json_t *
fatal_exception(const struct job *j)
{
	json_t *e;
	size_t i;

	json_array_foreach(j->events, i, e) {
		const json_t *c = json_object_get(e, "context");
		const char *name = get_text(e, "name");

		if (name && strcmp(name, "exception") == 0 &&
		    get_int(c, "severity") == 0)
			return c;
	}
	return NULL;
}

static void
set_exception(struct job *j, const json_t *c)
{
	const char *type = get_text(c, "type"), *note = get_text(c, "note");
	json_t *o;

	if (!type)
		type = get_text(j->info, "exception_type");
	if (!note)
		note = get_text(j->info, "exception_note");
	if (!type)
		return;
	o = json_pack("{s:s s:s}", "type", type, "note", note ? note : "");
	if (json_object_get(c, "userid"))
		json_object_set_new(o, "user", user_text(get_int(c, "userid")));
	json_object_set_new(j->report, "exception", o);
}

/* What the tasks used, if the broker is one that tells it. */
static void
set_usage(struct job *j)
{
	json_t *e, *maxrss, *cputime;
	size_t i;

	json_array_foreach(j->events, i, e) {
		const json_t *c = json_object_get(e, "context");
		const char *name = get_text(e, "name");

		if (!name || strcmp(name, "finish") != 0)
			continue;
		maxrss = json_object_get(c, "maxrss");
		cputime = json_object_get(c, "cputime");
		if (json_is_integer(maxrss) && json_is_number(cputime)) {
			json_object_set(j->report, "maxrss", maxrss);
			json_object_set(j->report, "cputime", cputime);
		}
	}
}

static void
set_times(struct job *j)
{
	double start = get_number(j->info, "t_run");
	double end = get_number(j->info, "t_cleanup");

	if (end <= 0)
		end = get_number(j->info, "t_inactive");
	json_object_set_new(j->report, "end", json_real(end));
	if (start > 0)
		json_object_set_new(
		    j->report, "runtime", json_real(end - start));
}

/* ---- sentences ---- */

static void
set_reason(struct job *j, const char *reason, json_t *text_new)
{
	json_object_set_new(j->report, "reason", json_string(reason));
	json_object_set_new(j->report, "text", text_new);
}

static void
report_canceled(struct job *j)
{
	const json_t *c = json_object_get(j->report, "exception");
	const char *user = get_text(c, "user"), *note = get_text(c, "note");
	bool ran = json_object_get(j->report, "runtime") != NULL;

	set_reason(j, "canceled",
	    textf("canceled%s%s%s%s%s", user ? " by " : "", user ? user : "",
		ran ? "" : " before it ran", note && *note ? ": " : "",
		note ? note : ""));
}

static void
report_timeout(struct job *j)
{
	char limit[32];

	set_reason(j, "timeout",
	    textf("ended at its time limit of %s",
		span_text(
		    limit, sizeof(limit), get_number(j->info, "duration"))));
}

static void
report_failed(struct why *w, struct job *j)
{
	const json_t *c = json_object_get(j->report, "exception");
	json_t *status = json_object_get(j->info, "waitstatus");
	int code = json_integer_value(status);
	const char *note = get_text(c, "note");
	char text[128], *again = rerun_command(j);

	if (fatal_exception(j) || (!status && c))
		set_reason(j, "exception",
		    textf("failed, exception %s%s%s", get_text(c, "type"),
			note && *note ? ": " : "", note ? note : ""));
	else
		set_reason(j,
		    WIFSIGNALED(code) || waitstatus_exit(code) > 128 ? "signal"
								     : "exit",
		    textf("failed, %s",
			waitstatus_text(text, sizeof(text), code)));
	if (status) {
		json_object_set(j->report, "waitstatus", status);
		set_code(j->report, code);
		read_logs(w, j);
	}
	if (again)
		json_object_set_new(j->report, "command", json_string(again));
	free(again);
}

void
report_ended(struct why *w, struct job *j)
{
	static const struct {
		int bit;
		const char *name;
	} results[] = { { JOB_COMPLETED, "COMPLETED" },
		{ JOB_FAILED, "FAILED" }, { JOB_CANCELED, "CANCELED" },
		{ JOB_TIMEOUT, "TIMEOUT" } };
	int result = get_int(j->info, "result");
	char span[32];

	for (size_t i = 0; i < sizeof(results) / sizeof(*results); i++)
		if (results[i].bit == result)
			json_object_set_new(
			    j->report, "result", json_string(results[i].name));
	set_times(j);
	set_usage(j);
	set_exception(j, fatal_exception(j));
	if (result == JOB_CANCELED)
		report_canceled(j);
	else if (result == JOB_TIMEOUT)
		report_timeout(j);
	else if (result == JOB_COMPLETED)
		set_reason(j, "completed",
		    textf("completed after %s",
			span_text(span, sizeof(span),
			    get_number(j->report, "runtime"))));
	else
		report_failed(w, j);
}
