/* SPDX-License-Identifier: MIT */
#ifndef BINDINGS_H
#define BINDINGS_H

#include <limits.h>
#include <stdbool.h>

/*
 * Python bindings for Flux that come with a flux-core: PREFIX/lib/flux/
 * python3.N, beside PREFIX/bin/flux. We have none of our own; those speak with
 * our brokers.
 */
struct bindings {
	char dir[PATH_MAX];
	char version[16]; /* "python3.11": what they were made for */
};

/* Those of the first flux in $PATH that has some, or below /usr/local or
 * /usr. */
bool bindings_find(struct bindings *b);

/* Put an element in front of a variable like PATH, unless it is in it. */
void path_prepend(const char *variable, const char *dir);
/* Set PYTHONPATH: $FLUX_PYTHONPATH_PREPEND, the bindings (NULL = none), and
 * what it was. */
void bindings_set_path(const struct bindings *b);

#endif
