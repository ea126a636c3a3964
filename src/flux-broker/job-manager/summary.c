/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jm.h"
#include "jsonread.h"
#include "summary.h"

#define VERSION 1

enum flag {
	HAS_WAITSTATUS = 1,
	STARTED = 2,
	EXCEPTION = 4,
};

/* No holes: this goes into the file as it is. */
struct numbers {
	uint32_t version, userid;
	int32_t urgency, flags;
	uint32_t states, bits;
	int32_t result, waitstatus;
	int32_t exception_severity, exception_status;
	int32_t ntasks, ncores, nnodes, spare;
	int64_t priority;
	double t_submit, t_depend, t_priority, t_sched, t_run, t_cleanup,
	    t_inactive;
	double duration, expiration;
};

#define NTEXTS 10

/* After the texts; not there if it is not known. */
struct usage {
	int64_t maxrss;
	double cputime;
};

static void
texts_of(const struct job *job, const char *texts[NTEXTS])
{
	texts[0] = job->name;
	texts[1] = job->cwd;
	texts[2] = job->queue;
	texts[3] = job->project;
	texts[4] = job->bank;
	texts[5] = job->ranks;
	texts[6] = job->nodelist;
	texts[7] = job->exception_type;
	texts[8] = job->exception_note;
	texts[9] = NULL; /* annotations */
}

static struct numbers
numbers_of(const struct job *job)
{
	return (struct numbers){
		.version = VERSION,
		.userid = job->userid,
		.urgency = job->urgency,
		.flags = job->flags,
		.states = job->states,
		.bits = (job->has_waitstatus ? HAS_WAITSTATUS : 0) |
			(job->started ? STARTED : 0) |
			(job->exception_occurred ? EXCEPTION : 0),
		.result = job->result,
		.waitstatus = job->waitstatus,
		.exception_severity = job->exception_severity,
		.exception_status = job->exception_status,
		.ntasks = job->ntasks,
		.ncores = job->ncores,
		.nnodes = job->nnodes,
		.priority = job->priority,
		.t_submit = job->t_submit,
		.t_depend = job->t_depend,
		.t_priority = job->t_priority,
		.t_sched = job->t_sched,
		.t_run = job->t_run,
		.t_cleanup = job->t_cleanup,
		.t_inactive = job->t_inactive,
		.duration = job->duration,
		.expiration = job->expiration,
	};
}

/* NULL is one byte, 0; a text is 1 and itself with its NUL. */
static size_t
put_text(char *p, const char *text)
{
	size_t n = text ? strlen(text) + 1 : 0;

	if (p) {
		*p = text != NULL;
		memcpy(p + 1, text ? text : "", n);
	}
	return 1 + n;
}

void *
summary_encode(const struct job *job, size_t *len)
{
	struct numbers n = numbers_of(job);
	const char *texts[NTEXTS];
	struct usage usage = { job->maxrss, job->cputime };
	char *annotations = NULL, *buf, *p;
	int i;

	texts_of(job, texts);
	if (job->annotations)
		texts[9] = annotations =
		    json_dumps(job->annotations, JSON_COMPACT);
	*len = sizeof(n);
	for (i = 0; i < NTEXTS; i++)
		*len += put_text(NULL, texts[i]);
	if (job->maxrss >= 0)
		*len += sizeof(usage);
	if ((buf = malloc(*len))) {
		memcpy(buf, &n, sizeof(n));
		p = buf + sizeof(n);
		for (i = 0; i < NTEXTS; i++)
			p += put_text(p, texts[i]);
		if (job->maxrss >= 0)
			memcpy(p, &usage, sizeof(usage));
	}
	free(annotations);
	return buf;
}

static void
take_numbers(struct job *job, const struct numbers *n)
{
	job->userid = n->userid;
	job->urgency = n->urgency;
	job->flags = n->flags;
	job->state = JOB_INACTIVE;
	job->states = n->states;
	job->has_waitstatus = n->bits & HAS_WAITSTATUS;
	job->started = n->bits & STARTED;
	job->exception_occurred = n->bits & EXCEPTION;
	job->result = n->result;
	job->waitstatus = n->waitstatus;
	job->exception_severity = n->exception_severity;
	job->exception_status = n->exception_status;
	job->ntasks = n->ntasks;
	job->ncores = n->ncores;
	job->nnodes = n->nnodes;
	job->priority = n->priority;
	job->t_submit = n->t_submit;
	job->t_depend = n->t_depend;
	job->t_priority = n->t_priority;
	job->t_sched = n->t_sched;
	job->t_run = n->t_run;
	job->t_cleanup = n->t_cleanup;
	job->t_inactive = n->t_inactive;
	job->duration = n->duration;
	job->expiration = n->expiration;
}

/* -1 with EINVAL: it does not end in here. */
static int
get_text(const char **p, const char *end, const char **text)
{
	const char *nul;

	*text = NULL;
	errno = EINVAL;
	if (*p == end)
		return -1;
	if (*(*p)++ == 0)
		return 0;
	if (!(nul = memchr(*p, '\0', end - *p)))
		return -1;
	*text = *p;
	*p = nul + 1;
	return 0;
}

static int
take_rest(struct job *job, const char *p, const char *end)
{
	char **into[] = { &job->name, &job->cwd, &job->queue, &job->project,
		&job->bank, &job->ranks, &job->nodelist, &job->exception_type,
		&job->exception_note };
	struct usage usage;
	const char *text;
	size_t i;

	for (i = 0; i < sizeof(into) / sizeof(into[0]); i++) {
		if (get_text(&p, end, &text) < 0)
			return -1;
		if (text && !(*into[i] = strdup(text)))
			return -1;
	}
	if (get_text(&p, end, &text) < 0)
		return -1;
	if (text)
		job->annotations = json_read(text, strlen(text), 0);
	if ((size_t)(end - p) >= sizeof(usage)) {
		memcpy(&usage, p, sizeof(usage));
		job->maxrss = usage.maxrss;
		job->cputime = usage.cputime;
	}
	return 0;
}

struct job *
summary_decode(unsigned long long id, const void *summary, size_t len)
{
	struct numbers n;
	struct job *job;

	errno = EINVAL;
	if (len < sizeof(n))
		return NULL;
	memcpy(&n, summary, sizeof(n));
	if (n.version != VERSION || !(job = job_create(id)))
		return NULL;
	take_numbers(job, &n);
	if (take_rest(job, (const char *)summary + sizeof(n),
		(const char *)summary + len) == 0)
		return job;
	job_unref(job);
	return NULL;
}
