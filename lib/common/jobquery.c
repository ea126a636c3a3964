/* SPDX-License-Identifier: MIT */
/*
 * Options of listing commands to constraints of job-list (RFC 43): an object
 * with one key, {"and":[...]}, whose members each allow some jobs.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hostlist.h"
#include "idset.h"
#include "jobquery.h"
#include "jobstate.h"
#include "msg.h"
#include "userid.h"

/* Our broker sends so many jobs in one response; others one. */
enum { PER_RESPONSE = 100 };

void
jobquery_init(struct jobquery *q)
{
	memset(q, 0, sizeof(*q));
	q->userid = getuid();
}

void
jobquery_fini(struct jobquery *q)
{
	json_decref(q->queues);
	json_decref(q->targets);
	q->queues = q->targets = NULL;
}

static int
no_memory(struct errmsg *em)
{
	return errmsg_set(em, "%s", strerror(ENOMEM));
}

static int
add_filter(struct jobquery *q, const char *word, struct errmsg *em)
{
	int states = jobstate_parse(word), results = jobresult_parse(word);

	if (states > 1) /* not "new", in which no job can be seen */
		q->states |= states;
	else if (results > 0)
		q->results |= results;
	else
		return errmsg_set(em, "Invalid filter specified: %s", word);
	return 0;
}

static int
add_queue(struct jobquery *q, const char *word, struct errmsg *em)
{
	if (!q->queues)
		q->queues = json_array();
	if (*word && json_array_append_new(q->queues, json_string(word)) < 0)
		return no_memory(em);
	return 0;
}

/* Hand each word of a list to add. */
static int
each_word(struct jobquery *q, const char *list,
    int (*add)(struct jobquery *q, const char *word, struct errmsg *em),
    struct errmsg *em)
{
	char *copy = strdup(list), *rest = copy, *word;
	int rc = 0;

	if (!copy)
		return no_memory(em);
	while (rc == 0 && (word = strsep(&rest, ",")))
		rc = add(q, word, em);
	free(copy);
	return rc;
}

int
jobquery_add_filter(struct jobquery *q, const char *list, struct errmsg *em)
{
	return each_word(q, list, add_filter, em);
}

int
jobquery_add_queues(struct jobquery *q, const char *list, struct errmsg *em)
{
	return each_word(q, list, add_queue, em);
}

int
jobquery_set_user(struct jobquery *q, const char *user, struct errmsg *em)
{
	if (userid_parse(user, &q->userid) < 0)
		return errmsg_set(em, "Invalid user %s specified", user);
	q->has_userid = true;
	return 0;
}

/* What reads as an idset is one. */
static json_t *
ranks_constraint(const char *text)
{
	struct idset *ids = idset_decode(text);
	char *s = NULL;
	json_t *o = NULL;

	if (ids && idset_count(ids) > 0)
		s = idset_encode(ids, IDSET_BRACKETS);
	if (s)
		o = json_pack("{s:[s]}", "ranks", s);
	free(s);
	idset_destroy(ids);
	return o;
}

static json_t *
hosts_constraint(const char *text)
{
	struct hostlist *hosts = hostlist_decode(text);
	json_t *o = NULL;

	if (hosts && hostlist_count(hosts) > 0)
		o = json_pack("{s:[s]}", "hostlist", text);
	hostlist_destroy(hosts);
	return o;
}

int
jobquery_set_targets(struct jobquery *q, const char *targets, struct errmsg *em)
{
	json_t *o = ranks_constraint(targets);

	if (!o)
		o = hosts_constraint(targets);
	if (!o)
		return errmsg_set(em, "invalid targets: %s", targets);
	json_decref(q->targets);
	q->targets = o;
	return 0;
}

/* Takes o, which is NULL if there was no memory for it. */
static int
add(json_t *array, json_t *o)
{
	return o ? json_array_append_new(array, o) : -1;
}

/* States and results are two ways to say which jobs, so either may match. */
static json_t *
filter_constraint(const struct jobquery *q)
{
	if (q->states && q->results)
		return json_pack("{s:[{s:[i]} {s:[i]}]}", "or", "states",
		    q->states, "results", q->results);
	return q->states ? json_pack("{s:[i]}", "states", q->states)
			 : json_pack("{s:[i]}", "results", q->results);
}

static int
add_constraints(const struct jobquery *q, json_t *all)
{
	bool anybody = q->anybody || (q->targets && !q->has_userid) ||
		       q->userid == USERID_UNKNOWN;
	int rc = 0;

	if (!anybody)
		rc |= add(
		    all, json_pack("{s:[I]}", "userid", (json_int_t)q->userid));
	if (q->name)
		rc |= add(all, json_pack("{s:[s]}", "name", q->name));
	if (q->queues)
		rc |= add(all, json_pack("{s:O}", "queue", q->queues));
	if (q->targets)
		rc |= add(all, json_incref(q->targets));
	if (q->states || q->results)
		rc |= add(all, filter_constraint(q));
	return rc;
}

json_t *
jobquery_request(const struct jobquery *q, json_t *attrs)
{
	json_t *all = json_array();

	attrs = attrs ? json_incref(attrs) : json_pack("[s]", "all");
	if (!all || !attrs || add_constraints(q, all) < 0) {
		json_decref(all);
		json_decref(attrs);
		errno = ENOMEM;
		return NULL;
	}
	return json_pack("{s:i s:o s:f s:{s:o} s:i}", "max_entries",
	    q->max_entries, "attrs", attrs, "since", q->since, "constraint",
	    "and", all, "per_response", PER_RESPONSE);
}

json_t *
jobquery_past_request(const struct jobquery *q, bool has_filter, json_t *attrs)
{
	struct jobquery any = *q;

	if (!has_filter)
		any.states = any.results = 0;
	return jobquery_request(&any, attrs);
}
