/* SPDX-License-Identifier: MIT */
/* Draining: ranks that run what they run, but get no new jobs. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../broker.h"
#include "../log.h"
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

	idset_intersect(bad, r->exclude);
	if (idset_count(bad) > 0) {
		rc = ranks_error(em, bad, "excluded");
		errno = EINVAL;
	}
	idset_destroy(bad);
	if (rc < 0 || mode != MODE_PLAIN)
		return rc;
	bad = resource_drained(r);
	idset_intersect(bad, ranks);
	if (idset_count(bad) > 0) {
		rc = ranks_error(em, bad, "already drained");
		errno = EEXIST;
	}
	idset_destroy(bad);
	return rc;
}

int
resource_drain(struct broker *b, const struct idset *ranks, const char *reason)
{
	struct resource *r = b->resource;
	int rc = 0;

	for (unsigned rank = idset_first(ranks); rank < b->size;
	     rank = idset_next(ranks, rank))
		rc |= drain_rank(&r->drains[rank], reason, MODE_UPDATE);
	resource_changed(r);
	return rc;
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
	for (unsigned rank = idset_first(ranks);
	     rc == 0 && rank != IDSET_INVALID; rank = idset_next(ranks, rank))
		rc = drain_rank(&r->drains[rank], reason, mode);
	idset_destroy(ranks);
	if (rc == 0)
		resource_changed(r);
	return rc;
}

static void
undrain_rank(struct drain *d)
{
	free(d->reason);
	memset(d, 0, sizeof(*d));
}

int
resource_undrain_request(void *ctx, struct request *req, struct answer *an)
{
	struct resource *r = ctx;
	const char *targets, *mode_text = NULL;
	struct idset *ranks, *bad;
	int mode, rc = 0;

	if (request_unpack(
		req, "{s:s s?s}", "targets", &targets, "mode", &mode_text) < 0)
		return -1;
	if ((mode = parse_mode(mode_text)) < 0) {
		errno = EINVAL;
		return errmsg_set(
		    &an->em, "invalid undrain mode '%s' specified", mode_text);
	}
	if (!(ranks = resource_targets(r, targets, &an->em)))
		return -1;
	bad = idset_dup(ranks);
	for (unsigned i = idset_first(ranks); bad && i != IDSET_INVALID;
	     i = idset_next(ranks, i))
		if (r->drains[i].is_drained)
			idset_clear(bad, i);
	if (mode == MODE_PLAIN && idset_count(bad) > 0) {
		rc = ranks_error(&an->em, bad, "not drained");
		errno = EEXIST;
	}
	for (unsigned i = idset_first(ranks); rc == 0 && i != IDSET_INVALID;
	     i = idset_next(ranks, i))
		undrain_rank(&r->drains[i]);
	idset_destroy(bad);
	idset_destroy(ranks);
	if (rc == 0)
		resource_changed(r);
	return rc;
}

static int
same_drain(const struct drain *a, const struct drain *b)
{
	return a->is_drained && b->is_drained && a->timestamp == b->timestamp &&
	       strcmp(a->reason ? a->reason : "", b->reason ? b->reason : "") ==
		   0;
}

json_t *
drain_encode(const struct resource *r)
{
	json_t *o = json_object();

	for (unsigned i = 0; i < r->b->size; i++) {
		const struct drain *d = &r->drains[i];
		struct idset *group;
		char *text;
		unsigned k;

		if (!d->is_drained)
			continue;
		for (k = 0; k < i && !same_drain(&r->drains[k], d); k++)
			;
		if (k < i || !(group = idset_create()))
			continue; /* said with an earlier rank */
		for (k = i; k < r->b->size; k++)
			if (same_drain(&r->drains[k], d))
				idset_set(group, k);
		if ((text = idset_encode(group, 0)))
			json_object_set_new(o, text,
			    json_pack("{s:f s:s}", "timestamp",
				round(d->timestamp), "reason",
				d->reason ? d->reason : ""));
		free(text);
		idset_destroy(group);
	}
	return o;
}
