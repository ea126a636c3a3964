/* SPDX-License-Identifier: MIT */
/*
 * What tools ask: job-history.list and list-id are as those of job-list, lookup
 * is as that of job-info, of the jobs inside job "id", or inside one of these,
 * which "path" names (entry.h).
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../job-list/job-list.h"
#include "../job-manager/job-manager.h"
#include "../job-manager/job.h"
#include "../job-manager/summary.h"
#include "../store/store.h"
#include "base64.h"
#include "entry.h"
#include "jobspec.h"
#include "state.h"

struct place {
	const char *text, *end; /* of the history */
	const char *path;       /* "" = the job itself */
	size_t len;
};

static int
find_place(struct history *hi, struct request *req, struct place *pl,
    struct errmsg *em)
{
	json_int_t id;
	size_t len;

	pl->path = "";
	if (request_unpack(req, "{s:I s?s}", "id", &id, "path", &pl->path) <
		0 ||
	    !history_job(hi, req, id, em))
		return -1;
	pl->len = strlen(pl->path);
	if (pl->len && !path_is_valid(pl->path, pl->len)) {
		errno = EINVAL;
		return errmsg_set(em, "invalid path '%s'", pl->path);
	}
	if (!(pl->text = store_get(hi->b, (uint64_t)id, HISTORY_KEY, &len))) {
		errno = ENOENT;
		return errmsg_set(em, "nothing is known of what ran inside");
	}
	pl->end = pl->text + len;
	return 0;
}

static int
find_entry(const struct place *pl, struct entry *e, struct errmsg *em)
{
	const char *p = pl->text;

	while (entry_next(&p, pl->end, e) > 0)
		if (!e->is_cut && entry_is_at(e, pl->path, pl->len))
			return 0;
	errno = ENOENT;
	return errmsg_set(em, "unknown job id");
}

/* ---- jobs ---- */

/* Others made it: JSON must be able to say it. */
static bool
has_numbers(const struct job *job)
{
	const double numbers[] = { job->t_submit, job->t_depend,
		job->t_priority, job->t_sched, job->t_run, job->t_cleanup,
		job->t_inactive, job->duration, job->expiration,
		job->maxrss >= 0 ? job->cputime : 0 };

	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		if (!isfinite(numbers[i]))
			return false;
	return true;
}

static bool
has_texts(const struct job *job)
{
	const char *texts[] = { job->name, job->cwd, job->queue, job->project,
		job->bank, job->ranks, job->nodelist, job->exception_type,
		job->exception_note };
	json_t *o;

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		if (!texts[i])
			continue;
		if (!(o = json_string(texts[i])))
			return false;
		json_decref(o);
	}
	return true;
}

static struct job *
decode_job(const struct entry *e)
{
	size_t len;
	char *summary = base64_decode_part(e->summary, e->summary_len, &len);
	struct job *job =
	    summary ? summary_decode(entry_id(e), summary, len) : NULL;

	free(summary);
	if (!job || (has_numbers(job) && has_texts(job)))
		return job;
	job_unref(job);
	errno = EINVAL;
	return NULL;
}

struct past {
	struct job **jobs;
	size_t n, size;
	uint64_t cut;
};

static int
add(struct past *past, struct job *job)
{
	size_t size = past->size ? 2 * past->size : 64;
	struct job **jobs;

	if (past->n == past->size) {
		jobs = reallocarray(past->jobs, size, sizeof(*jobs));
		if (!jobs)
			return -1;
		past->jobs = jobs;
		past->size = size;
	}
	past->jobs[past->n++] = job;
	return 0;
}

static bool
counts_here(const struct entry *e, const struct place *pl)
{
	return pl->len ? entry_is_at(e, pl->path, pl->len)
		       : entry_is_at(e, ".", 1);
}

static void
collect(const struct place *pl, struct past *past)
{
	const char *p = pl->text;
	struct entry e;
	struct job *job;

	while (entry_next(&p, pl->end, &e) > 0) {
		if (e.is_cut && counts_here(&e, pl))
			past->cut += e.count;
		if (e.is_cut || !entry_is_in(&e, pl->path, pl->len))
			continue;
		if (!(job = decode_job(&e)) || add(past, job) < 0) {
			job_unref(job);
			past->cut++;
		}
	}
}

/* As job-list does: the latest first. */
static int
compare_end(const void *a, const void *b)
{
	const struct job *x = *(struct job *const *)a;
	const struct job *y = *(struct job *const *)b;

	if (x->t_inactive != y->t_inactive)
		return x->t_inactive < y->t_inactive ? 1 : -1;
	return x->id < y->id ? 1 : -(x->id > y->id);
}

/* {"jobs":[...]} gets one more key. */
static int
add_cut(struct answer *an, uint64_t cut)
{
	char *jobs = an->text;
	int n = asprintf(&an->text, "%.*s,\"cut\":%llu}", (int)strlen(jobs) - 1,
	    jobs, (unsigned long long)cut);

	free(jobs);
	if (n >= 0)
		return 0;
	an->text = NULL;
	return -1;
}

int
history_list_request(void *ctx, struct request *req, struct answer *an)
{
	struct past past = { 0 };
	struct place pl;
	int r;

	if (find_place(ctx, req, &pl, &an->em) < 0)
		return -1;
	collect(&pl, &past);
	if (past.n > 0)
		qsort(past.jobs, past.n, sizeof(*past.jobs), compare_end);
	r = job_list_answer(req, past.jobs, past.n, an);
	if (r == 0)
		r = add_cut(an, past.cut);
	for (size_t i = 0; i < past.n; i++)
		job_unref(past.jobs[i]);
	free(past.jobs);
	return r;
}

int
history_list_id_request(void *ctx, struct request *req, struct answer *an)
{
	struct place pl;
	struct entry e;
	struct job *job;
	int r;

	if (find_place(ctx, req, &pl, &an->em) < 0 ||
	    find_entry(&pl, &e, &an->em) < 0 || !(job = decode_job(&e)))
		return -1;
	r = job_list_answer_id(req, job, an);
	job_unref(job);
	return r;
}

/* ---- documents ---- */

enum { LOOKUP_JSON_DECODE = 1, LOOKUP_CURRENT = 2 };

/* The environment stayed where it was. */
static json_t *
decode_document(const char *key, const char *text, size_t len)
{
	json_t *o = json_loadb(text, len, 0, NULL);

	if (o && strcmp(key, "jobspec") == 0)
		json_object_del(jobspec_system(o), "environment");
	return o;
}

/* A text, or with flags an object. */
static json_t *
document(const char *key, const char *text, size_t len, int flags)
{
	bool is_object = strcmp(key, "R") == 0 || strcmp(key, "jobspec") == 0;
	json_t *o, *s;
	char *compact;

	if (!is_object)
		return json_stringn(text, len);
	o = decode_document(key, text, len);
	if (!o || (flags & LOOKUP_JSON_DECODE))
		return o;
	compact = json_dumps(o, JSON_COMPACT);
	s = compact ? json_string(compact) : NULL;
	free(compact);
	json_decref(o);
	return s;
}

static json_t *
lookup(const struct entry *e, const char *key, int flags)
{
	for (int i = 0; i < ENTRY_NKEYS; i++)
		if (key && strcmp(entry_keys[i], key) == 0 && e->lens[i] > 0)
			return document(key, e->texts[i], e->lens[i], flags);
	return NULL;
}

int
history_lookup_request(void *ctx, struct request *req, struct answer *an)
{
	json_t *keys, *key, *out;
	struct place pl;
	struct entry e;
	size_t i;
	int flags;

	if (request_unpack(req, "{s:o s:i}", "keys", &keys, "flags", &flags) <
	    0)
		return -1;
	errno = EPROTO;
	if (!json_is_array(keys) ||
	    (flags & ~(LOOKUP_JSON_DECODE | LOOKUP_CURRENT)))
		return -1;
	if (find_place(ctx, req, &pl, &an->em) < 0 ||
	    find_entry(&pl, &e, &an->em) < 0)
		return -1;
	out = json_pack("{s:I}", "id", (json_int_t)entry_id(&e));
	json_array_foreach(keys, i, key) {
		const char *k = json_string_value(key);
		json_t *v = lookup(&e, k, flags);

		if (!v || json_object_set_new(out, k, v) < 0) {
			json_decref(out);
			errno = ENOENT;
			return errmsg_set(&an->em,
			    "%s: not kept of jobs that ran inside others",
			    k ? k : "");
		}
	}
	an->json = out;
	return 0;
}
