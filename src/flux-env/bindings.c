/* SPDX-License-Identifier: MIT */
/*
 * Where another flux has put its Python bindings: its programs are in
 * PREFIX/bin, the bindings in PREFIX/lib/flux/python3.N (lib64 on some
 * systems), a directory for each Python that they were made for.
 */
#include <err.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bindings.h"

/* The bindings of PREFIX/bin, if there are some. */
static bool
beside(struct bindings *b, const char *bindir)
{
	char pattern[PATH_MAX + 32];
	bool found = false;
	glob_t g;

	snprintf(
	    pattern, sizeof(pattern), "%s/../lib*/flux/python3.[0-9]*", bindir);
	if (glob(pattern, 0, NULL, &g) != 0)
		return false;
	for (size_t i = 0; i < g.gl_pathc && !found; i++)
		if (realpath(g.gl_pathv[i], b->dir) &&
		    strlcpy(b->version, strrchr(b->dir, '/') + 1,
			sizeof(b->version)) < sizeof(b->version))
			found = true;
	globfree(&g);
	return found;
}

/* A flux may be a link into the directory where it was installed. */
static bool
beside_flux(struct bindings *b, const char *dir)
{
	char file[PATH_MAX], real[PATH_MAX];

	if (snprintf(file, sizeof(file), "%s/flux", dir) >= (int)sizeof(file) ||
	    access(file, X_OK) != 0 || !realpath(file, real))
		return false;
	*strrchr(real, '/') = '\0';
	return beside(b, real);
}

bool
bindings_find(struct bindings *b)
{
	const char *path = getenv("PATH");
	char dir[PATH_MAX];

	for (const char *p = path; p && *p; p += p[0] == ':') {
		size_t n = strcspn(p, ":");

		if (n > 0 && n < sizeof(dir)) {
			memcpy(dir, p, n);
			dir[n] = '\0';
			if (beside_flux(b, dir))
				return true;
		}
		p += n;
	}
	return beside(b, "/usr/local/bin") || beside(b, "/usr/bin");
}

static bool
is_element(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	for (const char *p = path; *p; p += *p == ':') {
		size_t n = strcspn(p, ":");

		if (n == len && strncmp(p, dir, n) == 0)
			return true;
		p += n;
	}
	return false;
}

void
path_prepend(const char *variable, const char *dir)
{
	const char *old = getenv(variable);
	char *s;

	if (!*dir || (old && is_element(old, dir)))
		return;
	if (asprintf(&s, "%s%s%s", dir, old && *old ? ":" : "",
		old ? old : "") < 0 ||
	    setenv(variable, s, 1) < 0)
		err(1, NULL);
	free(s);
}

void
bindings_set_path(const struct bindings *b)
{
	const char *first = getenv("FLUX_PYTHONPATH_PREPEND");

	if (b)
		path_prepend("PYTHONPATH", b->dir);
	if (first)
		path_prepend("PYTHONPATH", first);
}
