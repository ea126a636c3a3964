/* SPDX-License-Identifier: MIT */
/* Draining: ranks that run what they run, but get no new jobs. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../attrs.h"
#include "../broker.h"
#include "hostlist.h"
#include "idset.h"
#include "state.h"

enum mode { MODE_PLAIN, MODE_UPDATE, MODE_OVERWRITE, MODE_FORCE };

static int
parse_mode(const char *text)
{
	static const char *const names[] = { "", "update", "overwrite",
		"force-overwrite" };

	if (!text)
		return MODE_PLAIN;
	for (int i = MODE_UPDATE; i <= MODE_FORCE; i++)
		if (strcmp(names[i], text) == 0)
			return i;
	return -1;
}

static int
set_reason(struct drain *d, const char *reason)
{
	char *copy = reason ? strdup(reason) : NULL;

	if (reason && !copy)
		return -1;
	free(d->reason);
	d->reason = copy;
	return 0;
}

static int
drain_rank(struct drain *d, const char *reason, enum mode mode)
{
	if (d->is_drained && mode == MODE_UPDATE && d->reason)
		return 0;
	if (set_reason(d, reason) < 0)
		return -1;
	if (!d->is_drained || mode == MODE_FORCE)
		d->timestamp = (double)time(NULL);
	d->is_drained = true;
	return 0;
}

static int
ranks_error(struct errmsg *em, const struct idset *ranks, const char *what)
{
	char *text = idset_encode(ranks, 0);

	errmsg_set(em, "rank%s %s %s", idset_count(ranks) > 1 ? "s" : "",
	    text ? text : "", what);
	free(text);
	return -1;
}

static int
check_drain(struct resource *r, const struct idset *ranks, enum mode mode,
    struct errmsg *em)
{
	struct idset *bad = idset_dup(ranks);
	int rc = 0;

	if (!bad)
		return -1;
	idset_intersect(bad, r->exclude);
	if (idset_count(bad) > 0) {
		rc = ranks_error(em, bad, "excluded");
		errno = EINVAL;
	}
	idset_destroy(bad);
	if (rc < 0 || mode != MODE_PLAIN)
		return rc;
	if (!(bad = resource_drained(r)))
		return -1;
	idset_intersect(bad, ranks);
	if (idset_count(bad) > 0) {
		rc = ranks_error(em, bad, "already drained");
		errno = EEXIST;
	}
	idset_destroy(bad);
	return rc;
}

/* The hosts of ranks, as a hostlist (malloc'd). */
static char *
hosts_of(const struct resource *r, const struct idset *ranks)
{
	const char *text = attrs_get(r->b->attrs, "hostlist");
	struct hostlist *all = hostlist_decode(text ? text : "");
	struct hostlist *some = all ? hostlist_pick(all, ranks) : NULL;
	char *hosts = some ? hostlist_encode(some) : NULL;

	hostlist_destroy(all);
	hostlist_destroy(some);
	return hosts;
}

static void
post(struct resource *r, const char *name, const struct idset *ranks,
    const char *reason, bool overwrite)
{
	char *text = idset_encode(ranks, 0), *hosts = hosts_of(r, ranks);

	if (text && hosts)
		resource_journal_post(r, name,
		    json_pack("{s:s s:s s:s* s:i}", "idset", text, "nodelist",
			hosts, "reason", reason, "overwrite", overwrite));
	free(text);
	free(hosts);
}

/* In the end all have changed, or some for want of memory. */
static int
drain_ranks(struct resource *r, const struct idset *ranks, const char *reason,
    enum mode mode)
{
	unsigned rank;
	int rc = 0;

	for (rank = idset_first(ranks); rank < r->b->size;
	     rank = idset_next(ranks, rank))
		rc |= drain_rank(&r->drains[rank], reason, mode);
	post(r, "drain", ranks, reason, mode >= MODE_OVERWRITE);
	resource_changed(r);
	return rc;
}

int
resource_drain(struct broker *b, const struct idset *ranks, const char *reason)
{
	return drain_ranks(b->resource, ranks, reason, MODE_UPDATE);
}

int
resource_drain_request(void *ctx, struct request *req, struct answer *an)
{
	struct resource *r = ctx;
	const char *targets, *reason = NULL, *mode_text = NULL;
	struct idset *ranks;
	int mode, rc;

	if (request_unpack(req, "{s:s s?s s?s}", "targets", &targets, "reason",
		&reason, "mode", &mode_text) < 0)
		return -1;
	if ((mode = parse_mode(mode_text)) < 0) {
		errno = EINVAL;
		return errmsg_set(&an->em, "Invalid mode specified");
	}
	if (!(ranks = resource_targets(r, targets, &an->em)))
		return -1;
	rc = check_drain(r, ranks, mode, &an->em);
	if (rc == 0)
		rc = drain_ranks(r, ranks, reason, mode);
	idset_destroy(ranks);
	return rc;
}

static int
check_undrain(struct resource *r, const struct idset *ranks, enum mode mode,
    struct errmsg *em)
{
	struct idset *bad = idset_dup(ranks);
	int rc = 0;

	for (unsigned i = idset_first(ranks); bad && i != IDSET_INVALID;
	     i = idset_next(ranks, i))
		if (r->drains[i].is_drained)
			idset_clear(bad, i);
	if (bad && mode == MODE_PLAIN && idset_count(bad) > 0) {
		rc = ranks_error(em, bad, "not drained");
		errno = EEXIST;
	}
	idset_destroy(bad);
	return rc;
}

static void
undrain_ranks(struct resource *r, const struct idset *ranks, const char *reason,
    enum mode mode)
{
	unsigned i;

	for (i = idset_first(ranks); i != IDSET_INVALID;
	     i = idset_next(ranks, i)) {
		free(r->drains[i].reason);
		memset(&r->drains[i], 0, sizeof(r->drains[i]));
	}
	post(r, "undrain", ranks, reason, mode != MODE_PLAIN);
	resource_changed(r);
}

int
resource_undrain_request(void *ctx, struct request *req, struct answer *an)
{
	struct resource *r = ctx;
	const char *targets, *mode_text = NULL, *reason = NULL;
	struct idset *ranks;
	int mode, rc;

	if (request_unpack(req, "{s:s s?s s?s}", "targets", &targets, "mode",
		&mode_text, "reason", &reason) < 0)
		return -1;
	if ((mode = parse_mode(mode_text)) < 0) {
		errno = EINVAL;
		return errmsg_set(
		    &an->em, "invalid undrain mode '%s' specified", mode_text);
	}
	if (!(ranks = resource_targets(r, targets, &an->em)))
		return -1;
	rc = check_undrain(r, ranks, mode, &an->em);
	if (rc == 0)
		undrain_ranks(r, ranks, reason, mode);
	idset_destroy(ranks);
	return rc;
}

/* ---- drained ranks, those with equal reason and time together ---- */

struct group {
	const struct drain *drain;
	struct idset *ranks;
};

static bool
is_same(const struct drain *a, const struct drain *b)
{
	return a->timestamp == b->timestamp &&
	       strcmp(a->reason ? a->reason : "", b->reason ? b->reason : "") ==
		   0;
}

/* The group of d, which may be a new one; NULL: no memory. */
static struct group *
group_for(struct group *groups, size_t *count, const struct drain *d)
{
	size_t i;

	for (i = 0; i < *count; i++)
		if (is_same(groups[i].drain, d))
			return &groups[i];
	groups[i].drain = d;
	if (!(groups[i].ranks = idset_create()))
		return NULL;
	(*count)++;
	return &groups[i];
}

static void
encode_group(json_t *o, const struct group *g)
{
	char *text = idset_encode(g->ranks, 0);
	const char *reason = g->drain->reason ? g->drain->reason : "";

	if (text)
		json_object_set_new(o, text,
		    json_pack("{s:f s:s}", "timestamp", g->drain->timestamp,
			"reason", reason));
	free(text);
}

json_t *
drain_encode(const struct resource *r)
{
	struct group *groups = calloc(r->b->size, sizeof(*groups)), *g;
	json_t *o = json_object();
	size_t count = 0;

	for (unsigned i = 0; groups && i < r->b->size; i++)
		if (r->drains[i].is_drained &&
		    (g = group_for(groups, &count, &r->drains[i])))
			idset_set(g->ranks, i);
	for (size_t i = 0; i < count; i++) {
		encode_group(o, &groups[i]);
		idset_destroy(groups[i].ranks);
	}
	free(groups);
	return o;
}
