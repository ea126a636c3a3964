/* SPDX-License-Identifier: MIT */
/*
 * job-manager.events-journal: a stream of all events of all jobs. A listener
 * first gets what active (with `full` all) jobs have in their logs, then a
 * sentinel with id -1, then each event as it comes. What is sent for an event
 * is encoded once, however many listen.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "jm.h"
#include "record.h"

/* waiter.arg of each listener: which events it wants. */
struct filter {
	json_t *allow, *deny; /* objects {event: 1}; NULL = not given */
};

struct journal {
	struct waitlist listeners;
	int64_t nevents; /* all that were told */
};

static void
filter_destroy(void *arg)
{
	struct filter *f = arg;

	if (!f)
		return;
	json_decref(f->allow);
	json_decref(f->deny);
	free(f);
}

static bool
wants(const struct filter *f, const char *event)
{
	if (f->allow && !json_object_get(f->allow, event))
		return false;
	return !f->deny || !json_object_get(f->deny, event);
}

/* jobspec and R as listeners get them; nothing is added if there is none. */
static void
add_record(struct broker *b, json_t *o, uint64_t id, const char *key)
{
	json_t *v = record_current(b, id, key);

	if (!v)
		return;
	if (strcmp(key, "R") == 0)
		json_object_del(v, "scheduling");
	json_object_set_new(o, key, v);
}

static json_t *
entry(double t, const char *name, const json_t *context)
{
	json_t *e = json_pack("{s:f s:s}", "timestamp", t, "name", name);

	if (e && context)
		json_object_set(e, "context", (json_t *)context);
	return e;
}

static char *
encode(struct broker *b, const struct job *job, json_t *event_new)
{
	const char *name =
	    json_string_value(json_object_get(event_new, "name"));
	json_t *o = json_pack(
	    "{s:I s:[O]}", "id", (json_int_t)job->id, "events", event_new);
	char *text;

	if (o && strcmp(name, "submit") == 0)
		add_record(b, o, job->id, "jobspec");
	else if (o && strcmp(name, "alloc") == 0)
		add_record(b, o, job->id, "R");
	text = o ? json_dumps(o, JSON_COMPACT) : NULL;
	json_decref(o);
	json_decref(event_new);
	return text;
}

static void
journal_event(void *arg, struct job *job, double timestamp, const char *name,
    const json_t *context)
{
	struct job_manager *jm = arg;
	struct waiter *w;
	char *text;

	jm->journal->nevents++;
	if (!jm->journal->listeners.first)
		return;
	text = encode(jm->b, job, entry(timestamp, name, context));
	for (w = jm->journal->listeners.first; text && w; w = w->next)
		if (wants(w->arg, name))
			request_respond_text(w->req, text);
	free(text);
}

int
journal_create(struct job_manager *jm)
{
	jm->journal = calloc(1, sizeof(*jm->journal));
	if (!jm->journal)
		return -1;
	return job_on_event(jm->b, journal_event, jm);
}

static void
drop_all(struct job_manager *jm, int errnum)
{
	struct waitlist *l = &jm->journal->listeners;
	struct waiter *w;

	while ((w = l->first)) {
		filter_destroy(w->arg);
		request_fail(w->req, errnum, NULL);
		waitlist_remove(l, w);
	}
}

void
journal_destroy(struct job_manager *jm)
{
	if (!jm->journal)
		return;
	drop_all(jm, ENODATA);
	free(jm->journal);
	jm->journal = NULL;
}

void
journal_disconnect(struct job_manager *jm, const char *sender)
{
	waitlist_disconnect(&jm->journal->listeners, sender, filter_destroy);
}

int
journal_nlisteners(const struct job_manager *jm)
{
	struct waiter *w;
	int n = 0;

	for (w = jm->journal->listeners.first; w; w = w->next)
		n++;
	return n;
}

int64_t
journal_nevents(const struct job_manager *jm)
{
	return jm->journal->nevents;
}

static void
send_backlog_of(struct broker *b, const struct job *job, struct request *req,
    const struct filter *f)
{
	json_t *log = record_eventlog(b, job->id), *events = json_array(), *e;
	json_t *o;
	size_t i;

	json_array_foreach(log, i, e)
		if (wants(f, json_string_value(json_object_get(e, "name"))))
			json_array_append(events, e);
	json_decref(log);
	if (json_array_size(events) == 0) {
		json_decref(events);
		return;
	}
	o = json_pack("{s:I s:o}", "id", (json_int_t)job->id, "events", events);
	add_record(b, o, job->id, "jobspec");
	add_record(b, o, job->id, "R");
	request_respond_new(req, o);
}

static void
send_backlog(struct job_manager *jm, struct request *req,
    const struct filter *f, int full)
{
	struct job *job;

	if (full)
		TAILQ_FOREACH(job, &jm->inactive, by_age)
			send_backlog_of(jm->b, job, req, f);
	TAILQ_FOREACH(job, &jm->active, by_age)
		send_backlog_of(jm->b, job, req, f);
	request_respond_new(req, json_pack("{s:i s:[]}", "id", -1, "events"));
}

static int
check_filter(const json_t *o, const char *name, struct errmsg *em)
{
	if (!o || json_is_object(o))
		return 0;
	errno = EPROTO;
	return errmsg_set(
	    em, "job-manager.events %s should be an object", name);
}

int
jm_journal_request(void *ctx, struct request *req, struct answer *an)
{
	struct job_manager *jm = ctx;
	json_t *allow = NULL, *deny = NULL;
	struct filter *f;
	int full = 0;

	if (!request_is_streaming(req)) {
		errno = EPROTO;
		return errmsg_set(
		    &an->em, "job-manager.events requires streaming RPC flag");
	}
	if (request_unpack(req, "{s?b s?o s?o}", "full", &full, "allow", &allow,
		"deny", &deny) < 0 ||
	    check_filter(allow, "allow", &an->em) < 0 ||
	    check_filter(deny, "deny", &an->em) < 0)
		return -1;
	if (!(f = calloc(1, sizeof(*f))))
		return -1;
	f->allow = json_incref(allow);
	f->deny = json_incref(deny);
	if (waitlist_add(&jm->journal->listeners, req, f) < 0) {
		filter_destroy(f);
		return -1;
	}
	send_backlog(jm, req, f, full);
	return ANSWER_LATER;
}

int
jm_journal_cancel_request(void *ctx, struct request *req, struct answer *an)
{
	struct job_manager *jm = ctx;

	(void)an;
	waitlist_cancel(&jm->journal->listeners, req, filter_destroy);
	return 0;
}
