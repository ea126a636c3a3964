/* SPDX-License-Identifier: MIT */
/*
 * The side of the instance that ends. It asks its parent how much there is room
 * for, and sends that much in messages of about 100 KB: of its own jobs
 * first those that failed, then the others, the latest first; then what it has
 * of jobs inside these. What is beyond the limit is counted, not looked at.
 */
#include <errno.h>
#include <ev.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../job-manager/job-manager.h"
#include "../job-manager/job.h"
#include "../job-manager/record.h"
#include "../job-manager/submitted.h"
#include "../job-manager/summary.h"
#include "../log.h"
#include "../parent.h"
#include "../store/store.h"
#include "base64.h"
#include "entry.h"
#include "handle.h"
#include "state.h"
#include "textbuf.h"

enum {
	CHUNK = 96 << 10,
	DOCUMENT_MAX = 32 << 10, /* longer ones stay here */
	OUTPUT_MAX = 2 << 10,    /* of this only the last lines go */
};

struct handover {
	struct broker *b;
	void (*done)(struct broker *b);
	struct ev_timer timeout;
	int pending;
	struct job **jobs;
	size_t njobs, nsent;
	uint64_t jobs_left, bytes_left; /* that the parent has room for */
	struct textbuf chunk;
	size_t empty; /* length of the chunk without entries */
};

void
handover_destroy(struct handover *ho)
{
	if (!ho)
		return;
	ev_timer_stop(ho->b->loop, &ho->timeout);
	for (size_t i = 0; i < ho->njobs; i++)
		job_unref(ho->jobs[i]);
	free(ho->jobs);
	free(ho->chunk.text);
	free(ho);
}

/* NULL: it was given up, or the broker is at its end. */
static struct handover *
under_way(const struct broker *b)
{
	return b->history ? b->history->handover : NULL;
}

/* Answers that are still to come find nobody. */
static void
finish(struct broker *b)
{
	struct handover *ho = b->history->handover;
	void (*done)(struct broker * b) = ho->done;

	b->history->handover = NULL;
	handover_destroy(ho);
	done(b);
}

static void
timeout_cb(struct ev_loop *loop, struct ev_timer *timer, int revents)
{
	struct broker *b = timer->data;

	(void)loop;
	(void)revents;
	log_warn(b->log, "the parent instance does not take the job history");
	finish(b);
}

/* ---- which jobs ---- */

static int
compare(const void *a, const void *b)
{
	const struct job *x = *(struct job *const *)a;
	const struct job *y = *(struct job *const *)b;
	bool fx = x->result != JOB_COMPLETED, fy = y->result != JOB_COMPLETED;

	if (fx != fy)
		return fx ? -1 : 1;
	if (x->t_inactive != y->t_inactive)
		return x->t_inactive < y->t_inactive ? 1 : -1;
	return x->id < y->id ? 1 : -(x->id > y->id);
}

static int
choose_jobs(struct handover *ho)
{
	size_t size = 0;
	struct job *job;

	for (job = job_first(ho->b); job; job = job_next(ho->b, job)) {
		if (job->state != JOB_INACTIVE)
			continue;
		if (ho->njobs == size) {
			struct job **jobs;

			size = size ? 2 * size : 256;
			jobs = reallocarray(ho->jobs, size, sizeof(*jobs));
			if (!jobs)
				return -1;
			ho->jobs = jobs;
		}
		ho->jobs[ho->njobs++] = job_ref(job);
	}
	if (ho->njobs > 0)
		qsort(ho->jobs, ho->njobs, sizeof(*ho->jobs), compare);
	return 0;
}

/* ---- messages ---- */

static void
put_done(struct handle *h, const struct reply *r, void *arg)
{
	struct broker *b = arg;
	struct handover *ho = under_way(b);

	(void)h;
	if (!ho)
		return;
	if (r->errnum)
		log_warn(b->log, "handing the job history over: %s", r->text);
	if (--ho->pending == 0)
		finish(b);
}

static void
begin_chunk(struct handover *ho)
{
	char line[32];

	ho->chunk.len = 0;
	snprintf(line, sizeof(line), "put %llu\n",
	    (unsigned long long)parent_jobid(ho->b));
	textbuf_add(&ho->chunk, line);
	ho->empty = ho->chunk.len;
}

static void
send_chunk(struct handover *ho)
{
	struct handle *h = parent_handle(ho->b);

	if (h && !ho->chunk.has_failed && ho->chunk.len > ho->empty &&
	    handle_rpc_text(h, "job-history.put", NODEID_ANY, 0, ho->chunk.text,
		put_done, ho->b) >= 0)
		ho->pending++;
	begin_chunk(ho);
}

/* An entry was added to the chunk, of which so many bytes are. */
static void
added(struct handover *ho, size_t len)
{
	ho->bytes_left -= len < ho->bytes_left ? len : ho->bytes_left;
	if (ho->chunk.len >= CHUNK)
		send_chunk(ho);
}

static void
add_cut(struct handover *ho, const char *path, size_t len, uint64_t n)
{
	char line[64];

	if (n == 0)
		return;
	textbuf_add(&ho->chunk, "cut ");
	textbuf_add_bytes(&ho->chunk, path, len);
	snprintf(line, sizeof(line), " %llu\n", (unsigned long long)n);
	textbuf_add(&ho->chunk, line);
	added(ho, 0);
}

/* ---- jobs of this instance ---- */

struct document {
	const char *text;
	size_t len, head; /* head: that many bytes, before text */
	const char *head_text;
	char *own;
};

/* Its first line, which tells what it is, and the last ones. */
static void
shorten_output(struct document *d)
{
	const char *eol = memchr(d->text, '\n', d->len);
	const char *end = d->text + d->len, *p;

	if (d->len <= OUTPUT_MAX || !eol)
		return;
	d->head_text = d->text;
	d->head = eol + 1 - d->text;
	p = memchr(end - OUTPUT_MAX, '\n', OUTPUT_MAX);
	d->text = p + 1;
	d->len = end - d->text;
}

static void
get_document(
    struct handover *ho, const struct job *job, int i, struct document *d)
{
	const char *key = entry_keys[i];
	uint64_t id = job->id;

	/* of how its tasks went, where all went well */
	if (strcmp(key, "guest.exec.eventlog") == 0 &&
	    job->result == JOB_COMPLETED)
		return;
	if (strcmp(key, "jobspec") == 0 &&
	    (d->own = submitted_brief(ho->b, id))) {
		d->text = d->own;
		d->len = strlen(d->own);
	} else {
		d->text = record_text(ho->b, id, key, &d->len, &d->own);
	}
	if (d->text && strcmp(key, "guest.output") == 0)
		shorten_output(d);
	if (!d->text || d->len + d->head > DOCUMENT_MAX)
		d->len = d->head = 0;
}

static void
write_job(struct handover *ho, uint64_t id, const char *summary,
    const struct document *d)
{
	char line[32];
	int i;

	snprintf(line, sizeof(line), "job %llu ", (unsigned long long)id);
	textbuf_add(&ho->chunk, line);
	textbuf_add(&ho->chunk, summary);
	for (i = 0; i < ENTRY_NKEYS; i++) {
		textbuf_add(&ho->chunk, " ");
		textbuf_add_number(&ho->chunk, d[i].head + d[i].len);
	}
	textbuf_add(&ho->chunk, "\n");
	for (i = 0; i < ENTRY_NKEYS; i++) {
		textbuf_add_bytes(&ho->chunk, d[i].head_text, d[i].head);
		textbuf_add_bytes(&ho->chunk, d[i].text, d[i].len);
	}
	textbuf_add(&ho->chunk, "\n");
}

/* In base64; NULL with ENOMEM. */
static char *
summary_text(const struct job *job)
{
	size_t len;
	void *summary = summary_encode(job, &len);
	char *text = summary ? base64_encode(summary, len) : NULL;

	free(summary);
	return text;
}

/* False: there is no room for it. */
static bool
add_job(struct handover *ho, struct job *job)
{
	struct document d[ENTRY_NKEYS] = { 0 };
	char *summary = summary_text(job);
	size_t total = summary ? strlen(summary) + 64 : 0;
	bool fits;
	int i;

	for (i = 0; i < ENTRY_NKEYS; i++) {
		get_document(ho, job, i, &d[i]);
		total += d[i].head + d[i].len;
	}
	if ((fits = summary && total <= ho->bytes_left)) {
		write_job(ho, job->id, summary, d);
		added(ho, total);
	}
	for (i = 0; i < ENTRY_NKEYS; i++)
		free(d[i].own);
	free(summary);
	return fits;
}

static void
add_own(struct handover *ho)
{
	while (ho->nsent < ho->njobs && ho->jobs_left > 0 &&
	       add_job(ho, ho->jobs[ho->nsent])) {
		ho->nsent++;
		ho->jobs_left--;
	}
	add_cut(ho, ".", 1, job_count_inactive(ho->b) - ho->nsent);
}

/* ---- jobs inside these ---- */

/* An entry of job id's history, as one of ours. */
static void
add_inner(struct handover *ho, const char *id, const struct entry *e)
{
	textbuf_add(&ho->chunk, e->is_cut ? "cut " : "job ");
	textbuf_add(&ho->chunk, id);
	if (!e->is_cut || *e->path != '.') {
		textbuf_add(&ho->chunk, "/");
		textbuf_add_bytes(&ho->chunk, e->path, e->path_len);
	}
	textbuf_add_bytes(&ho->chunk, e->rest, e->rest_len);
}

/* At most so many jobs. */
static void
add_history(struct handover *ho, uint64_t id, uint64_t max)
{
	const char *p;
	size_t len;
	uint64_t n = 0, cut = 0;
	struct entry e;
	char word[24];

	if (!(p = store_get(ho->b, id, HISTORY_KEY, &len)))
		return;
	snprintf(word, sizeof(word), "%llu", (unsigned long long)id);
	for (const char *end = p + len; entry_next(&p, end, &e) > 0;) {
		if (!e.is_cut && (n == max || e.rest_len > ho->bytes_left)) {
			cut++;
			continue;
		}
		n += !e.is_cut;
		add_inner(ho, word, &e);
		added(ho, e.is_cut ? 0 : e.rest_len + e.path_len + 24);
	}
	ho->jobs_left -= n;
	add_cut(ho, word, strlen(word), cut);
}

static void
add_histories(struct handover *ho)
{
	size_t n = 0, i;
	uint64_t *ids = calloc(ho->nsent + 1, sizeof(*ids));

	for (i = 0; ids && i < ho->nsent; i++)
		if (store_get(ho->b, ho->jobs[i]->id, HISTORY_KEY, NULL))
			ids[n++] = ho->jobs[i]->id;
	/* what is left is shared equally */
	for (i = 0; i < n; i++)
		add_history(ho, ids[i], ho->jobs_left / (n - i));
	free(ids);
}

/* ---- life ---- */

static void
opened(struct handle *h, const struct reply *r, void *arg)
{
	struct broker *b = arg;
	struct handover *ho = under_way(b);
	json_int_t jobs = 0, bytes = 0;

	(void)h;
	if (!ho)
		return;
	/* one without it is not of our kind */
	if (r->errnum && r->errnum != ENOSYS)
		log_warn(b->log, "handing the job history over: %s", r->text);
	if (r->errnum == 0)
		json_unpack(
		    r->json, "{s:I s:I}", "jobs", &jobs, "bytes", &bytes);
	ho->jobs_left = jobs > 0 ? (uint64_t)jobs : 0;
	ho->bytes_left = bytes > 0 ? (uint64_t)bytes : 0;
	if (r->errnum == 0 && choose_jobs(ho) == 0) {
		begin_chunk(ho);
		add_own(ho);
		add_histories(ho);
		send_chunk(ho);
	}
	if (ho->pending == 0)
		finish(b);
}

bool
history_hand_over(
    struct broker *b, void (*done)(struct broker *b), double timeout)
{
	struct handle *h = parent_handle(b);
	struct handover *ho;

	if (!b->history || b->history->handover || !h ||
	    job_count_inactive(b) == 0 || !(ho = calloc(1, sizeof(*ho))))
		return false;
	ho->b = b;
	ho->done = done;
	if (handle_rpc_new(h, "job-history.open", NODEID_ANY, 0,
		json_pack("{s:I}", "id", (json_int_t)parent_jobid(b)), opened,
		b) < 0) {
		free(ho);
		return false;
	}
	b->history->handover = ho;
	ev_timer_init(&ho->timeout, timeout_cb, timeout, 0.);
	ho->timeout.data = b;
	ev_timer_start(b->loop, &ho->timeout);
	return true;
}
