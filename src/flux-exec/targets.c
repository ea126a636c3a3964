/* SPDX-License-Identifier: MIT */
/* Which ranks, and whose service: that of the brokers, or that of the shells
 * of a job, which is told in its exec log. */
#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "eventlog.h"
#include "exec.h"
#include "fluid.h"
#include "handle.h"
#include "idset.h"
#include "jobstate.h"

enum { WAITCREATE = 1 };

static struct idset *
decode(const char *text)
{
	struct idset *s = idset_decode(text);

	if (!s)
		errx(1, "failed to decode idset '%s': %s", text,
		    strerror(errno));
	return s;
}

static struct idset *
all_brokers(struct exec *x)
{
	struct idset *s = idset_create();
	char *size = handle_getattr(x->h, "size");

	if (!size)
		err(1, "size");
	if (!s || idset_set_range(s, 0, strtoul(size, NULL, 10) - 1) < 0)
		err(1, NULL);
	free(size);
	return s;
}

/* ---- jobs ---- */

static void __attribute__((noreturn)) not_running(const struct exec *x)
{
	errx(1, "job %s is not currently running", x->jobid);
}

/* Ranks of a job that runs. */
static struct idset *
ranks_of_job(struct exec *x, uint64_t id)
{
	const char *ranks = NULL;
	int state = 0, rc;
	struct errmsg em;
	struct idset *s;
	json_t *o = NULL;

	rc = handle_call_new(x->h, "job-list.list-id", NODEID_ANY,
	    json_pack("{s:I s:[ss]}", "id", (json_int_t)id, "attrs", "ranks",
		"state"),
	    &o, &em);
	if (rc < 0 && errno == ENOENT)
		errx(1, "job %s not found", x->jobid);
	if (rc < 0)
		errx(1, "unable to get info for job %s: %s", x->jobid, em.text);
	json_unpack(json_object_get(o, "job"), "{s?s s?i}", "ranks", &ranks,
	    "state", &state);
	if (state != JOBSTATE_RUN || !ranks)
		not_running(x);
	s = decode(ranks);
	json_decref(o);
	return s;
}

static void
on_event(struct handle *h, const struct reply *r, void *arg)
{
	struct exec *x = arg;
	const char *line = NULL, *service = NULL;
	struct event e;

	if (x->service)
		return;
	if (r->errnum && r->errnum != ENODATA)
		errx(1, "unable to get info for job %s: %s", x->jobid, r->text);
	if (r->errnum)
		not_running(x);
	if (json_unpack(r->json, "{s:s}", "event", &line) < 0 ||
	    event_decode(&e, line) < 0)
		return;
	if (strcmp(e.name, "shell.init") == 0 &&
	    json_unpack(e.context, "{s:s}", "service", &service) == 0) {
		if (asprintf(&x->service, "%s.rexec", service) < 0)
			err(1, NULL);
		handle_stop(h);
	}
	event_fini(&e);
}

/* The shells are there once they have said their service. */
static void
find_service(struct exec *x, uint64_t id)
{
	int64_t tag = handle_rpc_new(x->h, "job-info.eventlog-watch",
	    NODEID_ANY, MSG_STREAMING,
	    json_pack("{s:I s:s s:i}", "id", (json_int_t)id, "path",
		"guest.exec.eventlog", "flags", WAITCREATE),
	    on_event, x);

	if (tag < 0 || handle_run(x->h) < 0 || !x->service)
		err(1, "job-info.eventlog-watch");
	handle_rpc_forget(x->h, (uint32_t)tag);
	handle_rpc_new(x->h, "job-info.eventlog-watch-cancel", NODEID_ANY,
	    MSG_NORESPONSE, json_pack("{s:I}", "matchtag", (json_int_t)tag),
	    NULL, NULL);
}

/* ---- those that are wanted ---- */

/* The members of all at these places. */
static struct idset *
pick(const struct idset *all, const struct idset *places)
{
	struct idset *s = idset_create();
	unsigned i = 0;

	for (unsigned r = idset_first(all); r != IDSET_INVALID;
	     r = idset_next(all, r))
		if (idset_test(places, i++) && (!s || idset_set(s, r) < 0))
			err(1, NULL);
	return s;
}

/* Places in the whole, which are ranks where it is all brokers. */
static struct idset *
choose_places(const struct exec *x, size_t count)
{
	struct idset *s, *all = idset_create(), *out;

	if (!all || (count > 0 && idset_set_range(all, 0, count - 1) < 0))
		err(1, NULL);
	s = strcmp(x->ranks, "all") == 0 ? idset_dup(all) : decode(x->ranks);
	if (x->exclude) {
		out = decode(x->exclude);
		if (idset_subtract(s, out) < 0)
			err(1, NULL);
		idset_destroy(out);
	}
	if (idset_count(s) == 0)
		errx(1, "No targets specified");
	if (idset_last(s) >= count) {
		idset_subtract(s, all);
		errx(1, "One or more invalid --ranks specified: %s",
		    idset_encode(s, 0));
	}
	idset_destroy(all);
	return s;
}

struct idset *
targets_choose(struct exec *x)
{
	struct idset *all, *places, *s;
	uint64_t id = 0;

	if (x->jobid && fluid_parse(x->jobid, &id) < 0)
		errx(1, "error parsing jobid: \"%s\"", x->jobid);
	all = x->jobid ? ranks_of_job(x, id) : all_brokers(x);
	places = choose_places(x, idset_count(all));
	s = pick(all, places);
	idset_destroy(places);
	idset_destroy(all);
	if (x->jobid)
		find_service(x, id);
	else if (!(x->service = strdup("rexec")))
		err(1, NULL);
	return s;
}
