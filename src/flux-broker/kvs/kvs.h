/* SPDX-License-Identifier: MIT */
#ifndef KVS_H
#define KVS_H

struct broker;

/*
 * Services kvs and kvs-watch, rank 0: the key-value store as far as tools and
 * scripts use it. Namespace primary is a tree in memory; in it the keys
 * resource.R and job.HHHH.HHHH.HHHH.HHHH.* show what resource and the store
 * have. Namespace job-ID is the guest part of a running job, to which its
 * shells append. Other namespaces there are none.
 */
int kvs_create(struct broker *b);
void kvs_destroy(struct broker *b);

#endif
