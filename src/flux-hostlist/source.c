/* SPDX-License-Identifier: MIT */
/*
 * Where hosts come from. The broker is asked only for what only it knows, so
 * that literal lists need none.
 */
#include <err.h>
#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fluid.h"
#include "handle.h"
#include "hostlist.h"
#include "hosts.h"
#include "idset.h"
#include "optparse.h"
#include "value.h"

/* A list that the broker gave us. */
static struct hostlist *
decode(const char *text)
{
	struct hostlist *hl = hostlist_decode(text);

	if (!hl)
		tool_fail("Invalid hostlist: '%s'", text);
	return hl;
}

static struct hostlist *
hosts_of(struct handle *h)
{
	char *text = handle_getattr(h, "hostlist");
	struct hostlist *hl;

	if (!text)
		tool_fail("hostlist: %s", strerror(errno));
	hl = decode(text);
	free(text);
	return hl;
}

static struct hostlist *
from_instance(void)
{
	struct handle *h = tool_open();
	struct hostlist *hl = hosts_of(h);

	handle_close(h);
	return hl;
}

/* ---- available hosts ---- */

static void
subtract(struct idset *ranks, const char *text)
{
	struct idset *s = idset_decode(text);

	if (!s || idset_subtract(ranks, s) < 0)
		tool_fail("resource.status: Invalid idset '%s'", text);
	idset_destroy(s);
}

/* Ranks that are neither offline nor drained. */
static struct idset *
usable_ranks(const json_t *status, size_t size)
{
	struct idset *ranks = idset_create();
	const char *offline, *text;
	json_t *drain, *o;

	if (!ranks || (size > 0 && idset_set_range(ranks, 0, size - 1) < 0))
		err(1, NULL);
	if (json_unpack((json_t *)status, "{s:s s:o}", "offline", &offline,
		"drain", &drain) < 0)
		tool_fail("resource.status: %s", strerror(EPROTO));
	subtract(ranks, offline);
	json_object_foreach(drain, text, o)
		subtract(ranks, text);
	return ranks;
}

static struct hostlist *
from_available(void)
{
	struct handle *h = tool_open();
	struct hostlist *all = hosts_of(h), *hl;
	struct idset *ranks;
	json_t *status = NULL;
	struct errmsg em;

	if (handle_call_new(h, "resource.status", 0, NULL, &status, &em) < 0)
		tool_fail("resource.status: %s", em.text);
	ranks = usable_ranks(status, hostlist_count(all));
	if (!(hl = hostlist_pick(all, ranks)))
		err(1, NULL);
	hostlist_destroy(all);
	idset_destroy(ranks);
	json_decref(status);
	handle_close(h);
	return hl;
}

/* ---- jobs ---- */

/* NULL with ENOENT: no such job. One that has no hosts yet has an empty
 * list. */
static struct hostlist *
from_job(uint64_t id)
{
	struct handle *h = tool_open();
	const char *text = "";
	struct hostlist *hl;
	json_t *out = NULL;
	struct errmsg em;
	int rc;

	rc = handle_call_new(h, "job-list.list-id", NODEID_ANY,
	    json_pack("{s:I s:[s]}", "id", (json_int_t)id, "attrs", "nodelist"),
	    &out, &em);
	if (rc < 0 && errno != ENOENT)
		tool_fail("job-list.list-id: %s", em.text);
	handle_close(h);
	if (rc < 0) {
		errno = ENOENT;
		return NULL;
	}
	json_unpack(out, "{s:{s:s}}", "job", "nodelist", &text);
	hl = decode(text);
	json_decref(out);
	return hl;
}

static struct hostlist *
from_local(void)
{
	const char *name = getenv("FLUX_JOB_ID");
	struct hostlist *hl;
	uint64_t id;

	if (!name)
		return from_instance();
	if (fluid_parse(name, &id) < 0)
		tool_fail("%s is not a valid Flux jobid", name);
	if (!(hl = from_job(id)))
		tool_fail("job %s not found", name);
	return hl;
}

/* ---- standard input ---- */

enum { STDIN_TIMEOUT = 15 }; /* s; FLUX_HOSTLIST_STDIN_TIMEOUT */

static double
stdin_timeout(void)
{
	const char *s = getenv("FLUX_HOSTLIST_STDIN_TIMEOUT");
	double t = STDIN_TIMEOUT;
	char *end;

	if (!s)
		return t;
	t = strtod(s, &end);
	if (!*s || *end)
		tool_fail(
		    "FLUX_HOSTLIST_STDIN_TIMEOUT: '%s' is not a number", s);
	if (!(t >= 0))
		tool_fail("timeout must be non-negative");
	return t;
}

/* Somebody may have forgotten to say where from, so do not wait for ever. */
static void
wait_for_stdin(void)
{
	struct pollfd p = { .fd = STDIN_FILENO, .events = POLLIN };
	double t = stdin_timeout();
	char number[32];

	if (poll(&p, 1, t < 1e6 ? (int)(t * 1000) : -1) == 0)
		tool_fail("timeout after %ss waiting for stdin",
		    value_float_text(number, sizeof(number), t));
}

static struct hostlist *
from_stdin(void)
{
	char *text = NULL;
	size_t size = 0;
	struct hostlist *hl;
	ssize_t n;

	wait_for_stdin();
	if ((n = getdelim(&text, &size, '\0', stdin)) < 0 && ferror(stdin))
		tool_fail("stdin: %s", strerror(errno));
	hl = decode(n > 0 ? text : "");
	free(text);
	return hl;
}

static const struct {
	const char *name;
	struct hostlist *(*hosts)(void);
} sources[] = {
	{ "instance", from_instance },
	{ "local", from_local },
	{ "avail", from_available },
	{ "available", from_available },
	{ "stdin", from_stdin },
	{ "-", from_stdin },
};

struct hostlist *
source_hosts(const char *word, int may_be_host)
{
	struct hostlist *hl;
	uint64_t id;

	for (size_t i = 0; i < sizeof(sources) / sizeof(*sources); i++)
		if (strcmp(sources[i].name, word) == 0)
			return sources[i].hosts();
	if (fluid_parse(word, &id) == 0) {
		if ((hl = from_job(id)))
			return hl;
		if (!may_be_host)
			tool_fail("job %s not found", word);
	}
	if (!(hl = hostlist_decode(word)))
		tool_fail("Invalid jobid or hostlist %s", word);
	return hl;
}
