/* SPDX-License-Identifier: MIT */
#ifndef BOOTSTRAP_H
#define BOOTSTRAP_H

#include "errmsg.h"

struct broker;

/*
 * Find out who we are and who the others are: by PMI-1 on PMI_FD (flux start,
 * flux-shell), else a single broker. Sets rank, size, the attributes that come
 * from there, makes rundir, and creates, binds and connects the overlay.
 * Attributes of the command line are set before. -1 with em.
 */
int bootstrap(struct broker *b, struct errmsg *em);

#endif
