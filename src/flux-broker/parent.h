/* SPDX-License-Identifier: MIT */
#ifndef PARENT_H
#define PARENT_H

#include <stdint.h>

struct broker;
struct handle;

/*
 * Rank 0's connection to the enclosing instance, if this instance is a job of
 * one (attributes parent-uri, jobid). Driven by the broker's loop; posts the
 * memo with our URI when the instance is up.
 */

/* The handle for RPCs (handle_rpc_new); NULL if there is no parent or it was
 * lost. */
struct handle *parent_handle(struct broker *b);
/* Our job id in the parent. 0 if none. */
uint64_t parent_jobid(const struct broker *b);

#endif
