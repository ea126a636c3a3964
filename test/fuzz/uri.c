/* SPDX-License-Identifier: MIT */
/* A URI has forms, here and from elsewhere, or none; what it names is found
 * or said not to be there. Nothing is run and no broker is asked. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fuzz.h"
#include "uri.h"

/* instead of the one of libc: nobody has children here */
pid_t
fork(void)
{
	errno = EAGAIN;
	return -1;
}

/* nor time to wait for a broker that is about to start */
int
nanosleep(const struct timespec *ts, struct timespec *left)
{
	(void)ts;
	(void)left;
	return 0;
}

static void
try_resolve(const char *text)
{
	struct errmsg em = { "" };
	char *uri;

	if (strstr(text, "wait")) /* for as long as it takes */
		return;
	uri = uri_resolve(text, &em);
	must(uri || em.text[0]);
	free(uri);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), *local, *remote;

	setenv("FLUX_URI", "local:///nonexistent", 1);
	if ((local = uri_local(text)))
		must(strncmp(local, "local://", 8) == 0);
	if (local && (remote = uri_remote(local))) {
		must(strncmp(remote, "ssh://", 6) == 0);
		must(uri_is_here(remote));
		free(remote);
	}
	free(local);
	free(uri_reachable(text));
	uri_is_here(text);
	try_resolve(text);
	free(text);
	return 0;
}
