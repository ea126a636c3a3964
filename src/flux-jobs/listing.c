/* SPDX-License-Identifier: MIT */
/*
 * The jobs of one instance, or of stdin.
 */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fluid.h"
#include "jobs.h"
#include "optparse.h"

void
listing_init(struct listing *l, const struct query *q)
{
	memset(l, 0, sizeof(*l));
	l->query = q;
}

void
listing_fini(struct listing *l)
{
	size_t i;

	for (i = 0; i < l->njobs; i++)
		jobinfo_destroy(l->jobs[i]);
	free(l->jobs);
	past_free(l);
}

static void
keep(struct listing *l, struct jobinfo *j)
{
	if (l->njobs == l->size) {
		l->size = l->size ? l->size * 2 : 64;
		l->jobs = reallocarray(l->jobs, l->size, sizeof(*l->jobs));
		if (!l->jobs)
			err(1, NULL);
	}
	l->jobs[l->njobs++] = j;
}

/* -1: it is no job. */
static int
take(struct listing *l, json_t *job)
{
	struct jobinfo *j = jobinfo_create(l->query->shared, job);

	if (!j)
		return -1;
	l->nseen++;
	if (l->each) {
		l->each(l, j);
		jobinfo_destroy(j);
	} else {
		keep(l, j);
	}
	return 0;
}

void
listing_reply(struct handle *h, const struct reply *r, void *arg)
{
	struct listing *l = arg;
	int count = l->query->opts->count;
	json_t *job;
	size_t i;

	if (r->errnum) {
		l->errnum = r->errnum == ENODATA ? 0 : r->errnum;
		errmsg_set(&l->why, "%s", r->text);
		if (l->errnum == 0)
			past_request(l, h);
		return;
	}
	json_array_foreach(json_object_get(r->json, "jobs"), i, job) {
		if (count > 0 && l->nseen == (size_t)count)
			l->is_truncated = true;
		else
			take(l, job);
	}
	if (l->past_id) {
		l->cut = json_integer_value(json_object_get(r->json, "cut"));
		past_request(l, h);
	}
}

void
listing_request(struct listing *l, struct handle *h)
{
	if (handle_rpc_new(h, "job-list.list", NODEID_ANY, MSG_STREAMING,
		json_incref(l->query->request), listing_reply, l) < 0) {
		l->errnum = errno;
		errmsg_set(&l->why, "%s", strerror(errno));
	}
}

/* One of the jobs that were asked for by id. */
struct wanted {
	const char *text;
	json_t *job;
	int errnum;
	struct errmsg why;
};

static void
id_reply(struct handle *h, const struct reply *r, void *arg)
{
	struct wanted *w = arg;

	(void)h;
	w->errnum = r->errnum;
	errmsg_set(&w->why, "%s", r->text ? r->text : "");
	if (r->errnum == 0)
		w->job = json_incref(json_object_get(r->json, "job"));
}

static void
request_id(struct listing *l, struct handle *h, struct wanted *w)
{
	uint64_t id = 0;

	fluid_parse(w->text, &id);
	if (handle_rpc_new(h, "job-list.list-id", NODEID_ANY, 0,
		json_pack("{s:I s:O}", "id", (json_int_t)id, "attrs",
		    l->query->attrs),
		id_reply, w) < 0)
		tool_fail("%s", strerror(errno));
}

static void
take_wanted(struct listing *l, struct wanted *w)
{
	if (w->errnum == ENOENT)
		fprintf(stderr, "JobID %s unknown\n", w->text);
	else if (w->errnum)
		tool_fail("%s", w->why.text);
	else if (take(l, w->job) < 0)
		tool_fail("%s: invalid answer from job-list", w->text);
	json_decref(w->job);
}

size_t
listing_ids(struct listing *l, struct handle *h, char **ids)
{
	size_t n = 0, i;
	struct wanted *w;

	while (ids[n])
		n++;
	w = calloc(n, sizeof(*w));
	if (!w)
		err(1, NULL);
	for (i = 0; i < n; i++) {
		w[i].text = ids[i];
		request_id(l, h, &w[i]);
	}
	handle_run(h);
	for (i = 0; i < n; i++)
		take_wanted(l, &w[i]);
	free(w);
	past_request(l, h);
	handle_run(h);
	return l->njobs;
}

void
listing_stdin(struct listing *l)
{
	char *line = NULL;
	size_t size = 0;
	int n = 0;
	json_error_t e;
	json_t *job;

	while (getline(&line, &size, stdin) >= 0) {
		n++;
		job = json_loads(line, 0, &e);
		if (!job)
			tool_fail("JSON input error: line %d: %s", n, e.text);
		if (take(l, job) < 0)
			tool_fail("JSON input error: line %d: not a job: an "
				  "object with an integer id is needed",
			    n);
		json_decref(job);
	}
	if (ferror(stdin))
		tool_fail("stdin: %s", strerror(errno));
	free(line);
}
