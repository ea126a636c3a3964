/* SPDX-License-Identifier: MIT */
/*
 * RFC 18 events. Keys that we do not know are kept in the entry, so that what
 * is passed on is what came in.
 */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "eventlog.h"

double
event_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ((double)ts.tv_sec * 1e6 + (double)(ts.tv_nsec / 1000)) / 1e6;
}

/* Words that JSON does not escape. */
static bool
is_plain(const char *name)
{
	for (; *name; name++)
		if (!isalnum((unsigned char)*name) && !strchr(".-_", *name))
			return false;
	return true;
}

/* The head of an entry without JSON's general ways, which cost more than all
 * else that an event does: of whole microseconds and a plain name. */
static int
plain_head(char *buf, size_t size, double timestamp, const char *name)
{
	double us = rint(timestamp * 1e6);
	int n;

	if (!(us > 0) || us > 1e16 || us / 1e6 != timestamp || !is_plain(name))
		return -1;
	n = snprintf(buf, size, "{\"timestamp\":%lld.%06lld",
	    (long long)us / 1000000, (long long)us % 1000000);
	while (buf[n - 1] == '0' && buf[n - 2] != '.')
		n--;
	n += snprintf(buf + n, size - (size_t)n, ",\"name\":\"%s\"", name);
	return (size_t)n < size ? n : -1;
}

static char *
encode_plain(const char *head, const json_t *context)
{
	char *text = NULL, *line = NULL;

	if (json_object_size(context) == 0)
		return asprintf(&line, "%s}\n", head) < 0 ? NULL : line;
	text = json_dumps(context, JSON_COMPACT);
	if (!text || asprintf(&line, "%s,\"context\":%s}\n", head, text) < 0)
		line = NULL;
	free(text);
	return line;
}

static char *
encode_json(double timestamp, const char *name, const json_t *context)
{
	json_t *o;
	char *text, *line = NULL;

	if (!(o = json_pack("{s:f s:s}", "timestamp", timestamp, "name", name)))
		return NULL;
	/* json_object_set only takes a reference: the context is not changed */
	if (json_object_size(context) > 0)
		json_object_set(o, "context", (json_t *)context);
	text = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	if (!text || asprintf(&line, "%s\n", text) < 0)
		line = NULL;
	free(text);
	return line;
}

char *
event_encode(double timestamp, const char *name, const json_t *context)
{
	char head[256], *line;

	if (timestamp == 0)
		timestamp = event_now();
	if (plain_head(head, sizeof(head), timestamp, name) > 0)
		line = encode_plain(head, context);
	else
		line = encode_json(timestamp, name, context);
	if (!line)
		errno = ENOMEM;
	return line;
}

int
event_decode_json(struct event *e, json_t *entry)
{
	struct event new = { 0 };

	if (json_unpack(entry, "{s:F s:s s?o}", "timestamp", &new.timestamp,
		"name", &new.name, "context", &new.context) < 0 ||
	    new.timestamp < 0 || !*new.name ||
	    (new.context && !json_is_object(new.context))) {
		errno = EINVAL;
		return -1;
	}
	new.json = json_incref(entry);
	*e = new;
	return 0;
}

int
event_decode(struct event *e, const char *line)
{
	json_t *o = json_loads(line, 0, NULL);
	int rc = event_decode_json(e, o);

	json_decref(o);
	if (rc < 0)
		errno = EINVAL;
	return rc;
}

void
event_fini(struct event *e)
{
	json_decref(e->json);
	*e = (struct event){ 0 };
}
