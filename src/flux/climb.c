/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <errno.h>
#include <stdlib.h>

#include "climb.h"
#include "handle.h"
#include "uri.h"

/* One level up; 0 at the root. */
static int
step(struct handle *h)
{
	char *uri = handle_getattr(h, "parent-uri");
	char *kvsns = handle_getattr(h, "parent-kvs-namespace");

	if (uri)
		setenv("FLUX_URI", uri, 1);
	if (uri && kvsns)
		setenv("FLUX_KVS_NAMESPACE", kvsns, 1);
	else if (uri)
		unsetenv("FLUX_KVS_NAMESPACE");
	free(kvsns);
	free(uri);
	return uri != NULL;
}

void
climb(int levels)
{
	for (int n = 0; levels < 0 || n < levels; n++) {
		char *uri = uri_reachable(uri_default());
		struct errmsg em;
		struct handle *h = handle_open(uri ? uri : "", &em);
		int up;

		if (!h) {
			warn("flux_open");
			exit(1);
		}
		up = step(h);
		handle_close(h);
		free(uri);
		if (!up)
			return;
	}
}
