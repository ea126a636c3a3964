/* SPDX-License-Identifier: MIT */
/*
 * flux resource eventlog: what happened to nodes, from the journal of the
 * resource module. An answer without events marks the end of the past.
 */
#include <err.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "color.h"
#include "eventfmt.h"
#include "fsd.h"
#include "idset.h"
#include "optparse.h"
#include "resource.h"

struct match {
	char *key; /* up to '=' */
	const char *value;
};

struct eventlog {
	struct handle *h;
	struct eventfmt f;
	bool follow, done;
	const char *wait; /* event to wait for, or NULL */
	struct match *matches;
	size_t nmatches;
	double timeout; /* seconds; INFINITY = for ever */
	struct selection sel;
	struct idset *ranks; /* selected; NULL = all, or not known yet */
};

/* ---- which events ---- */

/* An event that names no nodes is not about those that were asked for. */
static bool
is_about(const struct eventlog *l, const struct event *e)
{
	const char *ids = NULL;
	struct idset *s;
	bool about;

	if (!l->sel.include)
		return true;
	json_unpack(e->context, "{s?s}", "idset", &ids);
	if (!ids)
		json_unpack(e->context, "{s?s}", "ranks", &ids);
	if (!ids || !l->ranks || !(s = idset_decode(ids)))
		return false;
	about = idset_intersects(s, l->ranks);
	idset_destroy(s);
	return about;
}

static bool
value_matches(const json_t *v, const char *want)
{
	char *text;
	bool same;

	if (!v)
		return false;
	if (json_is_string(v) && strcmp(json_string_value(v), want) == 0)
		return true;
	text = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY);
	same = text && strcmp(text, want) == 0;
	free(text);
	return same;
}

static bool
is_wanted(const struct eventlog *l, const struct event *e)
{
	if (!l->wait || strcmp(e->name, l->wait) != 0)
		return false;
	for (size_t i = 0; i < l->nmatches; i++)
		if (!value_matches(
			json_object_get(e->context, l->matches[i].key),
			l->matches[i].value))
			return false;
	return true;
}

/* ---- the journal ---- */

/* Which ranks -i means is known once the resources are. */
static void
set_ranks(struct eventlog *l, const json_t *R)
{
	struct errmsg em;
	struct rset *all;

	if (!R || !l->sel.include)
		return;
	if (!(all = rset_decode(R, &em)))
		tool_fail("R: %s", em.text);
	idset_destroy(l->ranks);
	l->ranks = selection_ranks(&l->sel, all, NULL);
	rset_destroy(all);
}

static void
on_event(struct eventlog *l, json_t *entry)
{
	struct event e;
	char *line;

	if (event_decode_json(&e, entry) < 0)
		tool_fail("malformed entry in the journal");
	if (!l->done && is_about(l, &e)) {
		if (!(line = eventfmt_line(&l->f, &e)))
			err(1, NULL);
		puts(line);
		free(line);
		l->done = is_wanted(l, &e);
	}
	event_fini(&e);
}

static void
on_answer(struct handle *h, const struct reply *r, void *arg)
{
	struct eventlog *l = arg;
	json_t *events, *o;
	size_t i;

	(void)h;
	if (r->errnum == ENODATA) {
		l->done = true;
		return;
	}
	if (r->errnum)
		tool_fail("%s", r->text);
	events = json_object_get(r->json, "events");
	if (json_array_size(events) == 0 && !l->follow && !l->wait)
		l->done = true;
	set_ranks(l, json_object_get(r->json, "R"));
	json_array_foreach(events, i, o)
		on_event(l, o);
	fflush(stdout);
}

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* The ranks that -i means, before the journal starts: its first entry is
 * about all of them. */
static void
get_ranks(struct eventlog *l)
{
	json_t *status;

	if (!l->sel.include)
		return;
	status = resource_call(l->h, "resource.status", NULL);
	set_ranks(l, json_object_get(status, "R"));
	json_decref(status);
}

static void
run(struct eventlog *l)
{
	double deadline = now() + l->timeout;

	l->h = tool_open();
	get_ranks(l);
	if (handle_rpc_new(l->h, "resource.journal", 0, MSG_STREAMING,
		json_object(), on_answer, l) < 0)
		tool_fail("resource.journal: %s", strerror(errno));
	while (!l->done) {
		double left = deadline - now();

		if (left <= 0)
			tool_fail("ETIMEDOUT: %s", strerror(ETIMEDOUT));
		if (handle_poll(
			l->h, left > 1e6 ? -1 : (int)(left * 1000) + 1) < 0 &&
		    errno != EINTR)
			tool_fail("%s", strerror(errno));
	}
	handle_close(l->h);
}

/* ---- options ---- */

static void
add_match(struct eventlog *l, const struct optparse *p)
{
	const char *eq = strchr(p->value, '=');
	struct match *m = reallocarray(l->matches, l->nmatches + 1, sizeof(*m));

	if (!m)
		err(1, NULL);
	if (!eq)
		optparse_fail(p, "'%s' is not KEY=VAL", p->value);
	l->matches = m;
	m[l->nmatches].value = eq + 1;
	if (!(m[l->nmatches++].key = strndup(p->value, eq - p->value)))
		err(1, NULL);
}

static void
format_option(struct eventlog *l, const struct optparse *p, int c)
{
	int rc = 0;

	if (c == 'f')
		rc = eventfmt_set_format(&l->f, p->value);
	else if (c == 'T')
		rc = eventfmt_set_time(&l->f, p->value);
	else if (c == 'L')
		rc = color_parse(p->value ? p->value : "", &l->f.color);
	else if (c == 't')
		rc = fsd_parse(p->value, &l->timeout);
	if (rc < 0)
		optparse_fail(
		    p, "invalid value '%s' for --%s", p->value, p->opt->name);
}

static void
set_option(struct eventlog *l, const struct optparse *p, int c)
{
	switch (c) {
	case 'H':
		l->f.time = EVENTFMT_HUMAN;
		break;
	case 'F':
		l->follow = true;
		break;
	case 'w':
		l->wait = p->value;
		break;
	case 'm':
		add_match(l, p);
		break;
	case 'i':
		l->sel.include = p->value;
		break;
	default:
		format_option(l, p, c);
	}
}

int
cmd_eventlog(int argc, char **argv)
{
	static const struct opt opts[] = {
		{ "format", 'f', "FORMAT", "text (default) or json", 0 },
		{ "time-format", 'T', "FORMAT",
		    "raw (default), iso, offset or human", 0 },
		{ "human", 'H', NULL, "same as --time-format=human", 0 },
		{ "color", 'L', "[WHEN]",
		    "colour: always, never or auto (default)", 0 },
		{ "follow", 'F', NULL, "go on with what happens from now on",
		    0 },
		{ "timeout", 't', "FSD", "give up after this time", 0 },
		{ "wait", 'w', "EVENT", "end after this event", 0 },
		{ "match-context", 'm', "KEY=VAL", "with this in its context",
		    0 },
		{ "include", 'i', "TARGETS", "only these ranks or hosts", 0 },
		{ 0 },
	};
	struct optparse p = {
		.usage = "eventlog [OPTIONS]",
		.summary = "Print what happened to nodes",
		.example = "flux resource eventlog --human --include=node3",
		.opts = opts,
	};
	struct eventlog l = { .f.offset_width = 15, .timeout = INFINITY };
	int c;

	color_parse(NULL, &l.f.color);
	optparse_init(&p, argc, argv);
	while ((c = optparse_next(&p)) != -1)
		set_option(&l, &p, c);
	if (p.noperands > 0)
		optparse_fail(&p, "unexpected argument '%s'", p.operands[0]);
	run(&l);
	for (size_t i = 0; i < l.nmatches; i++)
		free(l.matches[i].key);
	free(l.matches);
	idset_destroy(l.ranks);
	optparse_fini(&p);
	return tool_finish(0);
}
