/* SPDX-License-Identifier: MIT */
#ifndef LAST_H
#define LAST_H

#include <jansson.h>

#include "base64.h"

struct broker;
struct submitted;

/*
 * The submission before. Who submits many jobs sends much the same jobspec
 * again and again, with another FLUX_JOB_CC at the end of the environment: what
 * is the same is neither decoded nor read as JSON again.
 */

/* Its payload; NULL: there is none. Borrowed, until the next last_keep. */
const struct base64_known *last_known(const struct broker *b);
/* The jobspec of s, without what it shares, if it differs from the last one in
 * its own part of the environment alone. A new reference; the objects
 * attributes and system in it are new, too. NULL: it differs elsewhere. */
json_t *last_decode(const struct broker *b, const struct submitted *s);
/* This is the last one from now on. jobspec, as it was sent, is borrowed and
 * may be changed afterwards, at the level of system and above. */
void last_keep(struct broker *b, const struct submitted *s, json_t *jobspec);

int last_create(struct broker *b);
void last_destroy(struct broker *b);

#endif
