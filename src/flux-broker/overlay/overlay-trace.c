/* SPDX-License-Identifier: MIT */
/*
 * Those who watch the messages between this broker and its neighbours (flux
 * overlay trace). Costs nothing while there is none. What is sent to a watcher
 * is not watched, or it would never end.
 */
#include <sys/time.h>

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "../broker.h"
#include "msg.h"
#include "overlay-state.h"

#define TOPIC "overlay.trace"

struct tracer {
	int typemask;    /* enum msg_type */
	json_int_t rank; /* of the neighbour; negative = any */
	bool is_full;    /* with the payload */
	char glob[];     /* of topics */
};

int
trace_add(struct overlay *ov, struct request *req)
{
	json_int_t rank = -1;
	int typemask, is_full = 0;
	struct tracer *t;
	const char *glob;

	if (request_unpack(req, "{s:i s:s s:I s:b}", "typemask", &typemask,
		"topic_glob", &glob, "nodeid", &rank, "full", &is_full) < 0)
		return -1;
	if (!request_is_streaming(req)) {
		errno = EPROTO;
		return -1;
	}
	if (!(t = malloc(sizeof(*t) + strlen(glob) + 1)))
		return -1;
	t->typemask = typemask;
	t->rank = rank;
	t->is_full = is_full;
	memcpy(t->glob, glob, strlen(glob) + 1);
	if (waitlist_add(&ov->tracers, req, t) < 0) {
		free(t);
		return -1;
	}
	return ANSWER_LATER;
}

void
trace_disconnect(struct overlay *ov, const char *sender)
{
	waitlist_disconnect(&ov->tracers, sender, free);
}

void
trace_fini(struct overlay *ov)
{
	for (struct waiter *w = ov->tracers.first; w; w = w->next)
		free(w->arg);
	waitlist_clear(&ov->tracers);
}

static json_t *
describe(const struct tracer *t, const char *prefix, json_int_t rank,
    const struct msg *m)
{
	json_t *payload = t->is_full ? msg_get_json(m) : NULL;
	int errnum = m->type == MSG_RESPONSE ? (int)m->errnum : 0;
	const char *text = errnum ? msg_get_text(m) : NULL;
	struct timeval tv;

	gettimeofday(&tv, NULL);
	return json_pack("{s:f s:s s:I s:n s:i s:s s:I s:o? s:i s:s}",
	    "timestamp", (double)tv.tv_sec + (double)tv.tv_usec / 1e6, "prefix",
	    prefix, "rank", rank, "name", "type", m->type, "topic",
	    m->topic ? m->topic : "", "payload_size",
	    (json_int_t)m->payload_len, "payload", payload, "errnum", errnum,
	    "errstr", text ? text : "");
}

void
trace_message(struct overlay *ov, const char *prefix, uint32_t neighbour,
    const struct msg *m)
{
	json_int_t rank = neighbour;

	if (m->topic && strcmp(m->topic, TOPIC) == 0)
		return;
	/* an event goes to all children: it is told once, as of nobody */
	if (m->type == MSG_EVENT) {
		if (m->sequence == ov->traced_event)
			return;
		ov->traced_event = m->sequence;
		rank = -1;
	}
	for (struct waiter *w = ov->tracers.first; w; w = w->next) {
		const struct tracer *t = w->arg;

		if ((t->typemask & m->type) &&
		    (t->rank < 0 || rank < 0 || t->rank == rank) &&
		    fnmatch(t->glob, m->topic ? m->topic : "", 0) == 0)
			request_respond_new(
			    w->req, describe(t, prefix, rank, m));
	}
}
