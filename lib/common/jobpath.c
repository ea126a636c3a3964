/* SPDX-License-Identifier: MIT */
/* Jobs inside jobs, those that run and those that have ended. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fluid.h"
#include "jobinfo.h"
#include "jobpath.h"
#include "uri.h"

bool
jobpath_is(const char *text)
{
	return strchr(text, '/') != NULL;
}

void
jobpath_close(struct jobpath *p)
{
	handle_close(p->h);
	free(p->inner);
	memset(p, 0, sizeof(*p));
}

uint64_t
jobpath_id(const struct jobpath *p)
{
	const char *slash = p->inner ? strrchr(p->inner, '/') : NULL;

	if (!p->inner)
		return p->id;
	return strtoull(slash ? slash + 1 : p->inner, NULL, 10);
}

/* Go on at this instance. */
static int
go_to(struct jobpath *p, const char *uri, struct errmsg *em)
{
	char *here = uri_reachable(uri);
	struct handle *h = here ? handle_open(here, em) : NULL;

	if (!here)
		errmsg_set(em, "%s: %s", uri, strerror(errno));
	free(here);
	if (!h)
		return -1;
	handle_close(p->h);
	p->h = h;
	return 0;
}

static int
go_to_target(struct jobpath *p, const char *target, struct errmsg *em)
{
	char *uri = uri_resolve(target, em);
	int r = uri ? go_to(p, uri, em) : -1;

	free(uri);
	return r;
}

/* The rest of the path, in decimal. */
static int
take_inner(struct jobpath *p, const char *rest, struct errmsg *em)
{
	char word[FLUID_STRMAX], *longer;
	uint64_t id;

	while (*rest) {
		size_t n = strcspn(rest, "/");

		snprintf(word, sizeof(word), "%.*s", (int)n, rest);
		if (n >= sizeof(word) || fluid_parse(word, &id) < 0)
			return errmsg_set(
			    em, "%.*s is not a valid Flux jobid", (int)n, rest);
		if (asprintf(&longer, "%s%s%llu", p->inner ? p->inner : "",
			p->inner ? "/" : "", (unsigned long long)id) < 0)
			return errmsg_set(em, "%s", strerror(ENOMEM));
		free(p->inner);
		p->inner = longer;
		rest += n + (rest[n] == '/');
	}
	return 0;
}

/* Go into job id, before the rest of the path. 1: it has ended, its history
 * is the rest. */
static int
enter(struct jobpath *p, const char *word, const char *rest, struct errmsg *em)
{
	const char *uri = NULL;
	int state = 0, r = -1;
	json_t *o;

	if (handle_call_new(p->h, "job-list.list-id", NODEID_ANY,
		json_pack("{s:I s:[ss]}", "id", (json_int_t)p->id, "attrs",
		    "state", "annotations"),
		&o, em) < 0)
		return errno == ENOENT
			   ? errmsg_set(em, "jobid %s not found", word)
			   : -1;
	json_unpack(o, "{s:{s:i s?{s?{s?s}}}}", "job", "state", &state,
	    "annotations", "user", "uri", &uri);
	if (state == JOB_INACTIVE)
		r = take_inner(p, rest, em) < 0 ? -1 : 1;
	else if (state == JOB_RUN && uri)
		r = go_to(p, uri, em);
	else
		errmsg_set(em,
		    state == JOB_RUN ? "URI not found for job %s"
				     : "jobid %s is not running",
		    word);
	json_decref(o);
	return r;
}

/* text is taken apart in place. */
static int
walk(struct jobpath *p, char *text, struct errmsg *em)
{
	char *word, *rest = text;
	int r = 0;

	if (*text == '/' && go_to_target(p, "/", em) < 0)
		return -1;
	while (r == 0 && (word = strsep(&rest, "/"))) {
		if (!*word)
			continue;
		if (strcmp(word, ".") == 0 || strcmp(word, "..") == 0)
			return errmsg_set(
			    em, "'%s' must come before the jobids", word);
		if (fluid_parse(word, &p->id) < 0)
			return errmsg_set(
			    em, "%s is not a valid Flux jobid", word);
		if (!rest || !*rest)
			return 0;
		r = enter(p, word, rest, em);
	}
	return r < 0 ? -1 : 0;
}

/* How long a beginning of dots there is: "../../ƒA". */
static size_t
dots(const char *text)
{
	size_t n = 0, len;

	while ((len = strspn(text + n, ".")) > 0 && text[n + len] == '/')
		n += len + 1;
	return n;
}

int
jobpath_open(struct jobpath *p, const char *text, struct errmsg *em)
{
	size_t n = dots(text);
	char *copy = strdup(text);
	int r = -1;

	memset(p, 0, sizeof(*p));
	if (!copy)
		return errmsg_set(em, "%s", strerror(ENOMEM));
	if (n > 0) {
		copy[n - 1] = '\0';
		r = go_to_target(p, copy, em);
	} else if ((p->h = uri_open_default(em))) {
		r = 0;
	}
	if (r == 0)
		r = walk(p, copy + n, em);
	free(copy);
	if (r < 0)
		jobpath_close(p);
	return r;
}

/* ---- asking ---- */

/* The request for this job; topic gets the name of the one that knows. */
static json_t *
address(const struct jobpath *p, const char *asked, char *topic, size_t size,
    json_t *payload)
{
	strlcpy(topic, asked, size);
	json_object_set_new(payload, "id", json_integer((json_int_t)p->id));
	if (p->inner) {
		snprintf(topic, size, "job-history%s", strchr(asked, '.'));
		json_object_set_new(payload, "path", json_string(p->inner));
	}
	return payload;
}

int64_t
jobpath_rpc_new(const struct jobpath *p, const char *asked, json_t *payload,
    rpc_f cb, void *arg)
{
	char topic[64];

	payload = address(p, asked, topic, sizeof(topic), payload);
	return handle_rpc_new(p->h, topic, NODEID_ANY, 0, payload, cb, arg);
}

int
jobpath_call_new(const struct jobpath *p, const char *asked, json_t *payload,
    json_t **out, struct errmsg *em)
{
	char topic[64];

	payload = address(p, asked, topic, sizeof(topic), payload);
	if (handle_call_new(p->h, topic, NODEID_ANY, payload, out, em) == 0)
		return 0;
	if (p->inner && errno == ENOSYS)
		errmsg_set(em, "the instance has no history of jobs in jobs");
	return -1;
}

int64_t
jobpath_list_new(struct handle *h, uint64_t id, const char *path,
    json_t *payload, rpc_f cb, void *arg)
{
	json_object_set_new(payload, "id", json_integer((json_int_t)id));
	if (path)
		json_object_set_new(payload, "path", json_string(path));
	return handle_rpc_new(
	    h, "job-history.list", NODEID_ANY, 0, payload, cb, arg);
}
