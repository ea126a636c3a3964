/* SPDX-License-Identifier: MIT */
/*
 * flux pkill: raise the exception "cancel" on jobs.
 */
#include <err.h>
#include <stdlib.h>

#include "fluid.h"
#include "optparse.h"
#include "pgrep.h"

struct victim {
	uint64_t id;
	bool failed;
};

static const char *
f58(char *buf, size_t size, uint64_t id)
{
	return fluid_encode(buf, size, id, fluid_f58_form());
}

static void
raise_reply(struct handle *h, const struct reply *r, void *arg)
{
	struct victim *v = arg;
	char id[FLUID_STRMAX];

	(void)h;
	if (r->errnum == 0)
		return;
	v->failed = true;
	warnx("ERROR: %s: cancel: [Errno %d] %s", f58(id, sizeof(id), v->id),
	    r->errnum, r->text);
}

static void
wait_reply(struct handle *h, const struct reply *r, void *arg)
{
	struct victim *v = arg;
	char id[FLUID_STRMAX];

	(void)h;
	if (r->errnum == 0)
		return;
	v->failed = true;
	warnx("ERROR: %s: wait: [Errno %d] %s", f58(id, sizeof(id), v->id),
	    r->errnum, r->text);
}

static void
run(struct handle *h)
{
	if (handle_run(h) < 0)
		tool_fail("lost connection to Flux");
}

static void
raise_all(struct handle *h, struct victim *v, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (handle_rpc_new(h, "job-manager.raise", NODEID_ANY, 0,
			json_pack("{s:I s:s s:i}", "id", (json_int_t)v[i].id,
			    "type", "cancel", "severity", 0),
			raise_reply, &v[i]) < 0)
			err(1, "ERROR: job-manager.raise");
	run(h);
}

static void
wait_all(struct handle *h, struct victim *v, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (v[i].failed)
			continue;
		if (handle_rpc_new(h, "job-list.list-id", NODEID_ANY, 0,
			json_pack("{s:I s:[] s:i}", "id", (json_int_t)v[i].id,
			    "attrs", "state", JOB_INACTIVE),
			wait_reply, &v[i]) < 0)
			err(1, "ERROR: job-list.list-id");
	}
	run(h);
}

int
kill_jobs(struct handle *h, struct jobinfo *const *jobs, size_t n, bool wait)
{
	struct victim *v = calloc(n + 1, sizeof(*v));
	size_t i, failed = 0;

	if (!v)
		err(1, NULL);
	for (i = 0; i < n; i++)
		v[i].id = jobinfo_id(jobs[i]);
	raise_all(h, v, n);
	if (wait)
		wait_all(h, v, n);
	for (i = 0; i < n; i++)
		failed += v[i].failed;
	warnx(
	    "INFO: Canceled %zu job%s", n - failed, n - failed == 1 ? "" : "s");
	free(v);
	return failed > 0;
}
