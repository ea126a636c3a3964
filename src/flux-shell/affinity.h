/* SPDX-License-Identifier: MIT */
#ifndef AFFINITY_H
#define AFFINITY_H

#include <jansson.h>
#include <sched.h>
#include <stddef.h>

struct shell;
struct task;
struct topo;

/*
 * Binding of tasks, options cpu-affinity and gpu-affinity. The logical core
 * ids of R become CPUs by the topology of the node, which one shell asks of
 * the broker and the server keeps for those after it.
 */
struct affinity;

/* NULL if tasks are not to be bound. Sets *rc to -1 if shell_fatal was called,
 * else 0. */
struct affinity *affinity_create(struct shell *sh, struct topo *topo, int *rc);
void affinity_destroy(struct affinity *a);
/* CPUs of local task i, NULL = leave it alone. Belongs to a. */
const cpu_set_t *affinity_task(const struct affinity *a, int i);

/* Set CUDA_VISIBLE_DEVICES and CUDA_DEVICE_ORDER in an environment. -1 with
 * ENOMEM. */
int gpu_affinity_env(struct shell *sh, json_t *env);
/* The value of CUDA_VISIBLE_DEVICES for t alone in buf, or NULL: the common
 * one is right. */
const char *gpu_affinity_task(const struct task *t, char *buf, size_t size);

#endif
