/* SPDX-License-Identifier: MIT */
/*
 * Records: what was there at the start comes job by job, and is put in order
 * of time; what happens then is printed as it comes.
 */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "journal.h"
#include "optparse.h"

bool
record_wanted(const struct journal *j, const char *name)
{
	return !j->filter || json_object_get(j->filter, name);
}

static char *
text_line(struct journal *j, const struct record *r)
{
	struct event e;
	char *line, *text;

	if (event_decode_json(&e, r->event) < 0)
		tool_fail("malformed event");
	line = eventfmt_line(&j->fmt, &e);
	event_fini(&e);
	if (!line || asprintf(&text, "%s: %s", r->path, line) < 0)
		err(1, NULL);
	free(line);
	return text;
}

static char *
json_line(const struct record *r)
{
	json_t *context = json_object_get(r->event, "context");
	json_t *o = json_pack("{s:i s:f s:s s:I s:O}", "version", 1, "time",
	    r->t, "path", r->path, "id", (json_int_t)r->id, "name",
	    json_object_get(r->event, "name"));
	char *text;

	if (o && context)
		json_object_set(o, "context", context);
	if (!o || !(text = json_dumps(o, JSON_COMPACT)))
		err(1, NULL);
	json_decref(o);
	return text;
}

void
record_print(struct journal *j, const struct record *r)
{
	char *text;

	if (j->done)
		return;
	text = j->json ? json_line(r) : text_line(j, r);
	if (puts(text) == EOF) {
		if (errno != EPIPE)
			warn("ERROR: stdout");
		exit(1);
	}
	free(text);
	j->printed++;
	if (j->count > 0 && j->printed >= j->count)
		j->done = true;
}

void
record_fini(struct record *r)
{
	free(r->path);
	json_decref(r->event);
}

void
record_keep(struct journal *j, struct record *r)
{
	if (j->npast == j->past_size) {
		j->past_size = j->past_size ? 2 * j->past_size : 64;
		j->past = reallocarray(j->past, j->past_size, sizeof(*j->past));
		if (!j->past)
			err(1, NULL);
	}
	r->number = j->arrived++;
	j->past[j->npast++] = *r;
}

static int
compare(const void *a, const void *b)
{
	const struct record *x = a, *y = b;

	if (x->t != y->t)
		return x->t < y->t ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

void
record_print_past(struct journal *j)
{
	if (j->npast > 0)
		qsort(j->past, j->npast, sizeof(*j->past), compare);
	for (size_t i = 0; i < j->npast; i++) {
		record_print(j, &j->past[i]);
		record_fini(&j->past[i]);
	}
	free(j->past);
	j->past = NULL;
	j->npast = j->past_size = 0;
}
