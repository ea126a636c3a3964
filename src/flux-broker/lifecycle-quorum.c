/* SPDX-License-Identifier: MIT */
/*
 * Brokers that do not come: who waits for the initial program is told after a
 * few seconds which hosts are missing, and again after broker.quorum-warn.
 */
#include <stdlib.h>

#include "attrs.h"
#include "broker.h"
#include "fsd.h"
#include "hostlist.h"
#include "idset.h"
#include "lifecycle-state.h"
#include "log.h"
#include "overlay/overlay.h"

/* Seconds until the first word. */
#define FIRST_WORD 5.

static char *
missing_hosts(struct broker *b, struct idset *missing)
{
	const char *text = attrs_get(b->attrs, "hostlist");
	struct hostlist *all = hostlist_decode(text ? text : "");
	struct hostlist *some = hostlist_create();
	char *hosts = NULL;

	for (uint32_t rank = 0; all && some && rank < b->size; rank++)
		if (idset_test(missing, rank) && rank < hostlist_count(all))
			hostlist_append_host(some, hostlist_nth(all, rank));
	if (some)
		hosts = hostlist_encode(some);
	hostlist_destroy(all);
	hostlist_destroy(some);
	return hosts;
}

static void
say_missing(struct broker *b)
{
	struct idset *missing = idset_create();
	char *ranks = NULL, *hosts = NULL;

	if (missing && idset_set_range(missing, 0, b->size - 1) == 0) {
		idset_subtract(missing, overlay_online(b->overlay));
		ranks = idset_encode(missing, 0);
		hosts = missing_hosts(b, missing);
	}
	if (ranks && *ranks && hosts)
		log_error(b->log,
		    "quorum delayed: no broker has come from %s (rank %s); is "
		    "it started there, and can it reach its parent?",
		    hosts, ranks);
	free(ranks);
	free(hosts);
	idset_destroy(missing);
}

static void
quorum_cb(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct lifecycle *life = w->data;
	const char *s = attrs_get(life->b->attrs, "broker.quorum-warn");
	double seconds;

	(void)revents;
	if (life->state != LIFE_QUORUM)
		return;
	say_missing(life->b);
	if (s && fsd_parse(s, &seconds) == 0 && seconds >= FIRST_WORD) {
		ev_timer_set(w, seconds, 0.);
		ev_timer_start(loop, w);
	}
}

void
lifecycle_watch_quorum(struct lifecycle *life)
{
	ev_timer_init(&life->quorum, quorum_cb, FIRST_WORD, 0.);
	life->quorum.data = life;
	ev_timer_start(life->b->loop, &life->quorum);
}
