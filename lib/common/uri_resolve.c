/* SPDX-License-Identifier: MIT */
/*
 * Resolving a TARGET to the URI of an instance: a path of job ids, "/" and
 * ".." walked from the enclosing instance, each hop by a connection to the
 * broker reached so far; or a scheme of its own (pid:, slurm:).
 *
 * Hops go to the local form of a URI when its host is this one; what is
 * returned stays as announced unless the query says ?local.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "eventlog.h"
#include "fluid.h"
#include "handle.h"
#include "uri.h"
#include "uri_schemes.h"

enum { STATE_RUN = 16, LEVEL_MAX = 1000 };

struct query {
	bool local, remote, wait;
};

/* Where a walk has come to. */
struct walk {
	char *uri; /* NULL = still at the enclosing instance */
	const struct query *query;
	bool waited; /* only the first id waits */
	struct errmsg *em;
};

static void
walk_set(struct walk *w, char *uri)
{
	free(w->uri);
	w->uri = uri;
}

static struct handle *
walk_open(struct walk *w)
{
	char *uri;
	struct handle *h;

	if (!w->uri)
		return uri_open_default(w->em);
	if (!(uri = uri_reachable(w->uri))) {
		errmsg_set(w->em, "%s: %s", w->uri, strerror(errno));
		return NULL;
	}
	if (!(h = handle_open(uri, w->em)) && w->em) {
		struct errmsg why = *w->em;
		errmsg_set(w->em, "Unable to connect to Flux: %s", why.text);
	}
	free(uri);
	return h;
}

static char *
attr(struct walk *w, struct handle *h, const char *name)
{
	char *value = handle_getattr(h, name);

	if (!value)
		errmsg_set(w->em, "attribute %s: %s", name, strerror(errno));
	return value;
}

static int
level_of(struct walk *w, struct handle *h)
{
	char *s = attr(w, h, "instance-level");
	int level = s ? (int)strtol(s, NULL, 10) : -1;

	free(s);
	return level;
}

/* "local:///p" seen from a job on another host is "ssh://[user@]host/p". */
static char *
put_host(const char *uri, const char *seen_from)
{
	char prefix[300];
	const char *path = strstr(uri, "://");
	size_t n;
	char *s;

	if (!seen_from || strncmp(seen_from, "ssh://", 6) != 0 ||
	    strncmp(uri, "local://", 8) != 0)
		return strdup(uri);
	n = 6 + strcspn(seen_from + 6, "/");
	snprintf(prefix, sizeof(prefix), "%.*s", (int)n, seen_from);
	return asprintf(&s, "%s%s", prefix, path + 3) < 0 ? NULL : s;
}

/* Read an attribute of the instance reached so far, and go there. */
static int
step_attr(struct walk *w, struct handle *h, const char *name)
{
	char *value = attr(w, h, name);
	char *uri;

	if (!value)
		return -1;
	uri = put_host(value, w->uri);
	free(value);
	if (!uri)
		return errmsg_set(w->em, "%s", strerror(errno));
	walk_set(w, uri);
	return 0;
}

static int
step_up(struct walk *w)
{
	struct handle *h = walk_open(w);
	int level, rc = -1;

	if (!h)
		return -1;
	if ((level = level_of(w, h)) >= 0)
		rc = step_attr(w, h, level > 0 ? "parent-uri" : "local-uri");
	handle_close(h);
	return rc;
}

static int
step_here(struct walk *w)
{
	struct handle *h = walk_open(w);
	int rc;

	if (!h)
		return -1;
	rc = step_attr(w, h, "local-uri");
	handle_close(h);
	return rc;
}

static int
step_root(struct walk *w)
{
	for (int i = 0; i < LEVEL_MAX; i++) {
		struct handle *h = walk_open(w);
		int level, rc = -1;

		if (!h)
			return -1;
		if ((level = level_of(w, h)) >= 0)
			rc = step_attr(
			    w, h, level > 0 ? "parent-uri" : "local-uri");
		handle_close(h);
		if (rc < 0 || level == 0)
			return rc;
	}
	return errmsg_set(w->em, "too many levels");
}

struct memo_wait {
	char *uri;
	bool over;
	int errnum;
};

static void
memo_event(struct handle *h, const struct reply *r, void *arg)
{
	struct memo_wait *mw = arg;
	struct event e;
	const char *line, *uri;

	(void)h;
	if (r->errnum) {
		mw->over = true;
		mw->errnum = r->errnum;
		return;
	}
	line = json_string_value(json_object_get(r->json, "event"));
	if (!line || event_decode(&e, line) < 0)
		return;
	uri = json_string_value(json_object_get(e.context, "uri"));
	if (strcmp(e.name, "memo") == 0 && uri && !mw->uri)
		mw->uri = strdup(uri);
	if (strcmp(e.name, "finish") == 0 || strcmp(e.name, "clean") == 0)
		mw->over = true;
	event_fini(&e);
}

static char *
wait_for_uri(struct handle *h, uint64_t id)
{
	struct memo_wait mw = { 0 };
	int64_t tag = handle_rpc_new(h, "job-info.eventlog-watch", NODEID_ANY,
	    MSG_STREAMING,
	    json_pack("{s:I s:s s:i}", "id", (json_int_t)id, "path", "eventlog",
		"flags", 0),
	    memo_event, &mw);

	while (tag >= 0 && !mw.uri && !mw.over)
		if (handle_poll(h, -1) < 0 && errno != EINTR)
			break;
	handle_rpc_forget(h, tag);
	errno = mw.errnum;
	return mw.uri;
}

static char *
running_uri(struct walk *w, struct handle *h, uint64_t id, const char *name)
{
	json_t *o;
	const char *uri = NULL;
	int state = 0;
	char *copy = NULL;

	if (handle_call_new(h, "job-list.list-id", NODEID_ANY,
		json_pack("{s:I s:[ss]}", "id", (json_int_t)id, "attrs",
		    "state", "annotations"),
		&o, w->em) < 0) {
		if (errno == ENOENT)
			errmsg_set(w->em, "jobid %s not found", name);
		return NULL;
	}
	json_unpack(o, "{s:{s:i s?{s?{s?s}}}}", "job", "state", &state,
	    "annotations", "user", "uri", &uri);
	if (state != STATE_RUN)
		errmsg_set(w->em, "jobid %s is not running", name);
	else if (!uri)
		errmsg_set(w->em, "URI not found for job %s", name);
	else
		copy = strdup(uri);
	json_decref(o);
	return copy;
}

static int
step_job(struct walk *w, const char *name)
{
	struct handle *h;
	uint64_t id;
	char *uri;

	if (fluid_parse(name, &id) < 0)
		return errmsg_set(w->em, "%s is not a valid Flux jobid", name);
	if (!(h = walk_open(w)))
		return -1;
	if (w->query->wait && !w->waited) {
		w->waited = true;
		if (!(uri = wait_for_uri(h, id)))
			errmsg_set(w->em,
			    errno == ENOENT ? "jobid %s not found"
					    : "URI not found for job %s",
			    name);
	} else {
		uri = running_uri(w, h, id, name);
	}
	handle_close(h);
	if (!uri)
		return -1;
	walk_set(w, uri);
	if (w->query->local && !(uri = uri_local(w->uri)))
		return errmsg_set(w->em, "%s: %s", w->uri, strerror(errno));
	if (w->query->local)
		walk_set(w, uri);
	return 0;
}

static int
step(struct walk *w, const char *element)
{
	if (strcmp(element, "..") == 0)
		return step_up(w);
	if (strcmp(element, ".") == 0)
		return step_here(w);
	return step_job(w, element);
}

/* path is taken apart in place. */
static char *
resolve_jobid(char *path, const struct query *q, struct errmsg *em)
{
	struct walk w = { .query = q, .em = em };
	char *element;

	if (*path == '/' && step_root(&w) < 0)
		goto error;
	while ((element = strsep(&path, "/")))
		if (*element && step(&w, element) < 0)
			goto error;
	if (!w.uri && step_here(&w) < 0)
		goto error;
	return w.uri;
error:
	free(w.uri);
	return NULL;
}

/* ---- pid: ---- */

static char *
resolve_pid(char *pid, const struct query *q, struct errmsg *em)
{
	(void)q;
	return uri_of_pid(pid, em);
}

/* ---- slurm: ---- */

static char *
resolve_slurm(char *id, const struct query *q, struct errmsg *em)
{
	(void)q;
	return uri_of_slurm(id, em);
}

static char *
resolve_itself(char *rest, const struct query *q, struct errmsg *em)
{
	(void)q;
	(void)em;
	return strdup(rest);
}

static const struct {
	const char *name;
	bool keep_scheme; /* hand on the whole text */
	char *(*resolve)(char *rest, const struct query *q, struct errmsg *em);
} schemes[] = {
	{ "jobid", false, resolve_jobid },
	{ "pid", false, resolve_pid },
	{ "slurm", false, resolve_slurm },
	{ "local", true, resolve_itself },
	{ "ssh", true, resolve_itself },
};

static int
parse_query(struct query *q, char *text, struct errmsg *em)
{
	char *word;

	while ((word = strsep(&text, "&;"))) {
		if (strcmp(word, "local") == 0)
			q->local = true;
		else if (strcmp(word, "remote") == 0)
			q->remote = true;
		else if (strcmp(word, "wait") == 0)
			q->wait = true;
	}
	if (q->local && q->remote)
		return errmsg_set(
		    em, "Only one of 'local' or 'remote' is allowed");
	return 0;
}

static char *
resolve_scheme(char *text, const struct query *q, struct errmsg *em)
{
	size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyz");

	if (text[n] != ':')
		return resolve_jobid(text, q, em);
	for (size_t i = 0; i < sizeof(schemes) / sizeof(*schemes); i++) {
		if (strlen(schemes[i].name) != n ||
		    strncmp(schemes[i].name, text, n) != 0)
			continue;
		return schemes[i].resolve(
		    schemes[i].keep_scheme ? text : text + n + 1, q, em);
	}
	errmsg_set(em, "No plugin for URI scheme %.*s", (int)n, text);
	return NULL;
}

/* The form that the query or the environment asks for; takes uri. */
static char *
converted(char *uri, const struct query *q)
{
	const char *env = getenv("FLUX_URI_RESOLVE_LOCAL");
	char *other = NULL;

	if (q->remote)
		other = uri_remote(uri);
	else if (q->local || (env && *env))
		other = uri_local(uri);
	if (!other)
		return uri;
	free(uri);
	return other;
}

char *
uri_resolve(const char *target, struct errmsg *em)
{
	struct query q = { 0 };
	char *text = strdup(target);
	char *mark, *uri = NULL;

	if (!text) {
		errmsg_set(em, "%s", strerror(errno));
		return NULL;
	}
	if ((mark = strchr(text, '?')))
		*mark++ = '\0';
	if (!mark || parse_query(&q, mark, em) == 0)
		uri = resolve_scheme(text, &q, em);
	free(text);
	return uri ? converted(uri, &q) : NULL;
}
