/* SPDX-License-Identifier: MIT */
/*
 * The attributes of a job that lists can ask for: a table of names, each with
 * a function that says the value, or NULL if it is not known (yet).
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "list.h"

struct attr {
	const char *name;
	json_t *(*get)(const struct job *job, size_t offset);
	size_t offset; /* of the member that get looks at */
};

static const void *
member(const struct job *job, size_t offset)
{
	return (const char *)job + offset;
}

static json_t *
get_time(const struct job *job, size_t offset)
{
	double t = *(const double *)member(job, offset);

	return t > 0 ? json_real(t) : NULL;
}

static json_t *
get_text(const struct job *job, size_t offset)
{
	const char *s = *(char *const *)member(job, offset);

	return s ? json_string_nocheck(s) : NULL;
}

static json_t *
get_count(const struct job *job, size_t offset)
{
	int n = *(const int *)member(job, offset);

	return n >= 0 ? json_integer(n) : NULL;
}

static json_t *
get_json(const struct job *job, size_t offset)
{
	return json_incref(*(json_t *const *)member(job, offset));
}

static json_t *
get_userid(const struct job *job, size_t offset)
{
	(void)offset;
	return json_integer(job->userid);
}

static json_t *
get_priority(const struct job *job, size_t offset)
{
	(void)offset;
	return job->priority >= 0 ? json_integer(job->priority) : NULL;
}

static json_t *
get_state(const struct job *job, size_t offset)
{
	(void)offset;
	return json_integer(job->state);
}

static json_t *
get_duration(const struct job *job, size_t offset)
{
	(void)offset;
	return json_real(job->duration);
}

static bool
is_over(const struct job *job)
{
	return job->state == JOB_INACTIVE;
}

static json_t *
get_success(const struct job *job, size_t offset)
{
	(void)offset;
	return is_over(job) ? json_boolean(job->result == JOB_COMPLETED) : NULL;
}

static json_t *
get_exception_occurred(const struct job *job, size_t offset)
{
	(void)offset;
	return is_over(job) ? json_boolean(job->exception_occurred) : NULL;
}

static json_t *
get_exception_text(const struct job *job, size_t offset)
{
	if (!is_over(job) || !job->exception_occurred)
		return NULL;
	return get_text(job, offset);
}

static json_t *
get_exception_severity(const struct job *job, size_t offset)
{
	(void)offset;
	if (!is_over(job) || !job->exception_occurred)
		return NULL;
	return json_integer(job->exception_severity);
}

static json_t *
get_result(const struct job *job, size_t offset)
{
	(void)offset;
	return is_over(job) ? json_integer(job->result) : NULL;
}

static json_t *
get_expiration(const struct job *job, size_t offset)
{
	(void)offset;
	return job->ranks ? json_real(job->expiration) : NULL;
}

static json_t *
get_waitstatus(const struct job *job, size_t offset)
{
	(void)offset;
	return job->has_waitstatus ? json_integer(job->waitstatus) : NULL;
}

/* What its tasks used */
static json_t *
get_maxrss(const struct job *job, size_t offset)
{
	(void)offset;
	return job->maxrss >= 0 ? json_integer(job->maxrss) : NULL;
}

static json_t *
get_cputime(const struct job *job, size_t offset)
{
	(void)offset;
	return job->maxrss >= 0 ? json_real(job->cputime) : NULL;
}

#define AT(member) offsetof(struct job, member)

/* In the order of the reference's "all", which has not the last ones. */
static const struct attr table[] = {
	{ "userid", get_userid, 0 },
	{ "urgency", get_count, AT(urgency) },
	{ "priority", get_priority, 0 },
	{ "t_submit", get_time, AT(t_submit) },
	{ "t_depend", get_time, AT(t_depend) },
	{ "t_priority", get_time, AT(t_priority) },
	{ "t_sched", get_time, AT(t_sched) },
	{ "t_run", get_time, AT(t_run) },
	{ "t_cleanup", get_time, AT(t_cleanup) },
	{ "t_inactive", get_time, AT(t_inactive) },
	{ "state", get_state, 0 },
	{ "name", get_text, AT(name) },
	{ "cwd", get_text, AT(cwd) },
	{ "queue", get_text, AT(queue) },
	{ "project", get_text, AT(project) },
	{ "bank", get_text, AT(bank) },
	{ "ntasks", get_count, AT(ntasks) },
	{ "ncores", get_count, AT(ncores) },
	{ "duration", get_duration, 0 },
	{ "nnodes", get_count, AT(nnodes) },
	{ "ranks", get_text, AT(ranks) },
	{ "nodelist", get_text, AT(nodelist) },
	{ "success", get_success, 0 },
	{ "exception_occurred", get_exception_occurred, 0 },
	{ "exception_type", get_exception_text, AT(exception_type) },
	{ "exception_severity", get_exception_severity, 0 },
	{ "exception_note", get_exception_text, AT(exception_note) },
	{ "result", get_result, 0 },
	{ "expiration", get_expiration, 0 },
	{ "annotations", get_json, AT(annotations) },
	{ "waitstatus", get_waitstatus, 0 },
	{ "dependencies", get_json, AT(dependencies) },
	{ "maxrss", get_maxrss, 0 },
	{ "cputime", get_cputime, 0 },
};

#define NATTRS ((int)(sizeof(table) / sizeof(table[0])))
#define NALL   (NATTRS - 2)

_Static_assert(sizeof(table) / sizeof(table[0]) <=
		   sizeof(((struct attrs_wanted *)0)->index) / sizeof(int),
    "attrs_wanted has room for all attributes");

static int
find(const char *name)
{
	int i;

	for (i = 0; i < NATTRS; i++)
		if (strcmp(table[i].name, name) == 0)
			return i;
	return -1;
}

static void
want(struct attrs_wanted *w, int index)
{
	int i;

	for (i = 0; i < w->n; i++)
		if (w->index[i] == index)
			return;
	w->index[w->n++] = index;
}

static void
want_all(struct attrs_wanted *w)
{
	int i;

	for (i = 0; i < NALL; i++)
		want(w, i);
}

int
attrs_parse(struct attrs_wanted *w, const json_t *names, struct errmsg *em)
{
	const json_t *o;
	size_t i;
	int k;

	w->n = 0;
	errno = EINVAL;
	json_array_foreach((json_t *)names, i, o) {
		const char *name = json_string_value(o);

		if (!name)
			return errmsg_set(em, "attr has no string value");
		if (strcmp(name, "all") == 0)
			want_all(w);
		else if ((k = find(name)) >= 0)
			want(w, k);
		else
			return errmsg_set(
			    em, "%s is not a valid attribute", name);
	}
	return 0;
}

json_t *
attrs_names(void)
{
	json_t *names = json_array();
	int i;

	for (i = 0; i < NATTRS; i++)
		json_array_append_new(names, json_string(table[i].name));
	json_array_append_new(names, json_string("all"));
	return names;
}

json_t *
attrs_encode(const struct attrs_wanted *w, const struct job *job)
{
	json_t *o = json_object(), *v;
	const struct attr *a;
	int i;

	json_object_set_new_nocheck(o, "id", json_integer(job->id));
	for (i = 0; i < w->n; i++) {
		a = &table[w->index[i]];
		if ((v = a->get(job, a->offset)))
			json_object_set_new_nocheck(o, a->name, v);
	}
	return o;
}
