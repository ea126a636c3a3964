/* SPDX-License-Identifier: MIT */
#ifndef VIRTUAL_H
#define VIRTUAL_H

#include <jansson.h>
#include <stdbool.h>

struct broker;
struct job;

/*
 * Keys of the primary namespace that are not kept in the KVS but shown from
 * where they are: resource.R and job.HHHH.HHHH.HHHH.HHHH.KEY.
 */
bool virtual_is(const char *key);
/* The tree object (new): a val, or a dir of what is below (above a job: of
 * empty ones). NULL with ENOENT. */
json_t *virtual_get(struct broker *b, const char *key);

/* The job of namespace "job-ID", while it runs; NULL: no such namespace. */
struct job *namespace_job(struct broker *b, const char *name);
/* A key of a job's namespace: "output" is guest.output in the store. */
json_t *namespace_get(struct broker *b, const struct job *job, const char *key);
/* Append to it, or replace it by, a val of text. -1 with EINVAL. */
int namespace_append(
    struct broker *b, const struct job *job, const char *key, json_t *val);
int namespace_put(
    struct broker *b, const struct job *job, const char *key, json_t *val);

#endif
