/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "handle.h"
#include "handleset.h"

enum { MAX_THREADS = 20 };

/* What the threads share: each takes the next one. */
struct opening {
	char *const *uris;
	struct handle **h;
	size_t n;
	atomic_size_t next;
};

static bool
needs_ssh(const char *uri)
{
	return uri && strncmp(uri, "ssh://", 6) == 0;
}

static void *
open_remote(void *arg)
{
	struct opening *o = arg;
	struct errmsg em;
	size_t i;

	while ((i = atomic_fetch_add(&o->next, 1)) < o->n)
		if (needs_ssh(o->uris[i]))
			o->h[i] = handle_open(o->uris[i], &em);
	return NULL;
}

void
handleset_open(char *const *uris, struct handle **h, size_t n)
{
	struct opening o = { .uris = uris, .h = h, .n = n };
	pthread_t threads[MAX_THREADS];
	struct errmsg em;
	size_t i, nthreads = 0, nremote = 0;

	for (i = 0; i < n; i++) {
		h[i] = NULL;
		if (needs_ssh(uris[i]))
			nremote++;
		else if (uris[i])
			h[i] = handle_open(uris[i], &em);
	}
	/* this thread is one of them, and the only one if there is no other */
	while (nthreads + 1 < nremote && nthreads < MAX_THREADS &&
	       pthread_create(&threads[nthreads], NULL, open_remote, &o) == 0)
		nthreads++;
	open_remote(&o);
	while (nthreads > 0)
		pthread_join(threads[--nthreads], NULL);
}

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
