/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "handle.h"
#include "handleset.h"

/* Those that wait for something; the number of them. poll skips fd -1. */
static size_t
fill(struct pollfd *p, struct handle **h, size_t n)
{
	size_t i, busy = 0;

	for (i = 0; i < n; i++) {
		p[i].fd = -1;
		p[i].revents = 0;
		if (!h[i] || handle_rpc_count(h[i]) == 0)
			continue;
		p[i].fd = handle_fd(h[i]);
		p[i].events = POLLIN;
		if (handle_wants_write(h[i]))
			p[i].events |= POLLOUT;
		busy++;
	}
	return busy;
}

static void
dispatch(const struct pollfd *p, struct handle **h, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (p[i].fd < 0 || p[i].revents == 0)
			continue;
		if (p[i].revents & POLLOUT)
			handle_flush(h[i]);
		/* when it is lost, what was pending is told and gone */
		if (p[i].revents & (POLLIN | POLLHUP | POLLERR))
			handle_read(h[i]);
	}
}

int
handleset_run(struct handle **h, size_t n)
{
	struct pollfd *p = calloc(n + 1, sizeof(*p));
	int rc = 0;

	if (!p)
		return -1;
	while (rc >= 0 && fill(p, h, n) > 0) {
		rc = poll(p, n, -1);
		if (rc < 0 && errno == EINTR)
			rc = 0;
		else if (rc > 0)
			dispatch(p, h, n);
	}
	free(p);
	return rc < 0 ? -1 : 0;
}
