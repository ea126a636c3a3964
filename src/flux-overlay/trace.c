/* SPDX-License-Identifier: MIT */
/* flux overlay trace: the messages between a broker and its neighbours. */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "color.h"
#include "overlay.h"

struct trace {
	int typemask;
	int64_t rank; /* of the neighbour; -1 = any */
	const char *glob;
	bool full, human, delta, color;
	time_t minute; /* of the line before, human only */
	double last;   /* its time */
};

static const struct {
	const char *name, *arrow, *color;
	int type;
} types[] = {
	{ "request", ">", "\033[01;34m", MSG_REQUEST },
	{ "response", "<", "\033[36m", MSG_RESPONSE },
	{ "event", "e", "\033[33m", MSG_EVENT },
	{ "control", "c", "\033[35m", MSG_CONTROL },
};

enum { NTYPES = sizeof(types) / sizeof(*types) };

/* ---- a line for a message ---- */

static void
print_time(double when)
{
	char buf[64];
	time_t s = (time_t)when;
	struct tm tm;

	localtime_r(&s, &tm);
	strftime(buf, sizeof(buf), "%Y-%m-%dT%H:%M:%S", &tm);
	printf("%s.%03d ", buf, (int)((when - (double)s) * 1000));
}

/* As dmesg does: the minute when it is a new one, else the seconds in it, or
 * since the line before. */
static void
print_human_time(struct trace *t, double when)
{
	time_t s = (time_t)when, minute = s - s % 60;
	const char *bold = t->color ? "\033[1m\033[32m" : "";
	const char *green = t->color ? "\033[32m" : "";
	const char *off = t->color ? "\033[0m" : "";
	double since = when - (t->delta ? t->last : (double)minute);
	char buf[32];
	struct tm tm;

	if (minute != t->minute) {
		localtime_r(&s, &tm);
		strftime(buf, sizeof(buf), "%b%d %H:%M", &tm);
		printf("%s[%s]%s  ", bold, buf, off);
	} else {
		printf("%s[%+11.6f]%s  ", green, since, off);
	}
	t->minute = minute;
	t->last = when;
}

static void
print_size(json_int_t size)
{
	static const char units[] = "\0KMG";
	double n = (double)size;
	int i = 0;

	for (; n >= 1024 && i < 3; i++)
		n /= 1024;
	printf("[%.8g%.*s]", n, i > 0, units + i);
}

static int
type_index(int type)
{
	int i = 0;

	while (i < NTYPES && types[i].type != type)
		i++;
	return i;
}

static void
print_message(struct trace *t, const json_t *o)
{
	const char *prefix, *topic, *name, *text = "";
	json_int_t rank, size;
	json_t *payload = NULL;
	int type, errnum, i;
	double when;

	if (json_unpack((json_t *)o, "{s:F s:s s:I s:i s:s s:I s?o s:i s?s}",
		"timestamp", &when, "prefix", &prefix, "rank", &rank, "type",
		&type, "topic", &topic, "payload_size", &size, "payload",
		&payload, "errnum", &errnum, "errstr", &text) < 0 ||
	    (i = type_index(type)) == NTYPES)
		errx(1, "overlay.trace: %s", strerror(EPROTO));
	if (t->human)
		print_human_time(t, when);
	else
		print_time(when);
	if (t->color)
		fputs(types[i].color, stdout);
	if (rank < 0)
		printf("%s * %s %s ", prefix, types[i].arrow, topic);
	else
		printf("%s %lld %s %s ", prefix, (long long)rank,
		    types[i].arrow, topic);
	print_size(size);
	if (type == MSG_RESPONSE) {
		name = errnum ? strerrorname_np(errnum) : "success";
		printf(" %s", name ? name : "unknown error");
	}
	puts(t->color ? "\033[0m" : "");
	if (*text)
		puts(text);
	if (json_is_object(payload)) {
		json_dumpf(payload, stdout, JSON_INDENT(2));
		putchar('\n');
	}
}

static void
on_message(struct handle *h, const struct reply *r, void *arg)
{
	if (r->errnum)
		errx(1, "overlay.trace: %s", r->text);
	print_message(arg, r->json);
	if (fflush(stdout) != 0)
		handle_stop(h);
}

/* ---- options ---- */

static int
type_mask(const char *list)
{
	char *copy = strdup(list), *rest = copy, *name;
	int mask = 0;

	if (!copy)
		err(1, NULL);
	while ((name = strsep(&rest, ","))) {
		int i = 0;

		while (i < NTYPES && strcmp(types[i].name, name) != 0)
			i++;
		if (i == NTYPES)
			errx(1,
			    "valid types: request, response, event, control");
		mask |= types[i].type;
	}
	free(copy);
	return mask;
}

static void
set_option(struct trace *t, struct optparse *p, int c)
{
	const char *bad = NULL;

	if (c == 'r')
		t->rank = strtonum(p->value, 0, UINT32_MAX - 1, &bad);
	else if (c == 't')
		t->typemask = type_mask(p->value);
	else if (c == 'f')
		t->full = true;
	else if (c == 'H')
		t->human = true;
	else if (c == 'd')
		t->delta = true;
	else if (c == 'L' &&
		 color_parse(p->value ? p->value : "", &t->color) < 0)
		optparse_fail(p, "Invalid argument to --color: '%s'", p->value);
	if (bad)
		optparse_fail(
		    p, "Option \"--rank\" requires a rank, not '%s'", p->value);
}

static const struct opt opts[] = {
	{ "rank", 'r', "NODEID", "only messages from and to this neighbour",
	    0 },
	{ "type", 't', "TYPE,...", "only request, response, event, control",
	    0 },
	{ "full", 'f', NULL, "with the payload", 0 },
	{ "human", 'H', NULL, "times for people", 0 },
	{ "delta", 'd', NULL, "with -H: seconds since the message before", 0 },
	{ "color", 'L', "[WHEN]", "colour: always, never or auto (default)",
	    0 },
	{ 0 },
};

static void
run(struct trace *t)
{
	struct handle *h = tool_open_plain();
	json_t *ask = json_pack("{s:i s:s s:I s:b}", "typemask", t->typemask,
	    "topic_glob", t->glob, "nodeid", (json_int_t)t->rank, "full",
	    t->full);

	if (handle_rpc_new(h, "overlay.trace", NODEID_ANY, MSG_STREAMING, ask,
		on_message, t) < 0 ||
	    handle_run(h) < 0)
		err(1, "overlay.trace");
	handle_close(h);
}

int
cmd_trace(int argc, char **argv)
{
	struct optparse p = {
		.usage = "trace [OPTIONS] [TOPIC-GLOB]",
		.summary = "Show messages between a broker and its neighbours",
		.example = "flux overlay trace -t request 'rexec.*'",
		.opts = opts,
		.fail_status = 1,
	};
	struct trace t = { .typemask = MSG_REQUEST | MSG_RESPONSE | MSG_EVENT |
				       MSG_CONTROL,
		.rank = -1,
		.glob = "*" };
	int c;

	color_parse(NULL, &t.color);
	optparse_init(&p, argc, argv);
	while ((c = optparse_next(&p)) != -1)
		set_option(&t, &p, c);
	if (p.noperands > 1)
		optparse_fail(&p, "only one TOPIC-GLOB can be given");
	if (p.noperands == 1)
		t.glob = p.operands[0];
	run(&t);
	optparse_fini(&p);
	return tool_finish(0);
}
