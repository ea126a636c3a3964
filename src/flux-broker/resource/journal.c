/* SPDX-License-Identifier: MIT */
/*
 * The events of the resources, for resource.journal and the eventlog in the
 * KVS: restart, resource-define, resource-update, online, offline, drain,
 * undrain. What comes and goes fills the list; the oldest of these are dropped.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../attrs.h"
#include "../broker.h"
#include "eventlog.h"
#include "hostlist.h"
#include "idset.h"
#include "rset.h"
#include "state.h"

#define EVENTS_MAX 5000

/* Events that say how the instance is doing, not what was decided. */
static bool
is_transient(const char *name)
{
	return strcmp(name, "online") == 0 || strcmp(name, "offline") == 0 ||
	       strcmp(name, "restart") == 0;
}

static json_t *
encode(const char *name, json_t *context_new)
{
	char *line = event_encode(0, name, context_new);
	json_t *o = line ? json_loads(line, 0, NULL) : NULL;

	free(line);
	json_decref(context_new);
	return o;
}

static json_t *
with_R(const struct resource *r, json_t *events_new, const char *name)
{
	json_t *o = json_pack("{s:o}", "events", events_new);

	if (r->all && strcmp(name, "resource-define") == 0)
		json_object_set_new(o, "R", rset_encode(r->all));
	return o;
}

/* Past resource-define (of which the current R depends) the oldest goes. */
static void
forget(struct resource *r)
{
	const char *name;
	size_t i;
	json_t *o;

	if (json_array_size(r->events) <= EVENTS_MAX)
		return;
	json_array_foreach(r->events, i, o) {
		name = json_string_value(json_object_get(o, "name"));
		if (is_transient(name)) {
			json_array_remove(r->events, i);
			return;
		}
	}
	json_array_remove(r->events, 0);
}

void
resource_journal_post(struct resource *r, const char *name, json_t *context_new)
{
	json_t *event = encode(name, context_new), *payload;
	struct waiter *w;

	if (!event)
		return;
	json_array_append(r->events, event);
	forget(r);
	payload = with_R(r, json_pack("[o]", event), name);
	for (w = r->journals.first; w; w = w->next)
		request_respond_new(w->req, json_incref(payload));
	json_decref(payload);
}

void
resource_journal_ranks(
    struct resource *r, const char *name, const struct idset *ranks)
{
	char *text = idset_encode(ranks, 0);

	if (text)
		resource_journal_post(
		    r, name, json_pack("{s:s}", "idset", text));
	free(text);
}

static void
post_restart(struct resource *r)
{
	const char *hosts = attrs_get(r->b->attrs, "hostlist");
	char ranks[32];

	snprintf(ranks, sizeof(ranks), r->b->size > 1 ? "0-%u" : "%u",
	    r->b->size - 1);
	resource_journal_post(r, "restart",
	    json_pack("{s:s s:s s:s}", "ranks", ranks, "online", "", "nodelist",
		hosts ? hosts : ""));
}

/* resource-define has a response of its own: R comes with it. */
static void
send_backlog(struct resource *r, struct request *req)
{
	json_t *some = json_array(), *o;
	size_t i;

	json_array_foreach(r->events, i, o) {
		const char *name =
		    json_string_value(json_object_get(o, "name"));

		if (strcmp(name, "resource-define") != 0) {
			json_array_append(some, o);
			continue;
		}
		if (json_array_size(some) > 0)
			request_respond_new(
			    req, json_pack("{s:O}", "events", some));
		json_decref(some);
		some = json_array();
		request_respond_new(req, with_R(r, json_pack("[O]", o), name));
	}
	if (json_array_size(some) > 0)
		request_respond_new(req, json_pack("{s:O}", "events", some));
	json_decref(some);
	request_respond_new(req, json_pack("{s:[]}", "events"));
}

int
resource_journal_request(void *ctx, struct request *req, struct answer *an)
{
	struct resource *r = ctx;

	if (!request_is_streaming(req)) {
		errno = EPROTO;
		return errmsg_set(
		    &an->em, "journal requires streaming RPC flag");
	}
	send_backlog(r, req);
	return waitlist_add(&r->journals, req, NULL) < 0 ? -1 : ANSWER_LATER;
}

int
resource_journal_cancel(void *ctx, struct request *req, struct answer *an)
{
	struct resource *r = ctx;

	(void)an;
	waitlist_cancel(&r->journals, req, NULL);
	return 0;
}

char *
resource_eventlog(struct broker *b)
{
	char *text = NULL, *line;
	size_t size, i;
	FILE *f = open_memstream(&text, &size);
	json_t *o;

	if (!f)
		return NULL;
	json_array_foreach(b->resource->events, i, o) {
		if (is_transient(json_string_value(json_object_get(o, "name"))))
			continue;
		if ((line = json_dumps(o, JSON_COMPACT)))
			fprintf(f, "%s\n", line);
		free(line);
	}
	if (fclose(f) == 0)
		return text;
	free(text);
	return NULL;
}

int
resource_journal_create(struct resource *r)
{
	if (!(r->events = json_array())) {
		errno = ENOMEM;
		return -1;
	}
	post_restart(r);
	return 0;
}
