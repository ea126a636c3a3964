/* SPDX-License-Identifier: MIT */
/*
 * What the store has of a job, decoded.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../store/store.h"
#include "environments.h"
#include "eventlog.h"
#include "fold.h"
#include "jobspec.h"
#include "record.h"
#include "submitted.h"

/* The jobspec is stored only if it is not what was sent. */
static bool
is_as_sent(struct broker *b, uint64_t id, const char *key)
{
	return strcmp(key, "jobspec") == 0 && !store_get(b, id, key, NULL) &&
	       store_get(b, id, "J", NULL);
}

/* Without its environment. */
static json_t *
as_sent(struct broker *b, uint64_t id)
{
	struct shared_env *shared;
	json_t *o = submitted_jobspec(b, id, &shared);

	shared_env_unref(shared);
	json_object_del(jobspec_system(o), "environment");
	return o;
}

static char *
jobspec_text(struct broker *b, uint64_t id)
{
	json_t *o = as_sent(b, id);
	char *text = o ? json_dumps(o, JSON_COMPACT) : NULL;

	json_decref(o);
	return text;
}

const char *
record_text(
    struct broker *b, uint64_t id, const char *key, size_t *len, char **own)
{
	*own = NULL;
	if (strcmp(key, "J") == 0)
		*own = submitted_get(b, id);
	else if (is_as_sent(b, id, key))
		*own = jobspec_text(b, id);
	else
		return store_get(b, id, key, len);
	if (*own)
		*len = strlen(*own);
	return *own;
}

const char *
record_next_key(struct broker *b, uint64_t id, const char *key)
{
	const char *next;

	if (key && strcmp(key, "jobspec") == 0 && is_as_sent(b, id, key))
		return NULL;
	if (!(next = store_next_key(b, id, key)) &&
	    is_as_sent(b, id, "jobspec"))
		return "jobspec";
	return next;
}

json_t *
record_stored(struct broker *b, uint64_t id, const char *key)
{
	size_t len;
	const char *text = store_get(b, id, key, &len);
	json_t *o;

	if (!text)
		return is_as_sent(b, id, key) ? as_sent(b, id) : NULL;
	if (!(o = json_loadb(text, len, JSON_DECODE_ANY, NULL)))
		errno = EINVAL;
	return o;
}

/* Call f for each event of the log. */
static void
each_event(
    const char *log, void (*f)(void *arg, const struct event *e), void *arg)
{
	const char *end;
	struct event e;
	char *line;

	for (; (end = strchr(log, '\n')); log = end + 1) {
		if (!(line = strndup(log, end - log)))
			return;
		if (event_decode(&e, line) == 0) {
			f(arg, &e);
			event_fini(&e);
		}
		free(line);
	}
}

static void
update_jobspec(void *arg, const struct event *e)
{
	if (strcmp(e->name, "jobspec-update") == 0)
		spec_path_update(arg, e->context);
}

static void
update_R(void *arg, const struct event *e)
{
	json_t *t = json_object_get(e->context, "expiration");

	if (strcmp(e->name, "resource-update") == 0 && t)
		json_object_set(
		    json_object_get(arg, "execution"), "expiration", t);
}

/* Most jobs are never updated: do not decode their logs. */
static void
apply_updates(struct broker *b, uint64_t id, const char *event,
    void (*f)(void *arg, const struct event *e), json_t *o)
{
	const char *log = store_get(b, id, "eventlog", NULL);
	char word[32];

	snprintf(word, sizeof(word), "\"%s\"", event);
	if (o && log && strstr(log, word))
		each_event(log, f, o);
}

json_t *
record_current(struct broker *b, uint64_t id, const char *key)
{
	json_t *o = record_stored(b, id, key);

	if (strcmp(key, "R") == 0)
		apply_updates(b, id, "resource-update", update_R, o);
	else if (strcmp(key, "jobspec") == 0)
		apply_updates(b, id, "jobspec-update", update_jobspec, o);
	return o;
}

/* Into `stored` the environment of what was sent. */
static json_t *
with_environment(json_t *stored, json_t *sent)
{
	json_t *env = json_object_get(jobspec_system(sent), "environment");

	if (!stored)
		return sent;
	if (env)
		json_object_set(jobspec_system(stored), "environment", env);
	json_decref(sent);
	return stored;
}

json_t *
record_first_jobspec(struct broker *b, uint64_t id, struct shared_env **shared)
{
	json_t *sent = submitted_jobspec(b, id, shared);
	const char *text = store_get(b, id, "jobspec", NULL);
	json_t *stored = text ? json_loads(text, 0, NULL) : NULL;

	return with_environment(stored, sent);
}

json_t *
record_full_jobspec(struct broker *b, uint64_t id, struct shared_env **shared)
{
	json_t *o = record_first_jobspec(b, id, shared);

	apply_updates(b, id, "jobspec-update", update_jobspec, o);
	return o;
}

static void
append_entry(void *arg, const struct event *e)
{
	json_array_append(arg, e->json);
}

json_t *
record_eventlog(struct broker *b, uint64_t id)
{
	const char *log = store_get(b, id, "eventlog", NULL);
	json_t *entries;

	if (!log)
		return NULL;
	entries = json_array();
	each_event(log, append_entry, entries);
	return entries;
}
