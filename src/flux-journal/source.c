/* SPDX-License-Identifier: MIT */
/*
 * The instances that are listened to: our own, and with -R those in its jobs,
 * and those in theirs. A job that is an instance says so by a memo with its
 * URI; an instance that ends closes its connection.
 */
#include <err.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fluid.h"
#include "handle.h"
#include "journal.h"
#include "optparse.h"
#include "uri.h"

struct source {
	struct journal *j;
	struct handle *h;
	char *path; /* job ids that lead to it; "" = our own instance */
	char *uri;  /* what was opened; NULL = our own */
	bool past;  /* still tells what was there at the start */
	bool skip;  /* that is not wanted */
	bool ended; /* nothing more will come */
	int errnum; /* why, if that is a failure */
	char *why;
};

static void add_child(struct source *s, char *path_new, const char *uri);

/* ---- events ---- */

static char *
job_path(const struct source *s, uint64_t id)
{
	char f58[FLUID_STRMAX], *path;

	fluid_encode(f58, sizeof(f58), id, fluid_f58_form());
	if (asprintf(&path, "%s%s%s", s->path, *s->path ? "/" : "", f58) < 0)
		err(1, NULL);
	return path;
}

static const char *
event_name(const json_t *event)
{
	const char *name = json_string_value(json_object_get(event, "name"));

	return name ? name : "";
}

static void
on_event(struct source *s, uint64_t id, json_t *event)
{
	struct record r = { .id = id };

	if (!record_wanted(s->j, event_name(event)) || (s->past && s->skip))
		return;
	r.path = job_path(s, id);
	r.event = json_incref(event);
	r.t = json_number_value(json_object_get(event, "timestamp"));
	if (s->past) {
		record_keep(s->j, &r);
		return;
	}
	record_print(s->j, &r);
	record_fini(&r);
}

/* The URI of the instance that a job is, if it is one and has not ended by the
 * last of these events; NULL. */
static const char *
child_uri(const json_t *events)
{
	const char *uri = NULL, *posted;
	json_t *e;
	size_t i;

	json_array_foreach(events, i, e) {
		const char *name = event_name(e);

		if (strcmp(name, "memo") == 0) {
			posted = json_string_value(json_object_get(
			    json_object_get(e, "context"), "uri"));
			uri = posted ? posted : uri;
		} else if (strcmp(name, "finish") == 0 ||
			   strcmp(name, "clean") == 0) {
			uri = NULL;
		}
	}
	return uri;
}

static bool
is_sentinel(const json_t *answer)
{
	return json_integer_value(json_object_get(answer, "id")) == -1;
}

static void
end_past(struct source *s)
{
	s->past = false;
	if (s->j->follow)
		record_print_past(s->j);
	else
		s->ended = true;
}

static void
on_answer(struct handle *h, const struct reply *r, void *arg)
{
	struct source *s = arg;
	const json_t *events;
	const char *uri;
	json_t *e;
	uint64_t id;
	size_t i;

	(void)h;
	if (r->errnum) {
		s->ended = true;
		s->errnum = r->errnum == ENODATA ? 0 : r->errnum;
		if (!(s->why = strdup(r->text)))
			err(1, NULL);
		return;
	}
	if (s->ended)
		return;
	if (is_sentinel(r->json)) {
		end_past(s);
		return;
	}
	id = json_integer_value(json_object_get(r->json, "id"));
	events = json_object_get(r->json, "events");
	json_array_foreach(events, i, e)
		on_event(s, id, e);
	if (s->j->recursive && (uri = child_uri(events)))
		add_child(s, job_path(s, id), uri);
}

/* ---- instances ---- */

/* The events to ask for: with -R also those that tell of instances. */
static json_t *
request(const struct journal *j)
{
	json_t *o = json_pack("{s:b}", "full", 1);
	json_t *allow = j->filter ? json_copy(j->filter) : NULL;

	if (allow && j->recursive)
		json_object_update_new(allow, json_pack("{s:i s:i s:i}", "memo",
						  1, "finish", 1, "clean", 1));
	if (allow)
		json_object_set_new(o, "allow", allow);
	return o;
}

static void
give_up(struct source *s, int errnum)
{
	s->ended = true;
	s->errnum = errnum;
}

static void
listen_to(struct source *s)
{
	if (handle_rpc_new(s->h, "job-manager.events-journal", NODEID_ANY,
		MSG_STREAMING, request(s->j), on_answer, s) < 0)
		give_up(s, errno);
}

static void
on_up(struct handle *h, const struct reply *r, void *arg)
{
	struct source *s = arg;

	(void)h;
	if (r->errnum == ECONNRESET)
		give_up(s, r->errnum);
	else
		listen_to(s);
}

/* An instance posts its URI before it can tell about jobs. */
static void
listen_when_up(struct source *s)
{
	if (handle_rpc_new(
		s->h, "state-machine.wait", NODEID_ANY, 0, NULL, on_up, s) < 0)
		give_up(s, errno);
}

/* Takes all but j. */
static struct source *
add_source(struct journal *j, struct handle *h, char *path, char *uri)
{
	struct source *s = calloc(1, sizeof(*s));

	if (!s || !path)
		err(1, NULL);
	s->j = j;
	s->h = h;
	s->path = path;
	s->uri = uri;
	s->past = true;
	s->skip = j->only_new;
	if (j->nsources == j->sources_size) {
		j->sources_size = j->sources_size ? 2 * j->sources_size : 16;
		j->sources = reallocarray(
		    j->sources, j->sources_size, sizeof(*j->sources));
		if (!j->sources)
			err(1, NULL);
	}
	return j->sources[j->nsources++] = s;
}

/* A job may post any URI, that of its own instance too. */
static bool
is_open(const struct journal *j, const char *uri)
{
	for (size_t i = 0; i < j->nsources; i++)
		if (j->sources[i]->uri && strcmp(j->sources[i]->uri, uri) == 0)
			return true;
	return false;
}

/* It may have ended since: that is no failure. */
static void
add_child(struct source *s, char *path, const char *uri)
{
	struct journal *j = s->j;
	char *here = uri_reachable(uri);
	bool was_past = s->past;
	struct source *child;
	struct errmsg em;
	struct handle *h;

	if (here && is_open(j, here)) {
		free(here);
		free(path);
		return;
	}
	if (!here || !(h = handle_open(here, &em))) {
		if (!here || (errno != ENOENT && errno != ECONNREFUSED &&
				 errno != ECONNRESET))
			warnx("WARNING: %s: %s", path,
			    here ? em.text : "its URI is not valid");
		free(here);
		free(path);
		return;
	}
	child = add_source(j, h, path, here);
	/* all that happens in an instance that is new is new */
	child->skip = j->only_new && was_past;
	if (j->follow)
		listen_when_up(child);
	else
		listen_to(child);
}

static void
destroy(struct source *s)
{
	handle_close(s->h);
	free(s->path);
	free(s->uri);
	free(s->why);
	free(s);
}

/* Remove those that have ended. An answer that is a failure is one of ours if
 * it is from our own instance, else the end of the other one. */
static void
reap(struct journal *j)
{
	size_t n = 0;

	for (size_t i = 0; i < j->nsources; i++) {
		struct source *s = j->sources[i];

		if (!s->ended) {
			j->sources[n++] = s;
			continue;
		}
		if (s->errnum && !*s->path)
			tool_fail("%s", s->errnum == ECONNRESET
					    ? "lost connection to Flux"
					: s->why ? s->why
						 : strerror(s->errnum));
		if (s->past && j->follow)
			record_print_past(j);
		if (!*s->path && j->follow)
			j->done = true;
		destroy(s);
	}
	j->nsources = n;
}

/* ---- loop ---- */

static void
dispatch(struct source *s, short revents)
{
	if (revents & POLLOUT)
		handle_flush(s->h);
	if ((revents & (POLLIN | POLLHUP | POLLERR)) && handle_read(s->h) < 0 &&
	    !s->ended) {
		s->ended = true;
		s->errnum = errno;
	}
}

/* Wait for input. Also for the reader of a pipe to go away, which is else seen
 * at the next event only. */
static void
wait_input(struct journal *j)
{
	size_t n = j->nsources;
	struct pollfd *p = calloc(n + 1, sizeof(*p));

	if (!p)
		err(1, NULL);
	for (size_t i = 0; i < n; i++) {
		struct handle *h = j->sources[i]->h;

		p[i].fd = handle_fd(h);
		p[i].events = POLLIN | (handle_wants_write(h) ? POLLOUT : 0);
	}
	p[n].fd = STDOUT_FILENO;
	if (poll(p, n + 1, -1) < 0) {
		if (errno != EINTR)
			err(1, "ERROR: poll");
	} else {
		for (size_t i = 0; i < n && !j->done; i++)
			dispatch(j->sources[i], p[i].revents);
		if (p[n].revents & POLLERR)
			exit(1);
	}
	free(p);
}

void
journal_run(struct journal *j)
{
	struct handle *h = tool_open();

	listen_to(add_source(j, h, strdup(""), uri_reachable(uri_default())));
	while (j->nsources > 0 && !j->done) {
		wait_input(j);
		reap(j);
	}
	record_print_past(j);
	for (size_t i = 0; i < j->nsources; i++)
		destroy(j->sources[i]);
	free(j->sources);
}
