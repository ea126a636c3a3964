/* SPDX-License-Identifier: MIT */
/*
 * What the store has of a job, decoded.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../store/store.h"
#include "eventlog.h"
#include "fold.h"
#include "record.h"
#include "submitted.h"

const char *
record_text(
    struct broker *b, uint64_t id, const char *key, size_t *len, char **own)
{
	*own = NULL;
	if (strcmp(key, "J") != 0)
		return store_get(b, id, key, len);
	if ((*own = submitted_get(b, id)))
		*len = strlen(*own);
	return *own;
}

json_t *
record_stored(struct broker *b, uint64_t id, const char *key)
{
	size_t len;
	const char *text = store_get(b, id, key, &len);
	json_t *o;

	if (!text)
		return NULL;
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

json_t *
record_current(struct broker *b, uint64_t id, const char *key)
{
	json_t *o = record_stored(b, id, key);
	const char *log;
	bool is_R = strcmp(key, "R") == 0;

	if (!o || (!is_R && strcmp(key, "jobspec") != 0))
		return o;
	log = store_get(b, id, "eventlog", NULL);
	/* most jobs are never updated: do not decode their logs */
	if (log &&
	    strstr(log, is_R ? "\"resource-update\"" : "\"jobspec-update\""))
		each_event(log, is_R ? update_R : update_jobspec, o);
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
