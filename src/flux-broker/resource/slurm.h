/* SPDX-License-Identifier: MIT */
#ifndef RESOURCE_SLURM_H
#define RESOURCE_SLURM_H

#include <stdbool.h>

struct resource;

/* The time limit of the Slurm job that we run in. */

/* Ask for it, if SLURM_JOB_ID is set. -1 with ENOMEM. */
int slurm_start(struct resource *r);
/* The first answer is still to come. */
bool slurm_is_asking(const struct resource *r);
void slurm_stop(struct resource *r);

#endif
