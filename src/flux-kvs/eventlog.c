/* SPDX-License-Identifier: MIT */
/* flux kvs eventlog: append to eventlogs (RFC 18) of keys, print them, and
 * wait for an event. */
#include <err.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "color.h"
#include "eventfmt.h"
#include "eventlog.h"
#include "fsd.h"
#include "kvs.h"

/* ---- append ---- */

/* Words of an object (new); NULL if there are none. */
static json_t *
parse_context(char **words, int n)
{
	json_t *o;
	char *text = NULL;
	size_t len;
	FILE *f;

	if (n == 0)
		return NULL;
	if (!(f = open_memstream(&text, &len)))
		err(1, NULL);
	for (int i = 0; i < n; i++)
		fprintf(f, "%s%s", i > 0 ? " " : "", words[i]);
	if (fclose(f) == EOF)
		err(1, NULL);
	o = json_loads(text, 0, NULL);
	if (!json_is_object(o))
		errx(1, "eventlog_entry_create: %s", strerror(EINVAL));
	free(text);
	return o;
}

static double
parse_timestamp(const struct optparse *p)
{
	char *end;
	double t = strtod(p->value, &end);

	if (end == p->value || *end || !isfinite(t) || t < 0)
		optparse_fail(
		    p, "Option 'timestamp' requires a floating point argument");
	return t;
}

static int
append(int argc, char **argv)
{
	static const struct opt opts[] = {
		NAMESPACE_OPTION,
		{ "timestamp", 't', "SECONDS", "since the epoch; default: now",
		    0 },
		{ 0 },
	};
	struct optparse p = {
		.usage = "eventlog append [OPTIONS] KEY NAME [CONTEXT...]",
		.summary = "Append an event",
		.opts = opts,
		.fail_status = 1,
	};
	const char *ns = kvs_namespace();
	double timestamp = 0;
	struct commit commit;
	struct handle *h;
	json_t *context;
	char *line;
	int c;

	optparse_init(&p, argc, argv);
	while ((c = optparse_next(&p)) != -1) {
		ns = c == 'N' ? p.value : ns;
		timestamp = c == 't' ? parse_timestamp(&p) : timestamp;
	}
	if (p.noperands < 2)
		optparse_fail(&p, "KEY and NAME are needed");
	context = parse_context(p.operands + 2, p.noperands - 2);
	if (!p.operands[1][0] ||
	    !(line = event_encode(timestamp, p.operands[1], context)))
		errx(1, "eventlog_entry_create: %s", strerror(EINVAL));
	if (!p.operands[0][0])
		errx(1, "eventlog append: the key is empty");
	commit_init(&commit, ns);
	commit_add_new(&commit, p.operands[0], KVS_APPEND,
	    treeobj_val(line, strlen(line)));
	h = tool_open_plain();
	json_decref(commit_send(&commit, h, "flux_kvs_commit"));
	json_decref(context);
	free(line);
	handle_close(h);
	optparse_fini(&p);
	return 0;
}

/* ---- get, wait-event ---- */

struct reader {
	const char *ns, *key;
	struct eventfmt fmt;
	int flags;
	long count;       /* events to print; 0 = all */
	const char *wait; /* the event to wait for; NULL = print all */
	bool quiet, verbose;
	double timeout; /* s; 0 = none */
	/* state */
	long printed;
	bool done;
};

static void
print_event(struct reader *r, const struct event *e)
{
	char *line = eventfmt_line(&r->fmt, e);

	if (!line)
		err(1, NULL);
	puts(line);
	free(line);
}

static void
take_event(struct reader *r, const struct event *e)
{
	bool found = r->wait && strcmp(r->wait, e->name) == 0;

	if (!r->wait || r->verbose || (found && !r->quiet))
		print_event(r, e);
	else
		eventfmt_skip(&r->fmt, e);
	if (found || (!r->wait && r->count > 0 && ++r->printed == r->count))
		r->done = true;
}

static void
take_text(struct reader *r, char *text)
{
	struct event e;
	char *line, *end;

	for (line = text; *line && !r->done; line = end + 1) {
		if (!(end = strchr(line, '\n')))
			errx(1, "cannot decode improperly formatted eventlog");
		*end = '\0';
		if (event_decode(&e, line) < 0)
			errx(1, "cannot decode improperly formatted eventlog");
		take_event(r, &e);
		event_fini(&e);
	}
}

static void
take_val(struct reader *r, const json_t *val)
{
	size_t len;
	char *text = treeobj_bytes(val, &len);

	take_text(r, text);
	free(text);
}

static void
on_append(struct handle *h, const struct reply *rep, void *arg)
{
	struct reader *r = arg;

	(void)h;
	if (r->done)
		return;
	if (rep->errnum == ENODATA) {
		r->done = true;
	} else if (rep->errnum == ENOENT && r->wait) {
		errx(1, "eventlog path %s not found", r->key);
	} else if (rep->errnum) {
		fflush(stdout);
		errx(1, "flux_kvs_lookup_get: %s", rep->text);
	} else if (json_object_get(rep->json, "val")) {
		take_val(r, json_object_get(rep->json, "val"));
	}
}

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void
watch(struct handle *h, struct reader *r)
{
	double end = now() + r->timeout, left = 0;

	if (handle_rpc_new(h, "kvs-watch.lookup", NODEID_ANY, MSG_STREAMING,
		kvs_question(
		    r->ns, r->key, r->flags | KVS_WATCH | KVS_WATCH_APPEND),
		on_append, r) < 0)
		err(1, "%s", r->key);
	while (!r->done) {
		if (r->timeout > 0 && (left = end - now()) <= 0)
			errx(1, "wait-event timeout on event '%s'", r->wait);
		if (handle_poll(
			h, r->timeout > 0 ? (int)(left * 1000) + 1 : -1) < 0 &&
		    errno != EINTR)
			err(1, "%s", r->key);
		fflush(stdout);
	}
}

static void
set_option(struct reader *r, const struct optparse *p, int c)
{
	const char *error;

	r->quiet |= c == 'q';
	r->verbose |= c == 'v';
	r->fmt.json |= c == 'u';
	r->flags |= c == 'W' ? KVS_WAITCREATE : c == 'w' ? KVS_WATCH : 0;
	if (c == 'N')
		r->ns = p->value;
	if (c == 'H')
		r->fmt.time = EVENTFMT_HUMAN;
	if (c == 'L' &&
	    color_parse(p->value ? p->value : "", &r->fmt.color) < 0)
		optparse_fail(p, "Invalid argument to --color: '%s'", p->value);
	if (c == 't' &&
	    (fsd_parse(p->value, &r->timeout) < 0 || isinf(r->timeout)))
		optparse_fail(
		    p, "Invalid argument for option 'timeout': '%s'", p->value);
	if (c == 'c') {
		r->count = strtonum(p->value, 0, INT_MAX, &error);
		if (error)
			optparse_fail(
			    p, "Option 'count' requires an integer argument");
	}
}

#define FORMAT_OPTIONS                                                      \
	NAMESPACE_OPTION,                                                   \
	    { "waitcreate", 'W', NULL, "wait for the key to be there", 0 }, \
	    { "unformatted", 'u', NULL, "as they are stored (RFC 18)", 0 }, \
	    { "human", 'H', NULL, "short dates and seconds", 0 },           \
	{                                                                   \
		"color", 'L', "[WHEN]",                                     \
		    "colour: always, never or auto (default)", 0            \
	}

static int
get(int argc, char **argv)
{
	static const struct opt opts[] = {
		FORMAT_OPTIONS,
		{ "watch", 'w', NULL, "go on with new events", 0 },
		{ "count", 'c', "N", "with --watch: N events, then end", 0 },
		{ "stream", 'S', NULL, "in parts (no difference)", 0 },
		{ 0 },
	};
	struct optparse p = {
		.usage = "eventlog get [OPTIONS] KEY",
		.summary = "Print an eventlog",
		.example = "flux kvs eventlog get -H resource.eventlog",
		.opts = opts,
		.fail_status = 1,
	};
	struct reader r = { .ns = kvs_namespace() };
	struct handle *h;
	struct errmsg em;
	json_t *val;
	int c;

	color_parse(NULL, &r.fmt.color);
	optparse_init(&p, argc, argv);
	while ((c = optparse_next(&p)) != -1)
		set_option(&r, &p, c);
	if (p.noperands != 1)
		optparse_fail(&p, "a KEY is needed");
	r.key = p.operands[0];
	h = tool_open_plain();
	if (r.flags & (KVS_WATCH | KVS_WAITCREATE)) {
		if (!(r.flags & KVS_WATCH))
			r.count = 1;
		watch(h, &r);
	} else {
		r.count = 0;
		if (!(val = kvs_lookup(h, kvs_question(r.ns, r.key, 0), &em)))
			errx(1, "flux_kvs_lookup_get: %s", em.text);
		take_val(&r, val);
		json_decref(val);
	}
	handle_close(h);
	optparse_fini(&p);
	return tool_finish(0);
}

static int
wait_event(int argc, char **argv)
{
	static const struct opt opts[] = {
		FORMAT_OPTIONS,
		{ "timeout", 't', "FSD", "fail after this time", 0 },
		{ "quiet", 'q', NULL, "do not print the event", 0 },
		{ "verbose", 'v', NULL, "print the events before, too", 0 },
		{ 0 },
	};
	struct optparse p = {
		.usage = "eventlog wait-event [OPTIONS] KEY EVENT",
		.summary = "Wait for an event",
		.opts = opts,
		.fail_status = 1,
	};
	struct reader r = { .ns = kvs_namespace() };
	struct handle *h;
	int c;

	color_parse(NULL, &r.fmt.color);
	optparse_init(&p, argc, argv);
	while ((c = optparse_next(&p)) != -1)
		set_option(&r, &p, c);
	if (p.noperands != 2)
		optparse_fail(&p, "KEY and EVENT are needed");
	r.key = p.operands[0];
	r.wait = p.operands[1];
	h = tool_open_plain();
	watch(h, &r);
	handle_close(h);
	optparse_fini(&p);
	return tool_finish(0);
}

int
cmd_eventlog(int argc, char **argv)
{
	static const struct subcommand commands[] = {
		{ "append", append, "append an event" },
		{ "get", get, "print an eventlog" },
		{ "wait-event", wait_event, "wait for an event" },
	};
	enum { N = sizeof(commands) / sizeof(*commands) };

	return run_nested(commands, N,
	    "eventlog append|get|wait-event [OPTIONS] KEY...", argc, argv);
}
