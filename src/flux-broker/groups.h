/* SPDX-License-Identifier: MIT */
#ifndef GROUPS_H
#define GROUPS_H

struct broker;

/*
 * Named sets of ranks, kept by rank 0: broker.online, which the overlay knows,
 * and those that programs join by groups.join.
 */
struct groups *groups_create(struct broker *b);
void groups_destroy(struct groups *gs);
/* Topics groups.*. The overlay is there already. */
int groups_register(struct broker *b);

#endif
