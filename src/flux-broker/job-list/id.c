/* SPDX-License-Identifier: MIT */
/*
 * job-list.list-id: one job, at once, or when it has been in one of the states
 * that the request names (or has ended). Requests that wait hang in a tree by
 * job id.
 */
#include <errno.h>
#include <stdlib.h>

#include "job-list.h"
#include "list.h"

struct id_wait {
	RB_ENTRY(id_wait) by_id;
	uint64_t id;
	struct waitlist requests;
};

RB_HEAD(id_tree, id_wait);

struct id_waits {
	struct id_tree tree;
};

static int
compare(const struct id_wait *a, const struct id_wait *b)
{
	return a->id < b->id ? -1 : a->id > b->id;
}

RB_GENERATE_INTERNAL(
    id_tree, id_wait, by_id, compare, static __attribute__((unused)))

int
id_create(struct job_list *jl)
{
	jl->waits = calloc(1, sizeof(*jl->waits));
	if (!jl->waits)
		return -1;
	RB_INIT(&jl->waits->tree);
	return 0;
}

static void
drop(struct id_waits *iw, struct id_wait *w)
{
	RB_REMOVE(id_tree, &iw->tree, w);
	free(w);
}

void
id_destroy(struct job_list *jl)
{
	struct id_wait *w;

	if (!jl->waits)
		return;
	while ((w = RB_MIN(id_tree, &jl->waits->tree))) {
		waitlist_fail_all(&w->requests, ENOSYS, NULL);
		drop(jl->waits, w);
	}
	free(jl->waits);
	jl->waits = NULL;
}

void
id_disconnect(struct job_list *jl, const char *sender)
{
	struct id_wait *w, *next;

	RB_FOREACH_SAFE(w, id_tree, &jl->waits->tree, next) {
		waitlist_disconnect(&w->requests, sender, NULL);
		if (!w->requests.first)
			drop(jl->waits, w);
	}
}

int
id_nwaits(const struct job_list *jl)
{
	struct id_wait *w;
	int n = 0;

	RB_FOREACH(w, id_tree, &jl->waits->tree)
		n++;
	return n;
}

struct question {
	json_int_t id;
	json_t *attrs;
	int state; /* mask; 0 = do not wait */
};

static int
parse(struct request *req, struct question *q, struct errmsg *em)
{
	q->state = 0;
	if (list_unpack(req, em, "{s:I s:o s?i}", "id", &q->id, "attrs",
		&q->attrs, "state", &q->state) < 0)
		return -1;
	if (!json_is_array(q->attrs))
		return list_invalid(em, "attrs must be an array");
	if (q->state & ~(JOB_ACTIVE | JOB_INACTIVE))
		return list_invalid(em, "invalid state specified");
	return 0;
}

static bool
has_come(const struct job *job, int state)
{
	return state == 0 || (job->states & state) ||
	       job->state == JOB_INACTIVE;
}

/* malloc'd; NULL with EINVAL and em, or ENOMEM. */
static char *
answer_text(const struct job *job, const struct question *q, struct errmsg *em)
{
	struct textbuf b = { 0 };
	struct attrs_wanted wanted;

	if (attrs_parse(&wanted, q->attrs, em) < 0)
		return NULL;
	textbuf_add(&b, "{\"job\":");
	attrs_add(&b, &wanted, job);
	textbuf_add(&b, "}");
	return textbuf_take(&b);
}

static void
answer_waiting(struct job *job, struct id_wait *w)
{
	struct waiter *x, *next;
	struct question q;
	char *text;

	for (x = w->requests.first; x; x = next) {
		next = x->next;
		if (parse(x->req, &q, NULL) == 0 && !has_come(job, q.state))
			continue;
		if ((text = answer_text(job, &q, NULL)))
			request_respond_text(x->req, text);
		else
			request_fail(x->req, errno, NULL);
		free(text);
		waitlist_remove(&w->requests, x);
	}
}

void
id_update(struct job_list *jl, struct job *job)
{
	struct id_wait key = { .id = job->id }, *w;

	if (RB_EMPTY(&jl->waits->tree) ||
	    !(w = RB_FIND(id_tree, &jl->waits->tree, &key)))
		return;
	answer_waiting(job, w);
	if (!w->requests.first)
		drop(jl->waits, w);
}

static int
wait_for(struct job_list *jl, struct job *job, struct request *req)
{
	struct id_wait key = { .id = job->id };
	struct id_wait *w = RB_FIND(id_tree, &jl->waits->tree, &key);

	if (!w) {
		if (!(w = calloc(1, sizeof(*w))))
			return -1;
		w->id = job->id;
		RB_INSERT(id_tree, &jl->waits->tree, w);
	}
	if (waitlist_add(&w->requests, req, NULL) == 0)
		return ANSWER_LATER;
	if (!w->requests.first)
		drop(jl->waits, w);
	return -1;
}

int
list_id_request(void *ctx, struct request *req, struct answer *an)
{
	struct job_list *jl = ctx;
	struct question q;
	struct job *job;

	if (parse(req, &q, &an->em) < 0)
		return -1;
	job = job_lookup(jl->b, (uint64_t)q.id);
	if (!job ||
	    !(list_may_see_all(req) || job->userid == request_userid(req))) {
		errno = ENOENT;
		return -1;
	}
	if (!(an->text = answer_text(job, &q, &an->em)))
		return -1;
	if (has_come(job, q.state))
		return 0;
	free(an->text);
	an->text = NULL;
	return wait_for(jl, job, req);
}

int
job_list_answer_id(
    struct request *req, const struct job *job, struct answer *an)
{
	struct question q;

	if (parse(req, &q, &an->em) < 0)
		return -1;
	an->text = answer_text(job, &q, &an->em);
	return an->text ? 0 : -1;
}
