/* SPDX-License-Identifier: MIT */
/*
 * Event → state, RFC 21. The life cycle is in one table: an event, the states
 * in which it may come, the state that it leads to, and a function that takes
 * over what its context says. The first row that fits counts; an event that
 * is in no row (debug.*, those of users) changes nothing.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fold.h"
#include "jm.h"
#include "jobspec.h"
#include "rset.h"

#define ANY_LIVE (JOB_NEW | JOB_ACTIVE)
#define STAYS    0

struct rule {
	const char *event;
	int from;          /* mask of states */
	enum job_state to; /* STAYS = no change */
	bool (*guard)(const struct job *job, const json_t *context);
	void (*effect)(struct job *job, double t, const json_t *context);
};

/* -- what contexts say -------------------------------------------------- */

static void
fold_submit(struct job *job, double t, const json_t *c)
{
	json_int_t userid = 0;

	job->t_submit = t;
	json_unpack((json_t *)c, "{s?I s?i s?i}", "userid", &userid, "urgency",
	    &job->urgency, "flags", &job->flags);
	job->userid = (uint32_t)userid;
}

static void
fold_dependency_add(struct job *job, double t, const json_t *c)
{
	json_t *d = json_object_get(c, "description");

	(void)t;
	if (!job->dependencies)
		job->dependencies = json_array();
	json_array_append(job->dependencies, d);
}

static void
fold_dependency_remove(struct job *job, double t, const json_t *c)
{
	json_t *d = json_object_get(c, "description"), *have;
	size_t i;

	(void)t;
	json_array_foreach(job->dependencies, i, have) {
		if (json_equal(d, have)) {
			json_array_remove(job->dependencies, i);
			break;
		}
	}
	if (json_array_size(job->dependencies) == 0) {
		json_decref(job->dependencies);
		job->dependencies = NULL;
	}
}

static void
fold_set_flags(struct job *job, double t, const json_t *c)
{
	json_t *o;
	size_t i;

	(void)t;
	json_array_foreach(json_object_get(c, "flags"), i, o) {
		const char *s = json_string_value(o);
		if (s && strcmp(s, "debug") == 0)
			job->flags |= JOB_DEBUG;
	}
}

static void
fold_priority(struct job *job, double t, const json_t *c)
{
	(void)t;
	job->priority = json_integer_value(json_object_get(c, "priority"));
}

static void
fold_urgency(struct job *job, double t, const json_t *c)
{
	(void)t;
	job->urgency = json_integer_value(json_object_get(c, "urgency"));
}

static void
fold_alloc(struct job *job, double t, const json_t *c)
{
	json_t *a = json_object_get(c, "annotations");

	(void)t;
	job->has_resources = true;
	if (json_is_object(a)) {
		json_decref(job->annotations);
		job->annotations = json_deep_copy(a);
	}
}

static void
fold_start(struct job *job, double t, const json_t *c)
{
	(void)t;
	(void)c;
	job->started = true;
}

static void
fold_free(struct job *job, double t, const json_t *c)
{
	(void)t;
	(void)c;
	job->has_resources = false;
}

static void
fold_perilog_start(struct job *job, double t, const json_t *c)
{
	(void)t;
	(void)c;
	job->perilogs++;
}

static void
fold_perilog_finish(struct job *job, double t, const json_t *c)
{
	(void)t;
	(void)c;
	if (job->perilogs > 0)
		job->perilogs--;
}

static void
fold_finish(struct job *job, double t, const json_t *c)
{
	json_int_t maxrss;
	double cputime;

	(void)t;
	job->waitstatus = json_integer_value(json_object_get(c, "status"));
	job->has_waitstatus = true;
	if (json_unpack((json_t *)c, "{s:I s:F}", "maxrss", &maxrss, "cputime",
		&cputime) == 0) {
		job->maxrss = maxrss;
		job->cputime = cputime;
	}
}

/* A new spec that cannot be read back is not taken: the old one goes on. */
static void
fold_jobspec_update(struct job *job, double t, const json_t *c)
{
	struct jobspec *spec;
	json_t *o;

	(void)t;
	if (!job->spec || !c)
		return;
	o = json_deep_copy(job->spec->json);
	spec_path_update(o, c);
	spec = jobspec_decode(o, NULL);
	json_decref(o);
	if (spec)
		job_take_spec(job, spec);
}

static void
fold_resource_update(struct job *job, double t, const json_t *c)
{
	json_t *o = json_object_get(c, "expiration");

	(void)t;
	if (!json_is_number(o))
		return;
	job->expiration = json_number_value(o);
	if (job->R)
		job->R->expiration = job->expiration;
}

/* Merge memo into user: objects recursively, null deletes. */
static void
merge(json_t *into, const json_t *memo)
{
	const char *key;
	json_t *value, *have;

	json_object_foreach((json_t *)memo, key, value) {
		if (json_is_null(value)) {
			json_object_del(into, key);
			continue;
		}
		if (!json_is_object(value)) {
			json_object_set_new(into, key, json_deep_copy(value));
			continue;
		}
		have = json_object_get(into, key);
		if (!json_is_object(have)) {
			have = json_object();
			json_object_set_new(into, key, have);
		}
		merge(have, value);
	}
}

static void
fold_memo(struct job *job, double t, const json_t *c)
{
	json_t *user;

	(void)t;
	if (!job->annotations)
		job->annotations = json_object();
	user = json_object_get(job->annotations, "user");
	if (!user) {
		user = json_object();
		json_object_set_new(job->annotations, "user", user);
	}
	merge(user, c);
	if (json_object_size(user) == 0)
		json_object_del(job->annotations, "user");
	if (json_object_size(job->annotations) == 0) {
		json_decref(job->annotations);
		job->annotations = NULL;
	}
}

static void
fold_annotations(struct job *job, double t, const json_t *c)
{
	json_t *a = json_object_get(c, "annotations");

	(void)t;
	json_decref(job->annotations);
	job->annotations = json_is_object(a) ? json_deep_copy(a) : NULL;
}

/* The most severe exception is kept, of equals the first. */
static void
fold_exception(struct job *job, double t, const json_t *c)
{
	const char *type = "", *note = "";
	int severity = 0, status = -1;

	(void)t;
	json_unpack((json_t *)c, "{s?s s?i s?s s?i}", "type", &type, "severity",
	    &severity, "note", &note, "wait_status", &status);
	if (job->exception_occurred && severity >= job->exception_severity)
		return;
	job->exception_occurred = true;
	job->exception_severity = severity;
	job->exception_status = status;
	free(job->exception_type);
	free(job->exception_note);
	job->exception_type = strdup(type);
	job->exception_note = strdup(note);
}

enum job_result
fold_result(const struct job *job, int status)
{
	const char *type = job->exception_type;

	if (status == 0)
		return JOB_COMPLETED;
	if (type && strcmp(type, "cancel") == 0)
		return JOB_CANCELED;
	if (type && strcmp(type, "timeout") == 0)
		return JOB_TIMEOUT;
	return JOB_FAILED;
}

static void
fold_clean(struct job *job, double t, const json_t *c)
{
	(void)t;
	(void)c;
	job->result =
	    fold_result(job, job->has_waitstatus ? job->waitstatus : -1);
	json_decref(job->dependencies);
	job->dependencies = NULL;
}

/* -- what must hold for an event to come -------------------------------- */

static bool
is_fatal(const struct job *job, const json_t *c)
{
	json_t *o = json_object_get(c, "severity");

	(void)job;
	return json_is_integer(o) && json_integer_value(o) == 0;
}

static bool
has_description(const struct job *job, const json_t *c)
{
	(void)job;
	return json_is_string(json_object_get(c, "description"));
}

static bool
has_no_dependency(const struct job *job, const json_t *c)
{
	(void)c;
	return job->dependencies == NULL;
}

static bool
has_priority(const struct job *job, const json_t *c)
{
	(void)job;
	return json_is_integer(json_object_get(c, "priority"));
}

static bool
has_not_finished(const struct job *job, const json_t *c)
{
	return !job->has_waitstatus && job->has_resources &&
	       json_is_integer(json_object_get(c, "status"));
}

static bool
holds_resources(const struct job *job, const json_t *c)
{
	(void)c;
	return job->has_resources;
}

static bool
holds_nothing(const struct job *job, const json_t *c)
{
	(void)c;
	return !job->has_resources;
}

static bool
has_R(const struct job *job, const json_t *c)
{
	(void)c;
	return job->R != NULL;
}

static const struct rule rules[] = {
	{ "submit", JOB_NEW, STAYS, NULL, fold_submit },
	{ "set-flags", ANY_LIVE, STAYS, NULL, fold_set_flags },
	{ "dependency-add", JOB_NEW, STAYS, has_description,
	    fold_dependency_add },
	{ "dependency-remove", JOB_NEW | JOB_DEPEND, STAYS, has_description,
	    fold_dependency_remove },
	{ "validate", JOB_NEW, JOB_DEPEND, NULL, NULL },
	{ "depend", JOB_DEPEND, JOB_PRIORITY, has_no_dependency, NULL },
	{ "priority", JOB_PRIORITY, JOB_SCHED, has_priority, fold_priority },
	{ "priority", JOB_SCHED, STAYS, has_priority, fold_priority },
	{ "urgency", JOB_SCHED, JOB_PRIORITY, NULL, fold_urgency },
	{ "urgency", JOB_NEW | JOB_DEPEND | JOB_PRIORITY, STAYS, NULL,
	    fold_urgency },
	{ "jobspec-update", JOB_SCHED, JOB_PRIORITY, NULL,
	    fold_jobspec_update },
	{ "jobspec-update", ANY_LIVE, STAYS, NULL, fold_jobspec_update },
	{ "flux-restart", JOB_SCHED, JOB_PRIORITY, NULL, NULL },
	{ "flux-restart", ANY_LIVE, STAYS, NULL, NULL },
	{ "alloc", JOB_SCHED, JOB_RUN, has_R, fold_alloc },
	{ "prolog-start", JOB_RUN | JOB_CLEANUP, STAYS, holds_resources,
	    fold_perilog_start },
	{ "prolog-finish", JOB_RUN | JOB_CLEANUP, STAYS, NULL,
	    fold_perilog_finish },
	{ "start", JOB_RUN | JOB_CLEANUP, STAYS, holds_resources, fold_start },
	{ "resource-update", JOB_RUN | JOB_CLEANUP, STAYS, NULL,
	    fold_resource_update },
	{ "memo", ANY_LIVE, STAYS, NULL, fold_memo },
	{ "annotations", ANY_LIVE, STAYS, NULL, fold_annotations },
	{ "finish", JOB_RUN | JOB_CLEANUP, JOB_CLEANUP, has_not_finished,
	    fold_finish },
	{ "epilog-start", JOB_CLEANUP, STAYS, NULL, fold_perilog_start },
	{ "epilog-finish", JOB_CLEANUP, STAYS, NULL, fold_perilog_finish },
	{ "release", JOB_RUN | JOB_CLEANUP, STAYS, holds_resources, NULL },
	{ "free", JOB_CLEANUP, STAYS, holds_resources, fold_free },
	{ "exception", ANY_LIVE, JOB_CLEANUP, is_fatal, fold_exception },
	{ "exception", ANY_LIVE, STAYS, NULL, fold_exception },
	{ "clean", JOB_CLEANUP, JOB_INACTIVE, holds_nothing, fold_clean },
	{ NULL, 0, STAYS, NULL, NULL },
};

static const struct rule other = { NULL, ANY_LIVE, STAYS, NULL, NULL };

/* The row for this event now; NULL: it may not come. */
static const struct rule *
find_rule(const struct job *job, const char *event, const json_t *context)
{
	const struct rule *r;
	bool known = false;

	for (r = rules; r->event; r++) {
		if (strcmp(r->event, event) != 0)
			continue;
		known = true;
		if ((r->from & job->state) &&
		    (!r->guard || r->guard(job, context)))
			return r;
	}
	return !known && (other.from & job->state) ? &other : NULL;
}

/* A job can come to a state twice (SCHED → PRIORITY → SCHED): the first time
 * counts. */
static void
enter_state(struct job *job, enum job_state state, double t)
{
	double *times[] = { &job->t_depend, &job->t_priority, &job->t_sched,
		&job->t_run, &job->t_cleanup, &job->t_inactive };
	size_t i;

	job->state = state;
	job->states |= state;
	for (i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		if ((int)state == JOB_DEPEND << i && *times[i] == 0)
			*times[i] = t;
}

bool
fold_allows(const struct job *job, const char *event, const json_t *context)
{
	return find_rule(job, event, context) != NULL;
}

void
job_fold(
    struct job *job, double timestamp, const char *event, const json_t *context)
{
	const struct rule *r = find_rule(job, event, context);

	if (!r)
		return;
	if (r->effect)
		r->effect(job, timestamp, context);
	if (r->to != STAYS && r->to != job->state)
		enter_state(job, r->to, timestamp);
}
