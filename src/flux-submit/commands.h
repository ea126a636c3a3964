/* SPDX-License-Identifier: MIT */
#ifndef COMMANDS_H
#define COMMANDS_H

#include <jansson.h>
#include <stdint.h>

#include "args.h"

/* The commands of the family: parsed options in, exit status out. */
int submit_command(struct args *a);
int bulksubmit_command(struct args *a);
int run_command(struct args *a);
int alloc_command(struct args *a);
int batch_command(struct args *a);

/* Shared by those that submit one job: print the jobspec, of njobs (--dry-run),
 * or submit it and return its id. Exit with a reason. The first takes it. */
int print_jobspec_new(const struct args *a, json_t *jobspec, size_t njobs);
uint64_t submit_one(const struct args *a, const json_t *jobspec);
/* bulksubmit --batch: the directives of the script before the options; and
 * the jobspec, of which these are a part. Exit with a reason. */
void batch_expand(struct args *a);
json_t *batch_jobspec(const struct args *a);
/* The command words as an array; exits if there are none. */
json_t *command_words(const struct args *a);
/* Become `flux job attach` of the job. Does not return. */
void exec_attach(const struct args *a, uint64_t id) __attribute__((noreturn));

#endif
