/* SPDX-License-Identifier: MIT */
/* Topics log.*. */
#include <errno.h>

#include "broker.h"
#include "log-state.h"

/* The raw line of a client, or of another rank. */
static int
append_request(void *ctx, struct request *req, struct answer *an)
{
	struct broker *b = ctx;
	const struct msg *m = request_msg(req);
	struct record r;

	(void)an;
	if (!m->payload || record_parse(&r, m->payload, m->payload_len) < 0) {
		errno = EPROTO;
		return -1;
	}
	log_record(b->log, &r);
	/* tag 0 means that nobody waits */
	return m->matchtag == 0 ? ANSWER_LATER : 0;
}

static int
dmesg_request(void *ctx, struct request *req, struct answer *an)
{
	struct broker *b = ctx;
	struct log *l = b->log;
	int follow, nobacklog = 0;

	(void)an;
	if (request_unpack(req, "{s:b s?b}", "follow", &follow, "nobacklog",
		&nobacklog) < 0)
		return -1;
	for (unsigned i = l->first; !nobacklog && i < l->count; i++)
		if (l->ring[i % l->size])
			request_respond_text(req, l->ring[i % l->size]);
	if (follow)
		return waitlist_add(&l->followers, req, NULL) < 0
			   ? -1
			   : ANSWER_LATER;
	errno = ENODATA;
	return -1;
}

static int
cancel_request(void *ctx, struct request *req, struct answer *an)
{
	struct broker *b = ctx;

	(void)an;
	waitlist_cancel(&b->log->followers, req, NULL);
	return 0;
}

static int
clear_request(void *ctx, struct request *req, struct answer *an)
{
	struct broker *b = ctx;

	(void)req;
	(void)an;
	b->log->first = b->log->count;
	return 0;
}

static int
stats_request(void *ctx, struct request *req, struct answer *an)
{
	struct broker *b = ctx;
	struct log *l = b->log;

	(void)req;
	an->json = json_pack("{s:i s:i s:i s:i}", "ring-used",
	    (int)(l->count - l->first), "count", (int)l->count, "local",
	    (int)(l->count - l->remote), "remote", (int)l->remote);
	return 0;
}

static void
log_disconnect(void *ctx, const char *sender)
{
	struct broker *b = ctx;

	waitlist_disconnect(&b->log->followers, sender, NULL);
}

static const struct topic topics[] = {
	{ "log.append", TOPIC_OWNER, append_request },
	{ "log.dmesg", TOPIC_OWNER | TOPIC_STREAM | TOPIC_OFFLINE,
	    dmesg_request },
	{ "log.cancel", TOPIC_OWNER, cancel_request },
	{ "log.clear", TOPIC_OWNER, clear_request },
	{ "log.stats-get", TOPIC_OWNER, stats_request },
	{ 0 },
};

static const struct service service = {
	.name = "log",
	.topics = topics,
	.disconnect = log_disconnect,
};

int
log_register(struct broker *b)
{
	return service_register(b, &service, b);
}
