/* SPDX-License-Identifier: MIT */
/*
 * The attributes of a job that lists can ask for: a table of names, each with
 * a function that adds the value to a JSON text, or says false if it is not
 * known (yet). Lists are long: a tree of JSON for each job would cost more than
 * all the rest.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "jsontext.h"
#include "list.h"

struct attr {
	const char *name;
	bool (*add)(struct textbuf *b, const struct job *job, size_t offset);
	size_t offset; /* of the member that add looks at */
};

static const void *
member(const struct job *job, size_t offset)
{
	return (const char *)job + offset;
}

static bool
real(struct textbuf *b, double x)
{
	json_add_real(b, x);
	return true;
}

static bool
integer(struct textbuf *b, json_int_t n)
{
	json_add_integer(b, n);
	return true;
}

static bool
boolean(struct textbuf *b, bool is_true)
{
	textbuf_add(b, is_true ? "true" : "false");
	return true;
}

static bool
string(struct textbuf *b, const char *s)
{
	json_add_string(b, s, 0);
	return true;
}

static bool
add_time(struct textbuf *b, const struct job *job, size_t offset)
{
	double t = *(const double *)member(job, offset);

	return t > 0 && real(b, t);
}

static bool
add_text(struct textbuf *b, const struct job *job, size_t offset)
{
	const char *s = *(char *const *)member(job, offset);

	return s && string(b, s);
}

static bool
add_count(struct textbuf *b, const struct job *job, size_t offset)
{
	int n = *(const int *)member(job, offset);

	return n >= 0 && integer(b, n);
}

static bool
add_json(struct textbuf *b, const struct job *job, size_t offset)
{
	const json_t *o = *(json_t *const *)member(job, offset);

	if (o)
		json_add(b, o, JSONTEXT_COMPACT);
	return o != NULL;
}

static bool
add_userid(struct textbuf *b, const struct job *job, size_t offset)
{
	(void)offset;
	return integer(b, job->userid);
}

static bool
add_priority(struct textbuf *b, const struct job *job, size_t offset)
{
	(void)offset;
	return job->priority >= 0 && integer(b, job->priority);
}

static bool
add_state(struct textbuf *b, const struct job *job, size_t offset)
{
	(void)offset;
	return integer(b, job->state);
}

static bool
add_duration(struct textbuf *b, const struct job *job, size_t offset)
{
	(void)offset;
	return real(b, job->duration);
}

static bool
is_over(const struct job *job)
{
	return job->state == JOB_INACTIVE;
}

static bool
add_success(struct textbuf *b, const struct job *job, size_t offset)
{
	(void)offset;
	return is_over(job) && boolean(b, job->result == JOB_COMPLETED);
}

static bool
add_exception_occurred(struct textbuf *b, const struct job *job, size_t offset)
{
	(void)offset;
	return is_over(job) && boolean(b, job->exception_occurred);
}

static bool
add_exception_text(struct textbuf *b, const struct job *job, size_t offset)
{
	if (!is_over(job) || !job->exception_occurred)
		return false;
	return add_text(b, job, offset);
}

static bool
add_exception_severity(struct textbuf *b, const struct job *job, size_t offset)
{
	(void)offset;
	if (!is_over(job) || !job->exception_occurred)
		return false;
	return integer(b, job->exception_severity);
}

static bool
add_result(struct textbuf *b, const struct job *job, size_t offset)
{
	(void)offset;
	return is_over(job) && integer(b, job->result);
}

static bool
add_expiration(struct textbuf *b, const struct job *job, size_t offset)
{
	(void)offset;
	return job->ranks && real(b, job->expiration);
}

static bool
add_waitstatus(struct textbuf *b, const struct job *job, size_t offset)
{
	(void)offset;
	return job->has_waitstatus && integer(b, job->waitstatus);
}

/* What its tasks used */
static bool
add_maxrss(struct textbuf *b, const struct job *job, size_t offset)
{
	(void)offset;
	return job->maxrss >= 0 && integer(b, job->maxrss);
}

static bool
add_cputime(struct textbuf *b, const struct job *job, size_t offset)
{
	(void)offset;
	return job->maxrss >= 0 && real(b, job->cputime);
}

#define AT(member) offsetof(struct job, member)

/* In the order of the reference's "all", which has not the last ones. */
static const struct attr table[] = {
	{ "userid", add_userid, 0 },
	{ "urgency", add_count, AT(urgency) },
	{ "priority", add_priority, 0 },
	{ "t_submit", add_time, AT(t_submit) },
	{ "t_depend", add_time, AT(t_depend) },
	{ "t_priority", add_time, AT(t_priority) },
	{ "t_sched", add_time, AT(t_sched) },
	{ "t_run", add_time, AT(t_run) },
	{ "t_cleanup", add_time, AT(t_cleanup) },
	{ "t_inactive", add_time, AT(t_inactive) },
	{ "state", add_state, 0 },
	{ "name", add_text, AT(name) },
	{ "cwd", add_text, AT(cwd) },
	{ "queue", add_text, AT(queue) },
	{ "project", add_text, AT(project) },
	{ "bank", add_text, AT(bank) },
	{ "ntasks", add_count, AT(ntasks) },
	{ "ncores", add_count, AT(ncores) },
	{ "duration", add_duration, 0 },
	{ "nnodes", add_count, AT(nnodes) },
	{ "ranks", add_text, AT(ranks) },
	{ "nodelist", add_text, AT(nodelist) },
	{ "success", add_success, 0 },
	{ "exception_occurred", add_exception_occurred, 0 },
	{ "exception_type", add_exception_text, AT(exception_type) },
	{ "exception_severity", add_exception_severity, 0 },
	{ "exception_note", add_exception_text, AT(exception_note) },
	{ "result", add_result, 0 },
	{ "expiration", add_expiration, 0 },
	{ "annotations", add_json, AT(annotations) },
	{ "waitstatus", add_waitstatus, 0 },
	{ "dependencies", add_json, AT(dependencies) },
	{ "maxrss", add_maxrss, 0 },
	{ "cputime", add_cputime, 0 },
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

void
attrs_add(
    struct textbuf *b, const struct attrs_wanted *w, const struct job *job)
{
	const struct attr *a;
	size_t len;

	textbuf_add(b, "{\"id\":");
	textbuf_add_number(b, job->id);
	for (int i = 0; i < w->n; i++) {
		a = &table[w->index[i]];
		len = b->len;
		textbuf_add(b, ",\"");
		textbuf_add(b, a->name);
		textbuf_add(b, "\":");
		if (!a->add(b, job, a->offset))
			textbuf_cut(b, len);
	}
	textbuf_add(b, "}");
}
