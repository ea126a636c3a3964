/* SPDX-License-Identifier: MIT */
#ifndef HEALTH_H
#define HEALTH_H

#include <jansson.h>

struct broker;

/* How much of the subtree of this broker, and of each of its children, is
 * there, and since when: what `flux overlay status` shows. */
struct health *health_create(struct broker *b);
void health_destroy(struct health *h);
/* {"rank","status","duration","children":[...]}, a new reference. */
json_t *health_encode(const struct health *h);

#endif
