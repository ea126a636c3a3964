/* SPDX-License-Identifier: MIT */
/*
 * flux update: change attributes of an active job: its duration, and its queue
 * while it waits. All of the changes are made, or none.
 */
#include <err.h>
#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fluid.h"
#include "fsd.h"
#include "handle.h"
#include "joblog.h"
#include "optparse.h"

#define DURATION "attributes.system.duration"

struct update {
	struct handle *h;
	uint64_t id;
	char f58[FLUID_STRMAX];
	json_t *updates; /* {"attributes.system.KEY":VALUE...} */
};

/* ---- durations ---- */

/* Seconds; no limit is 0 in a jobspec. */
static double
parse_duration(const char *s)
{
	double t;

	if (fsd_parse(s, &t) < 0)
		tool_fail("invalid Flux standard duration");
	return isinf(t) ? 0 : t;
}

/* For messages: four digits and a unit. */
static const char *
show_duration(char *buf, size_t size, double t)
{
	if (t < 60)
		snprintf(buf, size, "%.4gs", t);
	else if (t < 3600)
		snprintf(buf, size, "%.4gm", t / 60);
	else if (t < 86400)
		snprintf(buf, size, "%.4gh", t / 3600);
	else
		snprintf(buf, size, "%.4gd", t / 86400);
	return buf;
}

static double
current_duration(struct update *u)
{
	json_t *out = NULL;
	struct errmsg em;
	double t = 0;

	if (handle_call_new(u->h, "job-info.lookup", NODEID_ANY,
		json_pack("{s:I s:[s] s:i}", "id", (json_int_t)u->id, "keys",
		    "jobspec", "flags", 3),
		&out, &em) < 0)
		tool_fail("%s: %s", u->f58, em.text);
	json_unpack(out, "{s:{s:{s:{s:F}}}}", "jobspec", "attributes", "system",
	    "duration", &t);
	json_decref(out);
	return t;
}

/* +FSD, -FSD */
static double
relative_duration(struct update *u, const char *value)
{
	double now = current_duration(u);
	double delta;
	char buf[32];

	if (fsd_parse(value + 1, &delta) < 0 || isinf(delta))
		tool_fail("invalid Flux standard duration");
	if (now == 0)
		tool_fail("duration for %s is unlimited, can't update by %s",
		    u->f58, value);
	if (*value == '-' && delta >= now)
		tool_fail(
		    "current duration for %s (%s) cannot be reduced by %s",
		    u->f58, show_duration(buf, sizeof(buf), now), value + 1);
	return *value == '-' ? now - delta : now + delta;
}

static json_t *
duration_value(struct update *u, const char *value)
{
	if (*value == '+' || *value == '-')
		return json_real(relative_duration(u, value));
	return json_real(parse_duration(value));
}

/* ---- the request ---- */

static void
full_key(char *buf, size_t size, const char *key, size_t len)
{
	if (strncmp(key, "attributes.", 11) == 0)
		snprintf(buf, size, "%.*s", (int)len, key);
	else if (len == 4 && strncmp(key, "name", 4) == 0)
		snprintf(buf, size, "attributes.system.job.name");
	else
		snprintf(buf, size, "attributes.system.%.*s", (int)len, key);
}

static void
add_update(struct update *u, const char *arg)
{
	size_t len = strcspn(arg, "=");
	const char *value = arg + len + 1;
	char key[512];
	json_t *v;

	if (!arg[len])
		tool_fail("no value for key=%s", arg);
	full_key(key, sizeof(key), arg, len);
	if (strcmp(key, DURATION) == 0)
		v = duration_value(u, value);
	else if (!(v = json_loads(value, JSON_DECODE_ANY, NULL)))
		v = json_string(value);
	if (!v || json_object_set_new(u->updates, key, v) < 0)
		tool_fail("%s is not UTF-8", arg);
}

static char *
dump_value(const json_t *v)
{
	char *s = json_is_string(v) ? strdup(json_string_value(v))
				    : json_dumps(v, JSON_ENCODE_ANY);

	if (!s)
		err(1, NULL);
	return s;
}

static void
report(const struct update *u)
{
	const char *key;
	json_t *v;

	json_object_foreach(u->updates, key, v) {
		char *s = dump_value(v);

		warnx("INFO: updated %s to %s", key, s);
		free(s);
	}
}

static void
send_update(struct update *u)
{
	struct errmsg em;

	if (handle_call_new(u->h, "job-manager.update", NODEID_ANY,
		json_pack("{s:I s:O}", "id", (json_int_t)u->id, "updates",
		    u->updates),
		NULL, &em) < 0)
		tool_fail("%s", em.text);
}

/* ---- --wait ---- */

static void
on_event(struct handle *h, const struct reply *r, void *arg)
{
	struct update *u = arg;
	struct event e;

	if (r->errnum == ENODATA)
		return;
	if (r->errnum)
		tool_fail("%s", r->text);
	if (joblog_event(&e, r) < 0)
		return;
	if (strcmp(e.name, "jobspec-update") == 0 &&
	    json_equal(e.context, u->updates))
		handle_stop(h);
	event_fini(&e);
}

static void
wait_for_event(struct update *u)
{
	if (joblog_watch(u->h, u->id, "eventlog", 0, on_event, u) < 0 ||
	    handle_run(u->h) < 0)
		err(1, "ERROR: eventlog");
}

/* ---- main ---- */

static void
print_updates(const struct update *u)
{
	char *s = json_dumps(u->updates, 0);

	if (!s)
		err(1, NULL);
	puts(s);
	free(s);
}

static void
open_job(struct update *u, const struct optparse *p)
{

	if (fluid_parse(p->operands[0], &u->id) < 0)
		optparse_fail(p, "invalid JobID value: '%s'", p->operands[0]);
	fluid_encode(u->f58, sizeof(u->f58), u->id, fluid_f58_form());
	if (!(u->updates = json_object()))
		err(1, NULL);
	u->h = tool_open();
}

int
main(int argc, char **argv)
{
	static const struct opt opts[] = {
		{ "dry-run", 'n', NULL, "print the updates, make none", 0 },
		{ "verbose", 'v', NULL, "tell what was updated", 0 },
		{ "wait", 0, NULL, "wait until the eventlog has them", 'w' },
		{ 0 },
	};
	struct optparse p = {
		.usage = "[OPTIONS] JOBID KEY=VALUE...",
		.summary = "Change attributes of an active job",
		.example = "flux update ƒ2MqUpqQm duration=+1h",
		.opts = opts,
	};
	struct update u = { 0 };
	bool dry_run = false, verbose = false, wait = false;
	int c;

	setlocale(LC_CTYPE, "");
	setprogname("flux-update");
	optparse_init(&p, argc, argv);
	while ((c = optparse_next(&p)) != -1) {
		dry_run |= c == 'n';
		verbose |= c == 'v';
		wait |= c == 'w';
	}
	if (p.noperands < 2)
		optparse_fail(&p, "JOBID and KEY=VALUE are required");
	open_job(&u, &p);
	for (int i = 1; i < p.noperands; i++)
		add_update(&u, p.operands[i]);
	if (dry_run)
		print_updates(&u);
	else
		send_update(&u);
	if (!dry_run && wait)
		wait_for_event(&u);
	if (!dry_run && verbose)
		report(&u);
	json_decref(u.updates);
	handle_close(u.h);
	optparse_fini(&p);
	return fflush(stdout) == EOF;
}
