/* SPDX-License-Identifier: MIT */
/* The tree of brokers comes apart: in order, or where it is asked to. */
#include <errno.h>

#include "../broker.h"
#include "link.h"
#include "overlay-core.h"
#include "overlay-state.h"

int
overlay_children_up(const struct overlay *ov)
{
	int n = 0;

	for (int i = 0; i < overlay_nchildren(ov); i++)
		n += overlay_child_peer(ov, i)->is_up;
	return n;
}

void
overlay_shutdown(struct overlay *ov)
{
	ov->shutting_down = true;
	for (int i = 0; i < overlay_nchildren(ov); i++)
		if (overlay_child_peer(ov, i)->is_up)
			overlay_say(
			    overlay_child_peer(ov, i), LINK_SHUTDOWN, NULL, 0);
}

void
overlay_goodbye(struct overlay *ov)
{
	ov->shutting_down = true;
	for (int i = 0; i < ov->npeers; i++)
		if (ov->peers[i].is_up)
			overlay_say(&ov->peers[i], LINK_GOODBYE, "back",
			    ov->is_returning ? 4 : 0);
}

/* The child ends when it hears of it, and all below it, as if we had died. */
int
overlay_disconnect(struct overlay *ov, uint32_t rank)
{
	for (int i = 0; i < overlay_nchildren(ov); i++) {
		struct peer *p = overlay_child_peer(ov, i);

		if (p->rank != rank)
			continue;
		errno = EHOSTUNREACH;
		if (!p->is_up || overlay_say(p, LINK_DISCONNECT, NULL, 0) < 0)
			return -1;
		p->is_cut_off = true;
		overlay_peer_down(p, "disconnected by request");
		return 0;
	}
	errno = ENOENT;
	return -1;
}

bool
overlay_was_disconnected(const struct overlay *ov, int i)
{
	return overlay_child_peer(ov, i)->is_cut_off;
}
