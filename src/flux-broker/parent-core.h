/* SPDX-License-Identifier: MIT */
#ifndef PARENT_CORE_H
#define PARENT_CORE_H

#include "errmsg.h"
#include "parent.h"

/* Life cycle of parent.h. */
/* Open the attribute parent-uri if it is set; 0 also without one. */
int parent_open(struct broker *b, struct errmsg *em);
void parent_destroy(struct parent *p);
/* The instance is up: post its URI to the parent. Nothing without a parent. */
void parent_announce(struct broker *b);

#endif
