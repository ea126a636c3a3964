/* SPDX-License-Identifier: MIT */
#ifndef URI_SCHEMES_H
#define URI_SCHEMES_H

#include <stdbool.h>

#include "errmsg.h"

/* The schemes of uri_resolve that look outside of Flux. What comes back is to
 * be freed; NULL with em. */

/* FLUX_URI of the process, or, of a broker, that of what it has started. */
char *uri_of_pid(const char *pid, struct errmsg *em);
bool uri_is_broker(const char *pid);
/* The instance that runs in a Slurm job: local if the job has a process here,
 * else ssh://HOST/PATH. Runs scontrol, squeue and srun. */
char *uri_of_slurm(const char *id, struct errmsg *em);

#endif
