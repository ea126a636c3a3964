/* SPDX-License-Identifier: MIT */
#ifndef SLURM_H
#define SLURM_H

#include "args.h"

/*
 * The #SBATCH lines of a script, up to its first command, as options of ours
 * (flux-slurm(7)). Appends them to a, as directives_parse does. What has no
 * equivalent and changes how the job runs ends the program with a reason; what
 * does not is a warning. name: of the script, for errors.
 */
void slurm_parse(struct args *a, const char *script, const char *name);

#endif
