/* SPDX-License-Identifier: MIT */
#ifndef JOBNAME_H
#define JOBNAME_H

#include <jansson.h>

#include "errmsg.h"

struct handle;

/*
 * Jobs by name: the own active ones of this name or, if there is none, the one
 * of them that has ended last. Their ids, an array (new). NULL with em: there
 * is none (errno ENOENT), or job-list could not be asked.
 */
json_t *jobname_find(struct handle *h, const char *name, struct errmsg *em);

/* The own active jobs; name NULL = of any name. */
json_t *jobname_active(struct handle *h, const char *name, struct errmsg *em);

#endif
