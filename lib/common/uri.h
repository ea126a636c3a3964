/* SPDX-License-Identifier: MIT */
#ifndef URI_H
#define URI_H

#include <stdbool.h>

#include "errmsg.h"

struct handle;

/*
 * Flux URIs: local:///path, ssh://[user@]host[:port]/path, and the high-level
 * ones that flux-uri(1) resolves (jobid paths, slurm:ID, pid:N, ...).
 * This module may read the environment.
 */

/* $FLUX_URI, or local:///run/flux/local. Static or environment storage. */
const char *uri_default(void);

/* Open the enclosing instance, or exit-worthy failure: NULL with em filled
 * as the reference words it for tools:
 *     Unable to connect to Flux: broker socket /path was not found */
struct handle *uri_open_default(struct errmsg *em);

/* The local:// form of an ssh:// URI (malloc'd): same path, no host. Local
 * URIs are copied. NULL with EINVAL if uri is neither. */
char *uri_local(const char *uri);
/* The ssh:// form of a local:// URI with this host's name (malloc'd). */
char *uri_remote(const char *uri);
/* True if an ssh:// URI names this host or FLUX_URI_RESOLVE_LOCAL is set. */
bool uri_is_here(const char *uri);
/* What to open for a URI found in a job's annotations: the local form if it
 * is on this host, else the URI itself (malloc'd). */
char *uri_reachable(const char *uri);

/*
 * Resolve TARGET as flux-uri(1) documents: job id paths ("ƒA/ƒB", "/", ".."),
 * scheme:..., and the queries ?local, ?remote, ?wait. Returns a malloc'd URI,
 * or NULL with em:
 *     jobid ƒX not found · jobid ƒX is not running · ...
 */
char *uri_resolve(const char *target, struct errmsg *em);

#endif
