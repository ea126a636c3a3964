/* SPDX-License-Identifier: MIT */
/*
 * Jobs that ran inside instances that have ended: whoever lists such an
 * instance has its history, and is asked for it as soon as its own list is
 * there, on the same connection.
 */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "jobpath.h"
#include "jobs.h"

static bool
is_past(const struct listing *l, const struct jobinfo *j)
{
	return jobinfo_state(j) == JOB_INACTIVE && jobinfo_uri(j) &&
	       wants_recursion(l->query, j, l->depth);
}

/* Of the job in l: ids below past_id (malloc'd); NULL: it is that one. */
static char *
path_of(const struct listing *l, const struct jobinfo *j)
{
	char *path;

	if (!l->past_id)
		return NULL;
	if (asprintf(&path, "%s%s%llu", l->past_path ? l->past_path : "",
		l->past_path ? "/" : "", (unsigned long long)jobinfo_id(j)) < 0)
		err(1, NULL);
	return path;
}

static void
request(struct listing *l, struct past *p, struct jobinfo *j, struct handle *h)
{
	struct listing *inner = &p->listing;

	p->job = j;
	listing_init(inner, l->query);
	inner->depth = l->depth + 1;
	inner->past_id = l->past_id ? l->past_id : jobinfo_id(j);
	inner->past_path = path_of(l, j);
	if (jobpath_list_new(h, inner->past_id, inner->past_path,
		json_copy(l->query->past), listing_reply, inner) < 0)
		err(1, NULL);
}

void
past_request(struct listing *l, struct handle *h)
{
	size_t n = 0, i;

	for (i = 0; i < l->njobs; i++)
		n += is_past(l, l->jobs[i]);
	if (n == 0)
		return;
	if (!(l->past = calloc(n, sizeof(*l->past))))
		err(1, NULL);
	for (i = 0; i < l->njobs; i++)
		if (is_past(l, l->jobs[i]))
			request(l, &l->past[l->npast++], l->jobs[i], h);
}

/* What was found out of the job goes to the child. */
bool
past_take(struct listing *l, struct child *c)
{
	for (size_t i = 0; i < l->npast; i++) {
		struct past *p = &l->past[i];

		if (p->job != c->job)
			continue;
		c->is_past = c->is_reached = c->recurse = true;
		c->listing = p->listing;
		listing_init(&p->listing, l->query);
		return true;
	}
	return false;
}

void
past_free(struct listing *l)
{
	for (size_t i = 0; i < l->npast; i++)
		listing_fini(&l->past[i].listing);
	free(l->past);
	free(l->past_path);
}

void
past_note(const struct child *c, const char *path)
{
	const struct query *q = c->listing.query;

	if (q->opts->no_header)
		return;
	if (c->listing.cut > 0)
		fprintf(stderr, "warning: %s: %lld more jobs were not kept.\n",
		    path, (long long)c->listing.cut);
	else if (c->listing.errnum == ENOENT &&
		 jobinfo_result(c->job) != JOB_COMPLETED)
		fprintf(stderr,
		    "warning: %s: nothing is known of what ran inside: no "
		    "jobs, or it was killed.\n",
		    path);
}
