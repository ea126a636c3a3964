/* SPDX-License-Identifier: MIT */
/*
 * Flux URIs, the simple part: which broker is the enclosing one, and the two
 * ways to write the address of a socket. Resolving a TARGET is in
 * uri_resolve.c.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "handle.h"
#include "uri.h"

const char *
uri_default(void)
{
	const char *uri = getenv("FLUX_URI");

	return uri ? uri : "local:///run/flux/local";
}

struct handle *
uri_open_default(struct errmsg *em)
{
	struct errmsg why;
	struct handle *h = handle_open(uri_default(), &why);

	if (!h)
		errmsg_set(em, "Unable to connect to Flux: %s", why.text);
	return h;
}

/* The path of a URI, after scheme and host; NULL if there is none. */
static const char *
path_of(const char *uri)
{
	const char *p = strstr(uri, "://");

	return p ? strchr(p + 3, '/') : NULL;
}

/* prefix + path, runs of '/' in the path collapsed. */
static char *
join(const char *prefix, const char *path)
{
	char *s = malloc(strlen(prefix) + strlen(path) + 1);
	char *p;

	if (!s)
		return NULL;
	p = stpcpy(s, prefix);
	for (; *path; path++)
		if (*path != '/' || path[1] != '/')
			*p++ = *path;
	*p = '\0';
	return s;
}

static char *
rewrite(const char *uri, const char *prefix)
{
	const char *path = path_of(uri);

	if (!path) {
		errno = EINVAL;
		return NULL;
	}
	return join(prefix, path);
}

char *
uri_local(const char *uri)
{
	if (strncmp(uri, "ssh://", 6) != 0 &&
	    strncmp(uri, "local://", 8) != 0) {
		errno = EINVAL;
		return NULL;
	}
	return rewrite(uri, "local://");
}

char *
uri_remote(const char *uri)
{
	char host[256], prefix[300];

	if (strncmp(uri, "ssh://", 6) == 0)
		return strdup(uri);
	if (strncmp(uri, "local://", 8) != 0) {
		errno = EINVAL;
		return NULL;
	}
	if (gethostname(host, sizeof(host)) < 0)
		return NULL;
	host[sizeof(host) - 1] = '\0';
	snprintf(prefix, sizeof(prefix), "ssh://%s", host);
	return rewrite(uri, prefix);
}

/* Same host: equal, or equal up to the first dot of the longer name. */
static bool
same_host(const char *a, size_t len, const char *b)
{
	size_t blen = strlen(b);

	if (len == blen)
		return strncasecmp(a, b, len) == 0;
	if (len < blen)
		return strncasecmp(a, b, len) == 0 && b[len] == '.';
	return strncasecmp(a, b, blen) == 0 && a[blen] == '.';
}

bool
uri_is_here(const char *uri)
{
	const char *host = uri + 6;
	const char *at, *end;
	char here[256];

	if (strncmp(uri, "ssh://", 6) != 0)
		return strncmp(uri, "local://", 8) == 0;
	if (getenv("FLUX_URI_RESOLVE_LOCAL"))
		return true;
	if (gethostname(here, sizeof(here)) < 0)
		return false;
	here[sizeof(here) - 1] = '\0';
	end = host + strcspn(host, "/:");
	if ((at = memchr(host, '@', end - host)))
		host = at + 1;
	return same_host(host, end - host, here);
}

char *
uri_reachable(const char *uri)
{
	return uri_is_here(uri) ? uri_local(uri) : strdup(uri);
}
