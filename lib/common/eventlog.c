/* SPDX-License-Identifier: MIT */
/*
 * RFC 18 events. Keys that we do not know are kept in the entry, so that what
 * is passed on is what came in.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "eventlog.h"

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

char *
event_encode(double timestamp, const char *name, const json_t *context)
{
	json_t *o;
	char *text, *line = NULL;
	size_t n;

	if (timestamp == 0)
		timestamp = now();
	if (!(o = json_pack("{s:f s:s}", "timestamp", timestamp, "name", name)))
		goto error;
	/* json_object_set only takes a reference: the context is not changed */
	if (context && json_object_size(context) > 0 &&
	    json_object_set(o, "context", (json_t *)context) < 0)
		goto error;
	if (!(text = json_dumps(o, JSON_COMPACT)))
		goto error;
	json_decref(o);
	n = strlen(text);
	if ((line = realloc(text, n + 2)))
		memcpy(line + n, "\n", 2);
	else
		free(text);
	return line;
error:
	json_decref(o);
	errno = ENOMEM;
	return NULL;
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
