/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "clientstate.h"

static struct state_item *
item_add(struct state_items *list, const char *text)
{
	struct state_item *it = calloc(1, sizeof(*it));

	if (!it || !(it->text = strdup(text))) {
		free(it);
		return NULL;
	}
	LIST_INSERT_HEAD(list, it, next);
	return it;
}

static void
item_remove(struct state_item *it)
{
	LIST_REMOVE(it, next);
	free(it->text);
	free(it);
}

static void
items_clear(struct state_items *list)
{
	while (!LIST_EMPTY(list))
		item_remove(LIST_FIRST(list));
}

static int
remove_text(struct state_items *list, const char *text)
{
	struct state_item *it;

	LIST_FOREACH(it, list, next)
		if (strcmp(it->text, text) == 0) {
			item_remove(it);
			return 0;
		}
	errno = ENOENT;
	return -1;
}

void
clientstate_init(struct clientstate *cs)
{
	LIST_INIT(&cs->subscriptions);
	LIST_INIT(&cs->services);
	LIST_INIT(&cs->disconnects);
}

void
clientstate_fini(struct clientstate *cs)
{
	items_clear(&cs->subscriptions);
	items_clear(&cs->services);
	items_clear(&cs->disconnects);
}

int
clientstate_subscribe(struct clientstate *cs, const char *prefix)
{
	return item_add(&cs->subscriptions, prefix) ? 0 : -1;
}

int
clientstate_unsubscribe(struct clientstate *cs, const char *prefix)
{
	return remove_text(&cs->subscriptions, prefix);
}

bool
clientstate_wants(const struct clientstate *cs, const char *topic)
{
	struct state_item *it;

	LIST_FOREACH(it, &cs->subscriptions, next)
		if (strncmp(topic, it->text, strlen(it->text)) == 0)
			return true;
	return false;
}

int
clientstate_count(const struct clientstate *cs, const char *prefix)
{
	struct state_item *it;
	int n = 0;

	LIST_FOREACH(it, &cs->subscriptions, next)
		n += strcmp(it->text, prefix) == 0;
	return n;
}

int
clientstate_offer(struct clientstate *cs, const char *service)
{
	return item_add(&cs->services, service) ? 0 : -1;
}

int
clientstate_withdraw(struct clientstate *cs, const char *service)
{
	return remove_text(&cs->services, service);
}

void
clientstate_note(struct clientstate *cs, const struct msg *req)
{
	static const char word[] = "disconnect";
	char topic[256];
	const char *dot = strrchr(req->topic, '.');
	size_t n = dot ? (size_t)(dot - req->topic) + 1 : 0;
	struct state_item *it;

	if ((req->flags & MSG_NORESPONSE) || n + sizeof(word) > sizeof(topic))
		return;
	memcpy(topic, req->topic, n);
	memcpy(topic + n, word, sizeof(word));
	LIST_FOREACH(it, &cs->disconnects, next)
		if (it->nodeid == req->nodeid &&
		    it->flags == (req->flags & MSG_UPSTREAM) &&
		    strcmp(it->text, topic) == 0)
			return;
	if ((it = item_add(&cs->disconnects, topic))) {
		it->nodeid = req->nodeid;
		it->flags = req->flags & MSG_UPSTREAM;
	}
}
