/* SPDX-License-Identifier: MIT */
/*
 * job-list.list. Others send, and expect, one job in each response of a stream;
 * who says "per_response" in the request gets more. Which jobs match is decided
 * at once; a stream of many is then sent in portions, so that the broker goes
 * on with other work meanwhile. Each job is sent once, as it is by then.
 */
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "job-list.h"
#include "list.h"

/* Jobs sent at a time: some milliseconds of work. */
#define PORTION 500

struct listing {
	TAILQ_ENTRY(listing) next;
	struct request *req;
	struct attrs_wanted attrs;
	struct match *match;
	double since;
	int max;          /* 0 = no limit */
	int per_response; /* at most so many jobs in one */
	bool only_own;
	bool has_begun;    /* the first response was sent */
	struct job **jobs; /* that match, a reference to each */
	size_t njobs, size, nsent;
	/* what is only in the store comes after, read while it is sent */
	bool from_store;
	double t; /* of the last one that was read */
	uint64_t id;
	size_t nread;
};

static void
listing_destroy(struct listing *l)
{
	int saved = errno;

	while (l->nsent < l->njobs)
		job_unref(l->jobs[l->nsent++]);
	free(l->jobs);
	match_destroy(l->match);
	request_unref(l->req);
	free(l);
	errno = saved;
}

static int
parse_constraint(struct listing *l, const json_t *o, struct errmsg *em)
{
	char text[sizeof(em->text) + 64];
	struct errmsg why = { .text = "" };

	if ((l->match = match_create(o, &why)))
		return 0;
	snprintf(text, sizeof(text), "constraint object invalid: %s", why.text);
	return list_invalid(em, text);
}

static int
parse(struct listing *l, struct errmsg *em)
{
	json_t *attrs, *constraint = NULL;

	l->per_response = 1;
	if (list_unpack(l->req, em, "{s:i s:o s?F s?o s?i}", "max_entries",
		&l->max, "attrs", &attrs, "since", &l->since, "constraint",
		&constraint, "per_response", &l->per_response) < 0)
		return -1;
	if (l->per_response < 1)
		return list_invalid(em, "per_response < 1 not allowed");
	if (l->max < 0)
		return list_invalid(em, "max_entries < 0 not allowed");
	if (l->since < 0)
		return list_invalid(em, "since < 0.0 not allowed");
	if (!json_is_array(attrs))
		return list_invalid(em, "attrs must be an array");
	if (parse_constraint(l, constraint, em) < 0)
		return -1;
	return attrs_parse(&l->attrs, attrs, em);
}

static struct listing *
listing_create(struct request *req, struct errmsg *em)
{
	struct listing *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->req = request_ref(req);
	l->only_own = !list_may_see_all(req);
	if (parse(l, em) == 0)
		return l;
	listing_destroy(l);
	return NULL;
}

/* -- which jobs --------------------------------------------------------- */

static int
add(struct listing *l, struct job *job)
{
	size_t size = l->size ? 2 * l->size : 64;
	struct job **jobs;

	if (l->njobs == l->size) {
		jobs = reallocarray(l->jobs, size, sizeof(*jobs));
		if (!jobs)
			return -1;
		l->jobs = jobs;
		l->size = size;
	}
	l->jobs[l->njobs++] = job_ref(job);
	return 0;
}

static bool
is_full(const struct listing *l)
{
	return l->max > 0 && l->njobs >= (size_t)l->max;
}

static bool
is_wanted(const struct listing *l, const struct job *job)
{
	if (l->only_own && job->userid != request_userid(l->req))
		return false;
	return match_test(l->match, job);
}

static int
select_kind(struct job_list *jl, struct listing *l, enum list_kind kind)
{
	struct job *job;

	for (job = order_first(jl, kind); job && !is_full(l);
	     job = order_next(job)) {
		if (kind == LIST_INACTIVE && l->since > 0 &&
		    job->t_inactive <= l->since)
			return 0; /* all that follow are older */
		if (is_wanted(l, job) && add(l, job) < 0)
			return -1;
	}
	return 0;
}

static int
select_jobs(struct job_list *jl, struct listing *l)
{
	static const int states[] = { [LIST_PENDING] = JOB_PENDING,
		[LIST_RUNNING] = JOB_RUNNING,
		[LIST_INACTIVE] = JOB_INACTIVE };
	int kind, wanted = match_states(l->match);

	for (kind = LIST_PENDING; kind <= LIST_INACTIVE; kind++)
		if ((wanted & states[kind]) && select_kind(jl, l, kind) < 0)
			return -1;
	l->nread = l->njobs;
	l->from_store = (wanted & JOB_INACTIVE) && !is_full(l);
	l->t = INFINITY;
	l->id = UINT64_MAX;
	return 0;
}

/* -- those in the store ------------------------------------------------- */

static bool
is_over(const struct listing *l, const struct job *job)
{
	return (l->max > 0 && l->nread >= (size_t)l->max) ||
	       (l->since > 0 && job && job->t_inactive <= l->since);
}

/* One portion into the list; 1 = it is full, or no more are wanted. */
static int
take_stored(void *arg, struct job *job)
{
	struct listing *l = arg;

	if (is_over(l, job)) {
		l->from_store = false;
		return 1;
	}
	l->t = job->t_inactive;
	l->id = job->id;
	if (is_wanted(l, job)) {
		if (add(l, job) < 0)
			return 1;
		l->nread++;
	}
	return l->njobs >= PORTION;
}

static void
read_portion(struct listing *l)
{
	int r;

	l->njobs = l->nsent = 0;
	r = job_each_retired(
	    request_broker(l->req), l->t, l->id, take_stored, l);
	if (r < 0 || l->njobs < PORTION || is_over(l, NULL))
		l->from_store = false;
}

/* Is there one more to send? */
static bool
has_more(struct listing *l)
{
	if (l->nsent == l->njobs && l->from_store)
		read_portion(l);
	return l->nsent < l->njobs;
}

/* -- sending ------------------------------------------------------------ */

/* As many as are wanted in one response, and there are: the members of its
 * object. */
static int
add_jobs(struct textbuf *b, struct listing *l, int max)
{
	struct job *job;
	int n = 0;

	textbuf_add(b, "{\"jobs\":[");
	for (; n < max && has_more(l); n++) {
		job = l->jobs[l->nsent++];
		textbuf_add(b, n > 0 ? "," : "");
		attrs_add(b, &l->attrs, job);
		job_unref(job);
	}
	textbuf_add(b, "]");
	return n;
}

/* The first response of a stream says by `version` that more will come. -1:
 * memory is short, and the stream at its end. */
static int
send_portion(struct listing *l)
{
	struct textbuf b = { 0 };
	char *text;
	int n = 0;

	while (n < PORTION && has_more(l)) {
		n += add_jobs(&b, l, l->per_response);
		textbuf_add(&b, l->has_begun ? "}" : ",\"version\":1}");
		if (!(text = textbuf_take(&b)))
			return -1;
		l->has_begun = true;
		request_respond_text(l->req, text);
		free(text);
	}
	return 0;
}

static void
send_more(struct ev_loop *loop, struct ev_timer *timer, int revents)
{
	struct job_list *jl = timer->data;
	struct listing *l = TAILQ_FIRST(&jl->listings);
	int r;

	(void)loop;
	(void)revents;
	if (!l)
		return;
	r = send_portion(l);
	TAILQ_REMOVE(&jl->listings, l, next);
	if (r < 0) {
		request_fail(l->req, errno, NULL);
		listing_destroy(l);
	} else if (has_more(l)) {
		TAILQ_INSERT_TAIL(&jl->listings, l, next); /* in turn */
	} else {
		request_fail(l->req, ENODATA, NULL);
		listing_destroy(l);
	}
	if (!TAILQ_EMPTY(&jl->listings))
		ev_timer_start(jl->b->loop, &jl->sender);
}

static char *
all_at_once(struct listing *l)
{
	struct textbuf b = { 0 };

	add_jobs(&b, l, INT_MAX);
	textbuf_add(&b, "}");
	return textbuf_take(&b);
}

int
list_list_request(void *ctx, struct request *req, struct answer *an)
{
	struct job_list *jl = ctx;
	struct listing *l = listing_create(req, &an->em);
	int r;

	if (!l)
		return -1;
	if (select_jobs(jl, l) < 0) {
		listing_destroy(l);
		return -1;
	}
	if (!request_is_streaming(req)) {
		an->text = all_at_once(l);
		listing_destroy(l);
		return an->text ? 0 : -1;
	}
	r = send_portion(l);
	if (r < 0 || !has_more(l)) {
		listing_destroy(l);
		errno = r < 0 ? ENOMEM : ENODATA;
		return -1;
	}
	TAILQ_INSERT_TAIL(&jl->listings, l, next);
	ev_timer_start(jl->b->loop, &jl->sender);
	return ANSWER_LATER;
}

int
job_list_answer(
    struct request *req, struct job *const *jobs, size_t n, struct answer *an)
{
	struct listing *l = listing_create(req, &an->em);
	int r = 0;

	if (!l)
		return -1;
	for (size_t i = 0; i < n && r == 0 && !is_full(l); i++)
		if (jobs[i]->t_inactive > l->since && is_wanted(l, jobs[i]))
			r = add(l, jobs[i]);
	if (r == 0)
		an->text = all_at_once(l);
	listing_destroy(l);
	return an->text ? 0 : -1;
}

void
listing_init(struct job_list *jl)
{
	TAILQ_INIT(&jl->listings);
	ev_timer_init(&jl->sender, send_more, 0., 0.);
	jl->sender.data = jl;
}

/* sender NULL: all. */
static void
drop(struct job_list *jl, const char *sender)
{
	struct listing *l, *next;

	TAILQ_FOREACH_SAFE(l, &jl->listings, next, next) {
		if (sender && strcmp(request_sender(l->req), sender) != 0)
			continue;
		TAILQ_REMOVE(&jl->listings, l, next);
		if (!sender)
			request_fail(l->req, ENOSYS, NULL);
		listing_destroy(l);
	}
}

void
listing_disconnect(struct job_list *jl, const char *sender)
{
	drop(jl, sender);
}

void
listing_destroy_all(struct job_list *jl)
{
	ev_timer_stop(jl->b->loop, &jl->sender);
	drop(jl, NULL);
}
