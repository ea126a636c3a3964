/* SPDX-License-Identifier: MIT */
#ifndef PARTS_H
#define PARTS_H

struct broker;

/* All that hangs on a broker whose options have been read. Whoever cannot
 * bootstrap or create one says so and exits. */
void parts_create(struct broker *b);
void parts_destroy(struct broker *b);

#endif
