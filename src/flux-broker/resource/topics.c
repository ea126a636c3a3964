/* SPDX-License-Identifier: MIT */
/* Topics resource.*. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../broker.h"
#include "../overlay.h"
#include "../sched/sched.h"
#include "eventlog.h"
#include "idset.h"
#include "rset.h"
#include "state.h"
#include "topo.h"

static int
not_known(struct answer *an)
{
	errno = EAGAIN;
	return errmsg_set(&an->em, "resources are not known yet");
}

static json_t *
encode_and_free(struct rset *r)
{
	json_t *o = r ? rset_encode(r) : NULL;

	rset_destroy(r);
	return o;
}

static int
sched_status(void *ctx, struct request *req, struct answer *an)
{
	struct resource *r = ctx;
	struct rset *all, *down;

	(void)req;
	if (!r->all)
		return not_known(an);
	if (!(all = rset_dup(r->all)))
		return -1;
	rset_drop_ranks(all, r->exclude);
	if ((down = rset_dup(all)))
		rset_keep_ranks(down, r->down);
	an->json = json_pack("{s:o s:o s:o}", "all", encode_and_free(all),
	    "down", encode_and_free(down), "allocated",
	    rset_encode(sched_allocated(r->b)));
	if (an->json)
		return 0;
	errno = ENOMEM;
	return -1;
}

static char *
offline_ranks(const struct resource *r)
{
	const struct idset *online = overlay_online(r->b->overlay);
	struct idset *s = idset_create();
	char *text = NULL;

	for (unsigned i = 0; s && i < r->b->size; i++)
		if (!idset_test(online, i))
			idset_set(s, i);
	if (s)
		text = idset_encode(s, 0);
	idset_destroy(s);
	return text;
}

static int
status(void *ctx, struct request *req, struct answer *an)
{
	struct resource *r = ctx;
	char *online, *offline, *exclude;

	(void)req;
	if (!r->all)
		return not_known(an);
	online = idset_encode(overlay_online(r->b->overlay), 0);
	offline = offline_ranks(r);
	exclude = idset_encode(r->exclude, 0);
	an->json = json_pack("{s:o s:o s:s? s:s? s:s? s:s}", "R",
	    rset_encode(r->all), "drain", drain_encode(r), "online", online,
	    "offline", offline, "exclude", exclude, "torpid", "");
	free(online);
	free(offline);
	free(exclude);
	if (an->json)
		return 0;
	errno = ENOMEM;
	return -1;
}

static int
get(void *ctx, struct request *req, struct answer *an)
{
	struct resource *r = ctx;

	(void)req;
	if (!r->all)
		return not_known(an);
	an->json = json_pack(
	    "{s:o s:s}", "R", rset_encode(r->all), "method", r->method);
	return 0;
}

static void
xml_done(void *arg, const char *text)
{
	struct resource *r = arg;

	r->xml_topo = NULL;
	if (!text || !(r->xml = strdup(text))) {
		waitlist_fail_all(
		    &r->xml_waiters, ENOENT, "flux-topo has no answer");
		return;
	}
	for (struct waiter *w = r->xml_waiters.first; w; w = w->next)
		request_respond_text(w->req, r->xml);
	/* answered: what fail_all says to them is not sent */
	waitlist_fail_all(&r->xml_waiters, EIO, NULL);
}

/* The XML is read when it is first asked for, and kept. */
static int
topo_get(void *ctx, struct request *req, struct answer *an)
{
	struct resource *r = ctx;

	if (r->xml) {
		an->text = strdup(r->xml);
		return an->text ? 0 : -1;
	}
	if (waitlist_add(&r->xml_waiters, req, NULL) < 0)
		return -1;
	if (!r->xml_topo &&
	    !(r->xml_topo = topo_run(r->b, "--xml", xml_done, r)))
		xml_done(r, NULL);
	return ANSWER_LATER;
}

static int
waitup(void *ctx, struct request *req, struct answer *an)
{
	struct resource *r = ctx;
	int up;

	if (request_unpack(req, "{s:i}", "up", &up) < 0)
		return -1;
	if (up < 0 || (unsigned)up > r->b->size) {
		errno = EPROTO;
		return errmsg_set(&an->em, "up value is out of range");
	}
	if (idset_count(overlay_online(r->b->overlay)) >= (size_t)up)
		return 0;
	return waitlist_add(&r->waitups, req, (void *)(intptr_t)up) < 0
		   ? -1
		   : ANSWER_LATER;
}

static int
force_down(void *ctx, struct request *req, struct answer *an)
{
	struct resource *r = ctx;
	const char *text;
	struct idset *ranks;

	if (request_unpack(req, "{s:s}", "ranks", &text) < 0)
		return -1;
	if (!(ranks = resource_targets(r, text, &an->em)))
		return -1;
	idset_add(r->forced, ranks);
	idset_destroy(ranks);
	resource_changed(r);
	return 0;
}

static int
expiration_update(void *ctx, struct request *req, struct answer *an)
{
	struct resource *r = ctx;
	double expiration;

	if (request_unpack(req, "{s:F}", "expiration", &expiration) < 0)
		return -1;
	if (!r->all)
		return not_known(an);
	r->all->expiration = expiration;
	resource_changed(r);
	return 0;
}

static int
acquire_mute(void *ctx, struct request *req, struct answer *an)
{
	(void)ctx;
	(void)req;
	(void)an;
	return 0;
}

/* What has happened so far is that the resources were defined. */
static int
journal(void *ctx, struct request *req, struct answer *an)
{
	struct resource *r = ctx;

	(void)an;
	if (r->all)
		request_respond_new(
		    req, json_pack("{s:[{s:f s:s s:{s:s}}] s:o}", "events",
			     "timestamp", r->b->t_start, "name",
			     "resource-define", "context", "method", r->method,
			     "R", rset_encode(r->all)));
	request_respond_new(req, json_pack("{s:[]}", "events"));
	return waitlist_add(&r->journal, req, NULL) < 0 ? -1 : ANSWER_LATER;
}

static int
journal_cancel(void *ctx, struct request *req, struct answer *an)
{
	struct resource *r = ctx;

	(void)an;
	waitlist_cancel(&r->journal, req, NULL);
	return 0;
}

static const struct topic topics[] = {
	{ "resource.sched-status", TOPIC_USER | TOPIC_RANK0, sched_status },
	{ "resource.status", TOPIC_USER | TOPIC_RANK0, status },
	{ "resource.get", TOPIC_OWNER | TOPIC_RANK0, get },
	{ "resource.drain", TOPIC_OWNER | TOPIC_RANK0, resource_drain_request },
	{ "resource.undrain", TOPIC_OWNER | TOPIC_RANK0,
	    resource_undrain_request },
	{ "resource.topo-get", TOPIC_USER, topo_get },
	{ "resource.monitor-waitup", TOPIC_OWNER | TOPIC_RANK0, waitup },
	{ "resource.monitor-force-down", TOPIC_OWNER | TOPIC_RANK0,
	    force_down },
	{ "resource.expiration-update", TOPIC_OWNER | TOPIC_RANK0,
	    expiration_update },
	{ "resource.acquire-mute", TOPIC_OWNER | TOPIC_RANK0, acquire_mute },
	{ "resource.journal", TOPIC_OWNER | TOPIC_RANK0 | TOPIC_STREAM,
	    journal },
	{ "resource.journal-cancel", TOPIC_OWNER, journal_cancel },
	{ 0 },
};

static void
disconnect(void *ctx, const char *sender)
{
	struct resource *r = ctx;

	waitlist_disconnect(&r->waitups, sender, NULL);
	waitlist_disconnect(&r->journal, sender, NULL);
	waitlist_disconnect(&r->xml_waiters, sender, NULL);
}

static const struct service service = {
	.name = "resource",
	.topics = topics,
	.disconnect = disconnect,
};

int
resource_register(struct resource *r)
{
	return service_register(r->b, &service, r);
}
