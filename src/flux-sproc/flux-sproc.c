/* SPDX-License-Identifier: MIT */
/*
 * flux sproc: the processes that the service rexec of a broker, or of a job's
 * shells, runs; end them and collect the status of those that were left in the
 * background with flux exec --bg --waitable.
 */
#include <err.h>
#include <limits.h>
#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "handle.h"
#include "iodata.h"
#include "optparse.h"
#include "waitstatus.h"

/* Which service of which broker: what all subcommands share. */
struct server {
	struct handle *h;
	const char *service;
	uint32_t rank;
};

static const struct opt server_options[] = {
	{ "rank", 'r', "RANK", "ask this broker (default: the one here)", 0 },
	{ "service", 's', "NAME", "ask this service (default: rexec)", 0 },
	{ 0 },
};

/* True if the option was one of these. */
static bool
server_option(struct server *s, const struct optparse *p, int c)
{
	const char *why;

	if (c == 's')
		s->service = p->value;
	if (c == 'r') {
		s->rank = (uint32_t)strtonum(p->value, 0, INT_MAX, &why);
		if (why)
			optparse_fail(p,
			    "invalid value '%s' for --rank: must be a rank",
			    p->value);
	}
	return c == 's' || c == 'r';
}

static void
server_open(struct server *s)
{

	s->h = tool_open();
}

/* The answer (a new reference, or NULL if it has none). */
static json_t *
call(const struct server *s, const char *method, json_t *payload_new)
{
	json_t *answer = NULL;
	struct errmsg em;
	char topic[256];

	snprintf(topic, sizeof(topic), "%s.%s", s->service, method);
	if (handle_call_new(s->h, topic, s->rank, payload_new, &answer, &em) <
	    0)
		tool_fail("%s: %s", method, em.text);
	return answer;
}

/* A number is a pid, all others are labels. */
static json_t *
process(const char *name)
{
	const char *why;
	int pid = (int)strtonum(name, 1, INT_MAX, &why);

	if (!why)
		return json_pack("{s:i}", "pid", pid);
	return json_pack("{s:i s:s}", "pid", -1, "label", name);
}

/* ---- ps ---- */

enum { ROW_PID, ROW_STATE, ROW_LABEL, ROW_CMD, ROW_RANK };

struct row {
	const json_t *proc;
	json_int_t rank;
};

static int
row_get(const void *arg, const struct field *f, const char *rest,
    struct value *v, struct errmsg *em)
{
	const struct row *r = arg;
	const json_t *o = json_object_get(r->proc, f->name);
	const char *s = json_string_value(o);

	(void)rest;
	(void)em;
	if (f->arg == ROW_RANK)
		return value_int(v, r->rank);
	if (f->arg == ROW_PID)
		return value_int(v, json_integer_value(o));
	return value_str(v, s && *s ? s : "-");
}

static const struct field fields[] = {
	{ "pid", NULL, row_get, ROW_PID, NULL },
	{ "state", "ST", row_get, ROW_STATE, NULL },
	{ "label", NULL, row_get, ROW_LABEL, NULL },
	{ "cmd", "COMMAND", row_get, ROW_CMD, NULL },
	{ "rank", NULL, row_get, ROW_RANK, NULL },
	{ 0 },
};

static void
print_line(char *line_new, const struct errmsg *em)
{
	if (!line_new)
		tool_fail("%s", em->text);
	if (*line_new)
		puts(line_new);
	free(line_new);
}

static void
print_table(const json_t *answer, struct format *f, bool with_header)
{
	struct row r = { .rank = 0 };
	struct errmsg em;
	json_t *o;
	size_t i;

	format_adapt(f, with_header);
	if (with_header)
		print_line(format_header(f, &em), &em);
	json_unpack((json_t *)answer, "{s:I}", "rank", &r.rank);
	json_array_foreach(json_object_get(answer, "procs"), i, o) {
		r.proc = o;
		print_line(format_row(f, &r, &em), &em);
	}
}

static void
print_json(json_t *answer)
{
	json_t *o = json_pack("{s:i s:O s:O}", "version", 1, "rank",
	    json_object_get(answer, "rank"), "procs",
	    json_object_get(answer, "procs"));
	char *s = o ? json_dumps(o, JSON_COMPACT) : NULL;

	if (!s)
		tool_fail("ps: malformed answer");
	puts(s);
	free(s);
	json_decref(o);
}

static const struct opt ps_options[] = {
	{ "format", 'o', "FORMAT", "what to print, see flux-format(7)", 0 },
	{ "no-header", 'n', NULL, "print no header", 0 },
	{ "json", 'j', NULL, "print a JSON object", 0 },
	{ 0 },
};

static int
cmd_ps(int argc, char **argv)
{
	struct optparse p = {
		.usage = "ps [OPTIONS]",
		.summary = "list the processes of a broker",
		.example = "flux sproc ps -r 1",
		.opts = ps_options,
		.more = server_options,
	};
	struct server s = { .service = "rexec", .rank = NODEID_ANY };
	const char *text = "{pid:>9} {state:<2} {label:<12} {cmd}";
	bool header = true, as_json = false;
	struct format *f;
	struct errmsg em;
	json_t *answer;
	int c;

	optparse_init(&p, argc, argv);
	while ((c = optparse_next(&p)) != -1) {
		if (!server_option(&s, &p, c) && c == 'o')
			text = p.value;
		header &= c != 'n';
		as_json |= c == 'j';
	}
	if (p.noperands > 0)
		optparse_fail(&p, "unexpected argument '%s'", p.operands[0]);
	if (!(f = format_parse(text, fields, &em)))
		tool_fail("%s", em.text);
	server_open(&s);
	answer = call(&s, "list", json_object());
	if (as_json)
		print_json(answer);
	else
		print_table(answer, f, header);
	json_decref(answer);
	format_destroy(f);
	handle_close(s.h);
	optparse_fini(&p);
	return tool_finish(0);
}

/* ---- wait ---- */

static void
write_output(const json_t *list)
{
	struct iodata io;
	json_t *o;
	size_t i;

	json_array_foreach(list, i, o) {
		if (iodata_decode(&io, o) < 0)
			tool_fail("wait: malformed output");
		fwrite(io.data ? io.data : "", 1, io.len,
		    strcmp(io.stream, "stderr") == 0 ? stderr : stdout);
		iodata_fini(&io);
	}
}

/* The exit code of the process. */
static int
wait_for(const struct server *s, const char *name, bool with_output)
{
	json_t *answer = call(s, "wait", process(name));
	int status;

	if (json_unpack(answer, "{s:i}", "status", &status) < 0)
		tool_fail("wait: malformed answer");
	if (with_output)
		write_output(json_object_get(answer, "output"));
	json_decref(answer);
	return waitstatus_exit(status);
}

static const struct opt wait_options[] = {
	{ "output", 'o', NULL, "print what it has written", 0 },
	{ 0 },
};

static int
cmd_wait(int argc, char **argv)
{
	struct optparse p = {
		.usage = "wait [OPTIONS] PID|LABEL",
		.summary = "wait for a process, and end as it did",
		.example = "flux sproc wait -o -r 1 step",
		.opts = wait_options,
		.more = server_options,
	};
	struct server s = { .service = "rexec", .rank = NODEID_ANY };
	bool with_output = false;
	int c, code;

	optparse_init(&p, argc, argv);
	while ((c = optparse_next(&p)) != -1)
		with_output |= !server_option(&s, &p, c);
	if (p.noperands != 1)
		optparse_fail(&p, "one PID or LABEL is required");
	server_open(&s);
	code = wait_for(&s, p.operands[0], with_output);
	handle_close(s.h);
	optparse_fini(&p);
	return tool_finish(code);
}

/* ---- kill ---- */

static const struct opt kill_options[] = {
	{ "wait", 'w', NULL, "wait for it then, and end as it did", 0 },
	{ 0 },
};

static int
cmd_kill(int argc, char **argv)
{
	struct optparse p = {
		.usage = "kill [OPTIONS] SIGNUM PID|LABEL",
		.summary = "send a signal to a process",
		.example = "flux sproc kill -r 1 15 step",
		.opts = kill_options,
		.more = server_options,
	};
	struct server s = { .service = "rexec", .rank = NODEID_ANY };
	int c, signum, code = 0;
	bool waits = false;
	const char *why;
	json_t *o;

	optparse_init(&p, argc, argv);
	while ((c = optparse_next(&p)) != -1)
		waits |= !server_option(&s, &p, c);
	if (p.noperands != 2)
		optparse_fail(&p, "a SIGNUM and one PID or LABEL are required");
	signum = (int)strtonum(p.operands[0], 1, INT_MAX, &why);
	if (why)
		tool_fail("invalid signal number '%s'", p.operands[0]);
	server_open(&s);
	o = process(p.operands[1]);
	json_object_set_new(o, "signum", json_integer(signum));
	json_decref(call(&s, "kill", o));
	if (waits)
		code = wait_for(&s, p.operands[1], false);
	handle_close(s.h);
	optparse_fini(&p);
	return tool_finish(code);
}

/* ---- which ---- */

static const struct subcommand commands[] = {
	{ "ps", cmd_ps, "list the processes of a broker" },
	{ "kill", cmd_kill, "send a signal to a process" },
	{ "wait", cmd_wait, "wait for a process, and end as it did" },
};

int
main(int argc, char **argv)
{
	static const struct tool tool = {
		.name = "sproc",
		.commands = commands,
		.ncommands = sizeof(commands) / sizeof(*commands),
		.unknown = { "unknown subcommand '",
		    "': must be ps, kill, wait" },
		.missing = "missing subcommand",
		.usage_status = 2,
	};

	setlocale(LC_CTYPE, "");
	setprogname("flux-sproc");
	return tool_run(&tool, argc, argv);
}
