/* SPDX-License-Identifier: MIT */
/*
 * Dependencies: a table of schemes, and those on other jobs (after*). Each is
 * checked at submit, becomes an event dependency-add, and is taken away by
 * dependency-remove when it holds; one that can hold no more ends the job by
 * an exception. Whoever depends on a job hangs on that job, so that an event
 * costs no search.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "depend.h"
#include "jobspec.h"

enum verdict { LATER, MET, NEVER, NEVER_STARTED };

struct kind {
	const char *scheme;
	const char *description; /* before =ƒID */
	enum verdict (*judge)(const struct job *target);
	const char *refusal; /* at submit, for NEVER: format with the id */
};

struct dep {
	LIST_ENTRY(dep) of_job;    /* in deps of job */
	LIST_ENTRY(dep) on_target; /* in dependents of target */
	struct job *job, *target;
	const struct kind *kind;
};

static bool
is_over(const struct job *job)
{
	return job->state == JOB_INACTIVE;
}

static enum verdict
judge_start(const struct job *t)
{
	if (t->started || (is_over(t) && t->t_run > 0))
		return MET;
	return is_over(t) ? NEVER_STARTED : LATER;
}

static enum verdict
judge_finish(const struct job *t)
{
	return is_over(t) ? MET : LATER;
}

/* For those that need the target to have run: holds says whether it ended as
 * wanted. */
static enum verdict
judge_end(const struct job *t, bool holds)
{
	if (!is_over(t))
		return LATER;
	if (t->t_run == 0)
		return NEVER_STARTED;
	return holds ? MET : NEVER;
}

static enum verdict
judge_success(const struct job *t)
{
	return judge_end(t, t->result == JOB_COMPLETED);
}

static enum verdict
judge_failure(const struct job *t)
{
	return judge_end(t, t->result != JOB_COMPLETED);
}

static enum verdict
judge_except(const struct job *t)
{
	return judge_end(
	    t, t->exception_occurred && t->exception_severity == 0);
}

static const struct kind kinds[] = {
	{ "after", "after-start", judge_start, "" },
	{ "afterstart", "after-start", judge_start, "" },
	{ "afterany", "after-finish", judge_finish, "" },
	{ "afterok", "after-success", judge_success,
	    "job %s failed or was canceled" },
	{ "afternotok", "after-failure", judge_failure, "job %s succeeded" },
	{ "afterexcept", "after-except", judge_except, "job %s: no exception" },
};

static const struct kind *
find_kind(const char *scheme)
{
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].scheme, scheme) == 0)
			return &kinds[i];
	return NULL;
}

struct depend *
depend_of(struct job *job)
{
	struct depend *d = job->depend;

	if (d || !(d = calloc(1, sizeof(*d))))
		return d;
	d->job = job;
	LIST_INIT(&d->deps);
	LIST_INIT(&d->dependents);
	LIST_INIT(&d->begins);
	job->depend = d;
	return d;
}

int
depend_add(struct job_manager *jm, struct job *job, const char *description)
{
	json_t *o;
	size_t i;

	json_array_foreach(job->dependencies, i, o)
		if (strcmp(json_string_value(o), description) == 0)
			return jm->restoring ? 0 : 1;
	if (jm->restoring)
		return 1; /* was met */
	return job_post_new(jm->b, job, "dependency-add",
	    json_pack("{s:s}", "description", description));
}

int
depend_remove(struct job_manager *jm, struct job *job, const char *description)
{
	return job_post_new(jm->b, job, "dependency-remove",
	    json_pack("{s:s}", "description", description));
}

/* -- on other jobs ------------------------------------------------------ */

static void
describe(char *buf, size_t size, const struct kind *k, const struct job *t)
{
	char id[FLUID_STRMAX];

	snprintf(buf, size, "%s=%s", k->description,
	    fluid_encode(id, sizeof(id), t->id, FLUID_F58));
}

static struct job *
find_target(struct job_manager *jm, const struct kind *k, const char *value,
    struct errmsg *em)
{
	struct job *target;
	uint64_t id;

	if (fluid_parse(value, &id) < 0) {
		errmsg_set(em, "dependency: %s: \"%s\" is not a valid jobid",
		    k->scheme, value);
	} else if (!(target = job_lookup(jm->b, id))) {
		errmsg_set(em, "dependency: %s: id %s: job not found",
		    k->scheme, value);
	} else {
		return target;
	}
	errno = EINVAL;
	return NULL;
}

static int
after_check(struct job_manager *jm, const struct kind *k, const char *value,
    struct errmsg *em)
{
	struct job *t = find_target(jm, k, value, em);
	char id[FLUID_STRMAX], why[160];

	if (!t)
		return -1;
	fluid_encode(id, sizeof(id), t->id, FLUID_F58);
	errno = EINVAL;
	switch (k->judge(t)) {
	case NEVER_STARTED:
		return errmsg_set(
		    em, "dependency: after: %s never started", id);
	case NEVER:
		snprintf(why, sizeof(why), k->refusal, id);
		return errmsg_set(em, "dependency: %s: %s", k->scheme, why);
	default:
		return 0;
	}
}

static int
link_dep(struct job *job, struct job *target, const struct kind *k)
{
	struct dep *dep = calloc(1, sizeof(*dep));
	struct depend *mine = depend_of(job), *its = depend_of(target);

	if (!dep || !mine || !its) {
		free(dep);
		return -1;
	}
	dep->job = job;
	dep->target = target;
	dep->kind = k;
	LIST_INSERT_HEAD(&mine->deps, dep, of_job);
	LIST_INSERT_HEAD(&its->dependents, dep, on_target);
	return 0;
}

static void
unlink_dep(struct dep *dep)
{
	LIST_REMOVE(dep, of_job);
	LIST_REMOVE(dep, on_target);
	free(dep);
}

static int
after_add(struct job_manager *jm, struct job *job, const struct kind *k,
    const char *value)
{
	struct job *t = find_target(jm, k, value, NULL);
	char description[128];
	int r;

	if (!t)
		return -1;
	if (strcmp(k->scheme, "after") == 0 && !jm->restoring)
		job_raise(jm->b, job, "dependency", 3,
		    "dependency scheme 'after' is deprecated, "
		    "use 'afterstart'",
		    -1);
	describe(description, sizeof(description), k, t);
	if ((r = depend_add(jm, job, description)) != 0)
		return r < 0 ? -1 : 0;
	if (k->judge(t) == MET)
		return depend_remove(jm, job, description);
	return link_dep(job, t, k);
}

static void
settle(struct job_manager *jm, struct dep *dep)
{
	char description[128], note[200];

	describe(description, sizeof(description), dep->kind, dep->target);
	switch (dep->kind->judge(dep->target)) {
	case MET:
		depend_remove(jm, dep->job, description);
		break;
	case NEVER:
		snprintf(note, sizeof(note),
		    "dependency %s can never be satisfied", description);
		job_raise(jm->b, dep->job, "dependency", 0, note, -1);
		break;
	case NEVER_STARTED:
		snprintf(note, sizeof(note), "dependency %s job never started",
		    description);
		job_raise(jm->b, dep->job, "dependency", 0, note, -1);
		break;
	default:
		return;
	}
	unlink_dep(dep);
}

/* What ended while nobody looked. */
static void
settle_all(struct job_manager *jm, struct depend *d)
{
	struct dep *dep, *next;

	LIST_FOREACH_SAFE(dep, &d->deps, of_job, next)
	settle(jm, dep);
}

/* -- all schemes -------------------------------------------------------- */

static const struct {
	const char *scheme;
	int (*check)(struct job_manager *jm, const struct jobspec *spec,
	    const char *value, struct errmsg *em);
	int (*add)(struct job_manager *jm, struct job *job, const char *value);
} schemes[] = {
	{ "begin-time", begin_check, begin_add },
	{ "singleton", singleton_check, singleton_add },
	{ NULL, NULL, NULL },
};

static int
check_one(struct job_manager *jm, const struct jobspec *spec, json_t *o,
    struct errmsg *em)
{
	const char *scheme, *value;
	size_t i;

	errno = EINVAL;
	if (json_unpack(o, "{s:s s:s}", "scheme", &scheme, "value", &value) < 0)
		return errmsg_set(
		    em, "dependencies must be objects with scheme and value");
	if (find_kind(scheme))
		return after_check(jm, find_kind(scheme), value, em);
	for (i = 0; schemes[i].scheme; i++)
		if (strcmp(schemes[i].scheme, scheme) == 0)
			return schemes[i].check(jm, spec, value, em);
	return errmsg_set(em, "dependency scheme \"%s\" not supported", scheme);
}

int
depend_check(
    struct job_manager *jm, const struct jobspec *spec, struct errmsg *em)
{
	json_t *o;
	size_t i;

	json_array_foreach(spec->dependencies, i, o)
		if (check_one(jm, spec, o, em) < 0)
			return -1;
	return 0;
}

static int
add_one(struct job_manager *jm, struct job *job, json_t *o)
{
	const char *scheme = "", *value = "";
	size_t i;

	json_unpack(o, "{s:s s:s}", "scheme", &scheme, "value", &value);
	if (find_kind(scheme))
		return after_add(jm, job, find_kind(scheme), value);
	for (i = 0; schemes[i].scheme; i++)
		if (strcmp(schemes[i].scheme, scheme) == 0)
			return schemes[i].add(jm, job, value);
	errno = EINVAL;
	return -1;
}

int
depend_add_all(struct job_manager *jm, struct job *job)
{
	json_t *o;
	size_t i;

	json_array_foreach(job->spec->dependencies, i, o)
		if (add_one(jm, job, o) < 0)
			return -1;
	return 0;
}

int
depend_restore(struct job_manager *jm, struct job *job)
{
	int r;

	jm->restoring = true;
	r = depend_add_all(jm, job);
	jm->restoring = false;
	if (job->depend)
		settle_all(jm, job->depend);
	return r;
}

static void
drop_own(struct job_manager *jm, struct depend *d)
{
	struct dep *dep;

	while ((dep = LIST_FIRST(&d->deps)))
		unlink_dep(dep);
	begin_forget(jm, d);
	singleton_forget(jm, d);
}

static void
release(struct job *job)
{
	struct depend *d = job->depend;

	if (d && LIST_EMPTY(&d->deps) && LIST_EMPTY(&d->dependents) &&
	    LIST_EMPTY(&d->begins) && !d->singleton) {
		free(d);
		job->depend = NULL;
	}
}

void
depend_event(struct job_manager *jm, struct job *job, const char *name)
{
	bool is_end = strcmp(name, "clean") == 0;
	struct depend *d = job->depend;
	struct dep *dep, *next;

	if (!d || (!is_end && strcmp(name, "start") != 0))
		return;
	if (is_end)
		drop_own(jm, d);
	LIST_FOREACH_SAFE(dep, &d->dependents, on_target, next)
	settle(jm, dep);
	release(job);
}

void
depend_forget(struct job_manager *jm, struct job *job)
{
	struct depend *d = job->depend;
	struct dep *dep;

	if (!d)
		return;
	drop_own(jm, d);
	while ((dep = LIST_FIRST(&d->dependents)))
		unlink_dep(dep);
	release(job);
}
