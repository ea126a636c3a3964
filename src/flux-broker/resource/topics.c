/* SPDX-License-Identifier: MIT */
/* Topics resource.*. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../broker.h"
#include "../overlay/overlay.h"
#include "../sched/sched.h"
#include "helper.h"
#include "idset.h"
#include "rset.h"
#include "state.h"

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
	struct rset *down;

	(void)req;
	if (!r->all)
		return not_known(an);
	if ((down = rset_dup(r->usable)))
		rset_keep_ranks(down, r->down);
	an->json = json_pack("{s:o s:o s:o}", "all", rset_encode(r->usable),
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
xml_cb(void *arg, const char *text, const char *why)
{
	struct resource *r = arg;
	struct waiter *w;

	r->xml_helper = NULL;
	if (text)
		r->xml = strdup(text);
	for (w = r->xml_waiters.first; w; w = r->xml_waiters.first) {
		if (text)
			request_respond_text(w->req, text);
		else
			request_fail(w->req, ENOENT, why);
		waitlist_remove(&r->xml_waiters, w);
	}
}

/* Found when it is asked for first. */
static int
topo_get(void *ctx, struct request *req, struct answer *an)
{
	struct resource *r = ctx;

	if (r->xml) {
		an->text = strdup(r->xml);
		return an->text ? 0 : -1;
	}
	if (!r->xml_helper &&
	    !(r->xml_helper = helper_start(r->b, "--xml", xml_cb, r)))
		return errmsg_set(&an->em, "flux-topo: %s", strerror(errno));
	return waitlist_add(&r->xml_waiters, req, NULL) < 0 ? -1 : ANSWER_LATER;
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
	if (!isfinite(expiration) || expiration < 0) {
		errno = EINVAL;
		return errmsg_set(&an->em, "expiration must not be negative");
	}
	if (!r->all)
		return not_known(an);
	resource_expires(r, expiration);
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

/* Another set in place of this one. Jobs that run keep what they have. */
static int
reload(void *ctx, struct request *req, struct answer *an)
{
	struct resource *r = ctx;
	const char *path;
	int xml, force;
	struct rset *all;

	if (request_unpack(req, "{s:s s:b s:b}", "path", &path, "xml", &xml,
		"force", &force) < 0)
		return -1;
	if (xml) {
		errno = EINVAL;
		return errmsg_set(
		    &an->em, "%s: only R objects can be loaded", path);
	}
	if (!force && sched_allocated(r->b)->nnodes > 0) {
		errno = EBUSY;
		return errmsg_set(
		    &an->em, "resources are busy (jobs hold some)");
	}
	if (!(all = configured_file(path, &an->em)))
		return -1;
	resource_found(r, all, "resource.reload");
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
	{ "resource.discover", TOPIC_OWNER, discover_request },
	{ "resource.monitor-waitup", TOPIC_OWNER | TOPIC_RANK0, waitup },
	{ "resource.monitor-force-down", TOPIC_OWNER | TOPIC_RANK0,
	    force_down },
	{ "resource.expiration-update", TOPIC_OWNER | TOPIC_RANK0,
	    expiration_update },
	{ "resource.acquire-mute", TOPIC_OWNER | TOPIC_RANK0, acquire_mute },
	{ "resource.reload", TOPIC_OWNER | TOPIC_RANK0 | TOPIC_LARGE, reload },
	{ "resource.journal", TOPIC_OWNER | TOPIC_RANK0,
	    resource_journal_request },
	{ "resource.journal-cancel", TOPIC_OWNER, resource_journal_cancel },
	{ 0 },
};

static void
disconnect(void *ctx, const char *sender)
{
	struct resource *r = ctx;

	waitlist_disconnect(&r->xml_waiters, sender, NULL);
	waitlist_disconnect(&r->waitups, sender, NULL);
	waitlist_disconnect(&r->journals, sender, NULL);
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
