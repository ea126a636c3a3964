/* SPDX-License-Identifier: MIT */
#ifndef INSTANCE_H
#define INSTANCE_H

#include <jansson.h>

#include "args.h"

/* What alloc and batch share: a job whose tasks are brokers. */

/* "flux broker [OPTIONS]" (new array); adds conf.json to files if --conf is
 * given. is_idle: without an initial program. */
json_t *broker_words(const struct args *a, json_t *files, bool is_idle);
/* Shell options of such a job (new object). */
json_t *broker_shell_options(const struct args *a);
/* Tasks of the job, 0 = one on each node (without --add-brokers). */
int brokers_count(const struct args *a);

#endif
