/* SPDX-License-Identifier: MIT */
/*
 * RFC 18 events. Keys that we do not know are kept in the entry, so that what
 * is passed on is what came in.
 */
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "eventlog.h"
#include "jsonread.h"
#include "jsontext.h"
#include "textbuf.h"

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

/* Without JSON's general ways, which cost more than all else that an event
 * does. False: it needs those. */
static bool
encode_plain(struct textbuf *b, double timestamp, const char *name,
    const json_t *context)
{
	if (!is_plain(name))
		return false;
	textbuf_add(b, "{\"timestamp\":");
	if (!textbuf_add_seconds(b, timestamp))
		return false;
	textbuf_add(b, ",\"name\":\"");
	textbuf_add(b, name);
	textbuf_add(b, "\"");
	if (json_object_size(context) > 0) {
		textbuf_add(b, ",\"context\":");
		json_add(b, context, JSONTEXT_COMPACT);
	}
	textbuf_add(b, "}\n");
	return true;
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
	struct textbuf b = { 0 };
	char *line;

	if (timestamp == 0)
		timestamp = event_now();
	if (encode_plain(&b, timestamp, name, context))
		return textbuf_take(&b);
	free(textbuf_take(&b));
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
	json_t *o = json_read(line, strlen(line), 0);
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
