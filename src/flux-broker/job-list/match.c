/* SPDX-License-Identifier: MIT */
/*
 * Constraints of job-list.list (RFC 43): an object with one operator and an
 * array of values, compiled once into a tree and tested on many jobs:
 *     {"and":[{"userid":[0]},{"states":[62]}]}
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "hostlist.h"
#include "idset.h"
#include "list.h"

#define ALL_STATES  (JOB_NEW | JOB_ACTIVE | JOB_INACTIVE)
#define ALL_RESULTS (JOB_COMPLETED | JOB_FAILED | JOB_CANCELED | JOB_TIMEOUT)

struct match {
	const struct operator* op;
	struct match **kids; /* of and, or, not */
	size_t nkids;
	json_t *values; /* userid, name, queue: the array */
	int mask;       /* states, results */
	struct hostlist *hosts;
	struct idset *ranks;
	enum { GT, GE, LT, LE } comparison; /* t_* */
	double t;
};

struct operator
{
	const char *name;
	int (*parse)(struct match * m, const json_t *values, struct errmsg *em);
	bool (*test)(const struct match *m, const struct job *job);
	size_t offset; /* of the member that test looks at */
};

static struct match *compile(const json_t *o, struct errmsg *em);

/* -- and, or, not ------------------------------------------------------- */

static int
parse_kids(struct match *m, const json_t *values, struct errmsg *em)
{
	size_t n = json_array_size(values);
	json_t *o;
	size_t i;

	if (!(m->kids = calloc(n + 1, sizeof(*m->kids))))
		return -1;
	json_array_foreach((json_t *)values, i, o) {
		if (!(m->kids[i] = compile(o, em)))
			return -1;
		m->nkids++;
	}
	return 0;
}

static bool
test_and(const struct match *m, const struct job *job)
{
	size_t i;

	for (i = 0; i < m->nkids; i++)
		if (!match_test(m->kids[i], job))
			return false;
	return true;
}

static bool
test_or(const struct match *m, const struct job *job)
{
	size_t i;

	for (i = 0; i < m->nkids; i++)
		if (match_test(m->kids[i], job))
			return true;
	return m->nkids == 0;
}

static bool
test_not(const struct match *m, const struct job *job)
{
	return !test_and(m, job);
}

/* -- userid, name, queue ------------------------------------------------ */

static int
parse_userids(struct match *m, const json_t *values, struct errmsg *em)
{
	json_t *o;
	size_t i;

	json_array_foreach((json_t *)values, i, o)
		if (!json_is_integer(o))
			return errmsg_set(
			    em, "userid value must be an integer");
	m->values = json_incref((json_t *)values);
	return 0;
}

static bool
test_userid(const struct match *m, const struct job *job)
{
	json_t *o;
	size_t i;

	json_array_foreach(m->values, i, o) {
		uint32_t id = (uint32_t)json_integer_value(o);

		if (id == USERID_UNKNOWN || id == job->userid)
			return true;
	}
	return false;
}

static int
parse_texts(struct match *m, const json_t *values, struct errmsg *em)
{
	json_t *o;
	size_t i;

	json_array_foreach((json_t *)values, i, o)
		if (!json_is_string(o))
			return errmsg_set(
			    em, "%s value must be a string", m->op->name);
	m->values = json_incref((json_t *)values);
	return 0;
}

static bool
test_text(const struct match *m, const struct job *job)
{
	const char *s = *(char *const *)((const char *)job + m->op->offset);
	json_t *o;
	size_t i;

	json_array_foreach(m->values, i, o)
		if (s && strcmp(json_string_value(o), s) == 0)
			return true;
	return false;
}

/* -- states, results ---------------------------------------------------- */

struct bit_name {
	const char *name, *letters;
	int bits;
};

static const struct bit_name state_names[] = {
	{ "NEW", "N", JOB_NEW },
	{ "DEPEND", "D", JOB_DEPEND },
	{ "PRIORITY", "P", JOB_PRIORITY },
	{ "SCHED", "S", JOB_SCHED },
	{ "RUN", "R", JOB_RUN },
	{ "CLEANUP", "C", JOB_CLEANUP },
	{ "INACTIVE", "I", JOB_INACTIVE },
	{ "PENDING", "PD", JOB_PENDING },
	{ "RUNNING", "RU", JOB_RUNNING },
	{ "ACTIVE", "A", JOB_ACTIVE },
	{ NULL, NULL, 0 },
};

static const struct bit_name result_names[] = {
	{ "COMPLETED", "CD", JOB_COMPLETED },
	{ "FAILED", "F", JOB_FAILED },
	{ "CANCELED", "CA", JOB_CANCELED },
	{ "TIMEOUT", "TO", JOB_TIMEOUT },
	{ NULL, NULL, 0 },
};

/* Upper case, or lower case, not mixed. */
static bool
is_name(const char *s, const char *name)
{
	const char *p;

	if (strcasecmp(s, name) != 0)
		return false;
	for (p = s; *p; p++)
		if ((islower((unsigned char)*p) != 0) !=
		    (islower((unsigned char)*s) != 0))
			return false;
	return true;
}

static int
bits_of(const char *s, const struct bit_name *names)
{
	for (; names->name; names++)
		if (is_name(s, names->name) || is_name(s, names->letters))
			return names->bits;
	return -1;
}

static int
parse_bits(struct match *m, const json_t *values, const struct bit_name *names,
    struct errmsg *em)
{
	int all = names == state_names ? ALL_STATES : ALL_RESULTS, bits;
	const char *what = m->op->name;
	json_t *o;
	size_t i;

	json_array_foreach((json_t *)values, i, o) {
		if (json_is_integer(o)) {
			bits = (int)json_integer_value(o);
			if (bits & ~all)
				return errmsg_set(em,
				    "invalid %s value '%Xh' specified", what,
				    (unsigned)bits);
		} else if (json_is_string(o)) {
			bits = bits_of(json_string_value(o), names);
			if (bits < 0)
				return errmsg_set(em,
				    "invalid %s value '%s' specified", what,
				    json_string_value(o));
		} else {
			return errmsg_set(em, "%s value invalid type", what);
		}
		m->mask |= bits;
	}
	return 0;
}

static int
parse_states(struct match *m, const json_t *values, struct errmsg *em)
{
	return parse_bits(m, values, state_names, em);
}

static bool
test_states(const struct match *m, const struct job *job)
{
	return m->mask & job->state;
}

static int
parse_results(struct match *m, const json_t *values, struct errmsg *em)
{
	return parse_bits(m, values, result_names, em);
}

static bool
test_results(const struct match *m, const struct job *job)
{
	return job->state == JOB_INACTIVE && (m->mask & job->result);
}

/* -- hostlist, ranks ---------------------------------------------------- */

static int
parse_hosts(struct match *m, const json_t *values, struct errmsg *em)
{
	json_t *o;
	size_t i;

	if (!(m->hosts = hostlist_create()))
		return -1;
	json_array_foreach((json_t *)values, i, o) {
		if (!json_is_string(o))
			return errmsg_set(em, "host value must be a string");
		if (hostlist_append(m->hosts, json_string_value(o)) < 0)
			return errmsg_set(
			    em, "host value not in valid Hostlist format");
	}
	return 0;
}

static bool
test_hosts(const struct match *m, const struct job *job)
{
	struct hostlist *have;
	bool found = false;
	size_t i;

	if (!job->nodelist || !(have = hostlist_decode(job->nodelist)))
		return false;
	for (i = 0; !found && i < hostlist_count(m->hosts); i++)
		found = hostlist_find(have, hostlist_nth(m->hosts, i)) >= 0;
	hostlist_destroy(have);
	return found;
}

static int
parse_ranks(struct match *m, const json_t *values, struct errmsg *em)
{
	struct idset *s;
	json_t *o;
	size_t i;

	if (!(m->ranks = idset_create()))
		return -1;
	json_array_foreach((json_t *)values, i, o) {
		const char *text = json_string_value(o);

		if (!text)
			return errmsg_set(em, "ranks value must be a string");
		if (!(s = idset_decode(text)))
			return errmsg_set(em,
			    "ranks value '%s': error parsing range '%s'", text,
			    text);
		idset_add(m->ranks, s);
		idset_destroy(s);
	}
	return 0;
}

static bool
test_ranks(const struct match *m, const struct job *job)
{
	struct idset *have = job->ranks ? idset_decode(job->ranks) : NULL;
	bool found = have && idset_intersects(m->ranks, have);

	idset_destroy(have);
	return found;
}

/* -- t_* ---------------------------------------------------------------- */

static const char *
parse_comparison(struct match *m, const char *s)
{
	bool or_equal = s[0] && s[1] == '=';

	if (s[0] == '>')
		m->comparison = or_equal ? GE : GT;
	else if (s[0] == '<')
		m->comparison = or_equal ? LE : LT;
	else
		return NULL;
	return s + 1 + or_equal;
}

static int
parse_time(struct match *m, const json_t *values, struct errmsg *em)
{
	const json_t *o = json_array_get(values, 0);
	const char *s = json_string_value(o);
	char *end;

	if (!o)
		return errmsg_set(em, "timestamp value not specified");
	if (!s)
		return errmsg_set(em, "%s value must be a string", m->op->name);
	if (!(s = parse_comparison(m, s)))
		return errmsg_set(
		    em, "timestamp comparison operator not specified");
	m->t = strtod(s, &end);
	if (*end || end == s)
		return errmsg_set(em, "Invalid timestamp value specified");
	if (m->t < 0)
		return errmsg_set(em, "timestamp value must be >= 0.0");
	return 0;
}

static bool
test_time(const struct match *m, const struct job *job)
{
	double t = *(const double *)((const char *)job + m->op->offset);

	if (t == 0)
		return false;
	switch (m->comparison) {
	case GT:
		return t > m->t;
	case GE:
		return t >= m->t;
	case LT:
		return t < m->t;
	default:
		return t <= m->t;
	}
}

/* ----------------------------------------------------------------------- */

#define AT(member) offsetof(struct job, member)

static const struct operator operators[] = {
	{ "and", parse_kids, test_and, 0 },
	{ "or", parse_kids, test_or, 0 },
	{ "not", parse_kids, test_not, 0 },
	{ "userid", parse_userids, test_userid, 0 },
	{ "name", parse_texts, test_text, AT(name) },
	{ "queue", parse_texts, test_text, AT(queue) },
	{ "states", parse_states, test_states, 0 },
	{ "results", parse_results, test_results, 0 },
	{ "hostlist", parse_hosts, test_hosts, 0 },
	{ "ranks", parse_ranks, test_ranks, 0 },
	{ "t_submit", parse_time, test_time, AT(t_submit) },
	{ "t_depend", parse_time, test_time, AT(t_depend) },
	{ "t_priority", parse_time, test_time, AT(t_priority) },
	{ "t_sched", parse_time, test_time, AT(t_sched) },
	{ "t_run", parse_time, test_time, AT(t_run) },
	{ "t_cleanup", parse_time, test_time, AT(t_cleanup) },
	{ "t_inactive", parse_time, test_time, AT(t_inactive) },
	{ NULL, NULL, NULL, 0 },
};

/* `{}`: an `and` of nothing. */
static const struct operator* find_operator(const char *name)
{
	const struct operator* op;

	for (op = operators; op->name; op++)
		if (strcmp(op->name, name) == 0)
			return op;
	return NULL;
}

static struct match *
compile_operator(const char *name, const json_t *values, struct errmsg *em)
{
	const struct operator* op = find_operator(name);
	struct match *m;

	if (!op) {
		errmsg_set(em, "unknown constraint operator: %s", name);
		return NULL;
	}
	if (values && !json_is_array(values)) {
		errmsg_set(em, "operator %s values not an array", name);
		return NULL;
	}
	if (!(m = calloc(1, sizeof(*m))))
		return NULL;
	m->op = op;
	if (op->parse(m, values, em) < 0) {
		match_destroy(m);
		return NULL;
	}
	return m;
}

static struct match *
compile(const json_t *o, struct errmsg *em)
{
	void *i;

	if (!json_is_object(o)) {
		errmsg_set(em, "constraint must be JSON object");
		return NULL;
	}
	if (json_object_size(o) > 1) {
		errmsg_set(em, "constraint must only contain 1 element");
		return NULL;
	}
	if (!(i = json_object_iter((json_t *)o)))
		return compile_operator("and", NULL, em);
	return compile_operator(
	    json_object_iter_key(i), json_object_iter_value(i), em);
}

struct match *
match_create(const json_t *constraint, struct errmsg *em)
{
	if (!constraint)
		return compile_operator("and", NULL, em);
	return compile(constraint, em);
}

void
match_destroy(struct match *m)
{
	size_t i;

	if (!m)
		return;
	for (i = 0; i < m->nkids; i++)
		match_destroy(m->kids[i]);
	free(m->kids);
	json_decref(m->values);
	hostlist_destroy(m->hosts);
	idset_destroy(m->ranks);
	free(m);
}

bool
match_test(const struct match *m, const struct job *job)
{
	return m->op->test(m, job);
}

int
match_states(const struct match *m)
{
	int mask = ALL_STATES, any = 0;
	size_t i;

	if (m->op->test == test_states)
		return m->mask;
	if (m->op->test == test_results)
		return JOB_INACTIVE;
	if (m->op->test == test_and)
		for (i = 0; i < m->nkids; i++)
			mask &= match_states(m->kids[i]);
	if (m->op->test == test_or && m->nkids > 0) {
		for (i = 0; i < m->nkids; i++)
			any |= match_states(m->kids[i]);
		mask = any;
	}
	return mask;
}
