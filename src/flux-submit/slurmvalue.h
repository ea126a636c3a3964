/* SPDX-License-Identifier: MIT */
#ifndef SLURMVALUE_H
#define SLURMVALUE_H

/* Values of sbatch in our words (malloc'd); NULL: it cannot be said so. */

/* MIN, MIN:SEC, H:MIN:SEC, D-H, D-H:MIN, D-H:MIN:SEC: seconds, "90s". */
char *slurm_time(const char *text);
/* File names: %j and %A the id, %x the name, %N and %n the node, %t the task,
 * %u the user, %% a percent sign. */
char *slurm_pattern(const char *text);
/* now+1hour: +1h; dates as they are. */
char *slurm_begin(const char *text);

#endif
