/* SPDX-License-Identifier: MIT */
#ifndef LIFECYCLE_CORE_H
#define LIFECYCLE_CORE_H

#include "lifecycle.h"

/* What main and the overlay tell the life cycle. */
struct lifecycle *lifecycle_create(struct broker *b);
void lifecycle_destroy(struct lifecycle *life);
/* Topics state-machine.*, shutdown.*. */
int lifecycle_register(struct broker *b);
/* The loop is about to run: join. argv (NULL-terminated, may be empty) is the
 * initial program of rank 0. */
void lifecycle_start(struct broker *b, char **argv);
int lifecycle_exit_code(const struct broker *b);

void lifecycle_welcomed(struct broker *b); /* rank > 0: by the parent */
void lifecycle_leave(struct broker *b);    /* at once, without the children */
void lifecycle_parent_lost(struct broker *b);     /* rank > 0 */
void lifecycle_parent_shutdown(struct broker *b); /* rank > 0 */
void lifecycle_children_gone(struct broker *b);   /* the last one left */
void lifecycle_signal(struct broker *b, int signum);

#endif
