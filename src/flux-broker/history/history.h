/* SPDX-License-Identifier: MIT */
#ifndef HISTORY_H
#define HISTORY_H

#include <stdbool.h>

struct broker;

/*
 * What ran inside a job that was an instance: an instance that ends hands the
 * records of its jobs, and what it has of jobs inside these, to its parent,
 * which keeps them with the record of the job (key "history" of the store).
 * Rank 0. How much is the parent's to say: see flux-config-history(5).
 */

/* Service job-history, of the parent. */
int history_create(struct broker *b);
void history_destroy(struct broker *b);

/* All jobs have ended: hand them over, and call done when the parent has them,
 * or will not have them, from the loop. False: there is nothing to do, and
 * done will not be called. */
bool history_hand_over(
    struct broker *b, void (*done)(struct broker *b), double timeout);

#endif
