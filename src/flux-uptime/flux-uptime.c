/* SPDX-License-Identifier: MIT */
/*
 * flux uptime: one line about the instance, and a second one if all queues
 * are closed.
 */
#include <err.h>
#include <errno.h>
#include <locale.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fsd.h"
#include "handle.h"
#include "idset.h"
#include "optparse.h"

static char *
attr(struct handle *h, const char *name)
{
	char *s = handle_getattr(h, name);

	if (!s)
		err(1, "%s", name);
	return s;
}

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* When the instance was started, in seconds since the epoch: that is when
 * its first broker was. */
static double
start_time(struct handle *h)
{
	json_t *out = NULL;
	struct errmsg em;
	const char *value = "";
	double t;

	if (handle_call_new(h, "attr.get", 0,
		json_pack("{s:s}", "name", "broker.starttime"), &out, &em) < 0)
		errx(1, "broker.starttime: %s", em.text);
	json_unpack(out, "{s:s}", "value", &value);
	t = strtod(value, NULL);
	json_decref(out);
	return t;
}

static void
print_owner(const char *uid)
{
	const struct passwd *pw = getpwuid(strtoul(uid, NULL, 10));

	printf(",  owner %s", pw ? pw->pw_name : uid);
}

/* ---- what is out of order ---- */

static int
drained(struct handle *h)
{
	json_t *out = NULL, *o;
	struct errmsg em;
	const char *ranks;
	int n = 0;

	if (handle_call_new(h, "resource.status", 0, NULL, &out, &em) < 0)
		return 0;
	json_object_foreach(json_object_get(out, "drain"), ranks, o) {
		struct idset *s = idset_decode(ranks);

		n += s ? idset_count(s) : 0;
		idset_destroy(s);
	}
	json_decref(out);
	return n;
}

static int
offline(struct handle *h, int size)
{
	json_t *out = NULL;
	struct errmsg em;
	const char *members = "";
	struct idset *s;
	int n = 0;

	if (handle_call_new(h, "groups.get", 0,
		json_pack("{s:s}", "name", "broker.online"), &out, &em) < 0)
		return 0;
	json_unpack(out, "{s:s}", "members", &members);
	if ((s = idset_decode(members)))
		n = size - (int)idset_count(s);
	idset_destroy(s);
	json_decref(out);
	return n;
}

struct queues {
	int total, enabled, started;
};

/* name NULL = the queue without one */
static void
ask_queue(struct handle *h, const char *name, struct queues *q)
{
	json_t *in = name ? json_pack("{s:s}", "name", name) : json_object();
	json_t *out = NULL;
	struct errmsg em;
	int enable = 1, start = 1;

	if (handle_call_new(h, "job-manager.queue-status", 0, in, &out, &em) <
	    0)
		return;
	json_unpack(out, "{s:b s:b}", "enable", &enable, "start", &start);
	q->total++;
	q->enabled += enable;
	q->started += start;
	json_decref(out);
}

static struct queues
count_queues(struct handle *h)
{
	json_t *out = NULL, *names, *o;
	struct queues q = { 0 };
	struct errmsg em;
	size_t i;

	if (handle_call_new(h, "job-manager.queue-list", 0, NULL, &out, &em) <
	    0)
		return q;
	names = json_object_get(out, "queues");
	json_array_foreach(names, i, o)
		ask_queue(h, json_string_value(o), &q);
	if (json_array_size(names) == 0)
		ask_queue(h, NULL, &q);
	json_decref(out);
	return q;
}

static void
print_queues(struct handle *h)
{
	struct queues q = count_queues(h);

	if (q.total == 0 || (q.enabled > 0 && q.started > 0))
		return;
	printf("  %s%s%s\n", q.enabled == 0 ? "submit disabled" : "",
	    q.enabled == 0 && q.started == 0 ? ",  " : "",
	    q.started == 0 ? "scheduler stopped" : "");
}

/* ---- the line ---- */

static void
print_start(struct handle *h, const char *state, double duration)
{
	time_t t = time(NULL);
	char clock[16], age[32];
	struct tm tm;

	localtime_r(&t, &tm);
	strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
	if (strcmp(state, "run") == 0)
		duration = now() - start_time(h);
	printf(" %s %s %s", clock, state,
	    fsd_format_short(age, sizeof(age), duration));
}

static void
uptime(struct handle *h)
{
	char *owner = attr(h, "security.owner"), *size = attr(h, "size");
	char *level = attr(h, "instance-level");
	json_t *out = NULL;
	struct errmsg em;
	const char *state = "";
	double duration = 0;
	int n;

	if (handle_call_new(
		h, "state-machine.get", NODEID_ANY, NULL, &out, &em) < 0)
		errx(1, "state-machine.get: %s", em.text);
	json_unpack(out, "{s:s s:F}", "state", &state, "duration", &duration);
	print_start(h, state, duration);
	print_owner(owner);
	printf(",  depth %s,  size %s", level, size);
	if (strcmp(state, "run") == 0) {
		if ((n = drained(h)) > 0)
			printf(",  %d drained", n);
		if ((n = offline(h, strtol(size, NULL, 10))) > 0)
			printf(",  %d offline", n);
	}
	printf("\n");
	if (strcmp(state, "run") == 0)
		print_queues(h);
	json_decref(out);
	free(owner);
	free(size);
	free(level);
}

/* ---- JSON ---- */

static json_t *
owner_json(const char *uid)
{
	const struct passwd *pw = getpwuid(strtoul(uid, NULL, 10));

	return json_string(pw ? pw->pw_name : uid);
}

/* What is known of an instance that runs. */
static void
add_running(struct handle *h, json_t *o, int size)
{
	struct queues q = count_queues(h);
	double start = start_time(h);

	json_object_set_new(o, "starttime", json_real(start));
	json_object_set_new(o, "duration", json_real(now() - start));
	json_object_set_new(o, "drained", json_integer(drained(h)));
	json_object_set_new(o, "offline", json_integer(offline(h, size)));
	json_object_set_new(o, "queues",
	    json_pack("{s:i s:i s:i}", "total", q.total, "enabled", q.enabled,
		"started", q.started));
}

static void
uptime_json(struct handle *h)
{
	char *owner = attr(h, "security.owner"), *size = attr(h, "size");
	char *level = attr(h, "instance-level"), *s;
	json_t *out = NULL, *o;
	struct errmsg em;
	const char *state = "";
	double duration = 0;

	if (handle_call_new(
		h, "state-machine.get", NODEID_ANY, NULL, &out, &em) < 0)
		errx(1, "state-machine.get: %s", em.text);
	json_unpack(out, "{s:s s:F}", "state", &state, "duration", &duration);
	o = json_pack("{s:i s:s s:f s:o s:i s:i s:i}", "version", 1, "state",
	    state, "duration", duration, "owner", owner_json(owner), "userid",
	    (int)strtol(owner, NULL, 10), "level", (int)strtol(level, NULL, 10),
	    "size", (int)strtol(size, NULL, 10));
	if (o && strcmp(state, "run") == 0)
		add_running(h, o, strtol(size, NULL, 10));
	if (!o || !(s = json_dumps(o, JSON_COMPACT)))
		err(1, NULL);
	puts(s);
	free(s);
	json_decref(o);
	json_decref(out);
	free(owner);
	free(size);
	free(level);
}

int
main(int argc, char **argv)
{
	static const struct opt opts[] = {
		{ "json", 'j', NULL, "print a JSON object", 0 },
		{ 0 },
	};
	struct optparse p = {
		.summary = "Tell how long the instance has been running",
		.opts = opts,
		.fail_status = 1,
	};
	struct handle *h;
	bool as_json = false;

	setlocale(LC_CTYPE, "");
	setprogname("flux-uptime");
	optparse_init(&p, argc, argv);
	while (optparse_next(&p) != -1)
		as_json = true;
	h = tool_open_plain();
	if (as_json)
		uptime_json(h);
	else
		uptime(h);
	handle_close(h);
	optparse_fini(&p);
	return fflush(stdout) == EOF;
}
