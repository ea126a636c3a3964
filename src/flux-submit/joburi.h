/* SPDX-License-Identifier: MIT */
#ifndef JOBURI_H
#define JOBURI_H

#include <jansson.h>

#include "errmsg.h"

/*
 * SCHEME[:VALUE][?key=val&...] of --dependency (RFC 26) and --taskmap:
 *     afterok:ƒ123?max=2&tag=a&tag=b
 *     {"scheme":"afterok","value":"ƒ123","max":2,"tag":["a","b"]}
 */

/* New reference. what names the kind in errors: "Invalid dependency URI".
 * NULL with em. */
json_t *joburi_parse(const char *text, const char *what, struct errmsg *em);

/* --begin-time as a dependency (new reference). now: seconds since the epoch.
 * NULL with em. */
json_t *joburi_begin_time(const char *text, double now, struct errmsg *em);

/* --signal=[SIG][@TIME]: {"signum":10,"timeleft":60} (new reference). NULL
 * with em. */
json_t *joburi_signal(const char *text, struct errmsg *em);

#endif
