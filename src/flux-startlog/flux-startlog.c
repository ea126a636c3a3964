/* SPDX-License-Identifier: MIT */
/*
 * flux startlog: when the instance was started and how it ended, from the
 * eventlog that the broker keeps in the KVS. A start without a finish before
 * the next one is a crash.
 */
#include <err.h>
#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base64.h"
#include "eventlog.h"
#include "fsd.h"
#include "handle.h"
#include "optparse.h"
#include "version.h"

#define KEY "admin.eventlog"

enum { OPT_CHECK = 256, OPT_QUIET, OPT_START, OPT_FINISH };

struct startlog {
	bool quiet, with_version;
	json_t *json; /* rows; NULL = print them */
	/* state */
	double start;     /* of the row that is open; 0 = none is */
	char version[64]; /* of that row */
	bool crashed;     /* the last time before the row that is open */
};

/* ---- one row ---- */

static const char *
format_date(char *buf, size_t size, double t)
{
	time_t sec = (time_t)t;
	struct tm tm;

	localtime_r(&sec, &tm);
	strftime(buf, size, "%Y-%m-%d %H:%M", &tm);
	return buf;
}

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void
print_row(const struct startlog *s, double finish, const char *how)
{
	char from[32], to[32], duration[32];
	double t = finish > 0 ? finish : now();

	if (s->with_version)
		printf("%25s  ", s->version);
	printf("%s - ", format_date(from, sizeof(from), s->start));
	if (strcmp(how, "crashed") == 0) {
		printf("crashed\n");
		return;
	}
	printf("%s (%s)\n",
	    finish > 0 ? format_date(to, sizeof(to), finish) : how,
	    fsd_format_short(
		duration, sizeof(duration), t > s->start ? t - s->start : 0));
}

static void
end_row(struct startlog *s, double finish, const char *how)
{
	if (s->json)
		json_array_append_new(s->json,
		    json_pack("{s:f s:o* s:s s:s}", "start", s->start, "finish",
			finish > 0 ? json_real(finish) : NULL, "status", how,
			"core_version", s->version));
	else if (!s->quiet)
		print_row(s, finish, how);
	s->start = 0;
}

static void
take_event(struct startlog *s, const struct event *e)
{
	const char *version;

	if (strcmp(e->name, "finish") == 0 && s->start > 0) {
		end_row(s, e->timestamp, "finished");
		s->crashed = false;
	} else if (strcmp(e->name, "start") == 0) {
		s->crashed = s->start > 0;
		if (s->start > 0)
			end_row(s, 0, "crashed");
		version = json_string_value(
		    json_object_get(e->context, "core_version"));
		strlcpy(
		    s->version, version ? version : "-", sizeof(s->version));
		s->start = e->timestamp;
	}
}

static void
take_all(struct startlog *s, char *text)
{
	struct event e;
	char *line;

	while ((line = strsep(&text, "\n"))) {
		if (!*line)
			continue;
		if (event_decode(&e, line) < 0)
			errx(1, "Error decoding eventlog: %s", strerror(errno));
		take_event(s, &e);
		event_fini(&e);
	}
	if (s->start > 0)
		end_row(s, 0, "running");
}

/* ---- the broker ---- */

/* malloc'd */
static char *
fetch(struct handle *h)
{
	const char *data = "";
	json_t *out = NULL;
	struct errmsg em;
	char *text;
	size_t len;

	if (handle_call_new(h, "kvs.lookup", NODEID_ANY,
		json_pack("{s:s s:s s:i}", "key", KEY, "namespace", "primary",
		    "flags", 0),
		&out, &em) < 0)
		errx(1, "Error fetching eventlog: %s", em.text);
	json_unpack(out, "{s:{s:s}}", "val", "data", &data);
	if (!(text = base64_decode(data, &len)))
		errx(1, "Error decoding eventlog: %s", strerror(errno));
	json_decref(out);
	return text;
}

/* For the scripts that start and end an instance of the reference. */
static void
post(struct handle *h, const char *name)
{
	json_t *context = json_pack("{s:i}", "version", 1);
	char *rank = handle_getattr(h, "rank"), *line, *data;
	struct errmsg em;

	if (!rank || strcmp(rank, "0") != 0)
		errx(1, "events can be posted on rank 0 only");
	if (strcmp(name, "start") == 0)
		json_object_set_new(
		    context, "core_version", json_string(FLUX_VERSION));
	if (!(line = event_encode(0, name, context)) ||
	    !(data = base64_encode(line, strlen(line))))
		err(1, NULL);
	if (handle_call_new(h, "kvs.commit", NODEID_ANY,
		json_pack("{s:s s:i s:[{s:s s:i s:{s:i s:s s:s}}]}",
		    "namespace", "primary", "flags", 0, "ops", "key", KEY,
		    "flags", 32, "dirent", "ver", 1, "type", "val", "data",
		    data),
		NULL, &em) < 0)
		errx(1, "Error posting %s event: %s", name, em.text);
	free(line);
	free(data);
	free(rank);
	json_decref(context);
}

static void
print_json(json_t *starts_new)
{
	json_t *o = json_pack("{s:i s:o}", "version", 1, "starts", starts_new);
	char *s = o ? json_dumps(o, JSON_COMPACT) : NULL;

	if (!s)
		err(1, NULL);
	puts(s);
	free(s);
	json_decref(o);
}

/* event NULL: list. */
static void
run(struct startlog *s, const char *event)
{
	struct handle *h = tool_open_plain();
	char *text;

	if (event) {
		post(h, event);
	} else {
		text = fetch(h);
		take_all(s, text);
		free(text);
		if (s->json)
			print_json(s->json);
	}
	handle_close(h);
}

static const struct opt opts[] = {
	{ "check", 0, NULL, "fail if it crashed the last time", OPT_CHECK },
	{ "quiet", 0, NULL, "print nothing; for --check", OPT_QUIET },
	{ "show-version", 'v', NULL, "print the version that was started", 0 },
	{ "json", 'j', NULL, "print a JSON object", 0 },
	{ "post-start-event", 0, NULL, NULL, OPT_START },
	{ "post-finish-event", 0, NULL, NULL, OPT_FINISH },
	{ 0 },
};

int
main(int argc, char **argv)
{
	struct optparse p = {
		.usage = "[OPTIONS]",
		.summary = "Tell when the instance was started",
		.example = "flux startlog --check --quiet || echo crashed",
		.opts = opts,
		.fail_status = 1,
	};
	struct startlog s = { 0 };
	const char *event = NULL;
	bool check = false;
	int c;

	setprogname("flux-startlog");
	optparse_init(&p, argc, argv);
	while ((c = optparse_next(&p)) != -1) {
		check |= c == OPT_CHECK;
		s.quiet |= c == OPT_QUIET;
		s.with_version |= c == 'v';
		if (c == 'j' && !s.json)
			s.json = json_array();
		if (c == OPT_START || c == OPT_FINISH)
			event = c == OPT_START ? "start" : "finish";
	}
	run(&s, event);
	optparse_fini(&p);
	return tool_finish(check && s.crashed);
}
