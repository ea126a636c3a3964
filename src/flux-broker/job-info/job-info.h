/* SPDX-License-Identifier: MIT */
#ifndef JOB_INFO_H
#define JOB_INFO_H

#include "../service.h"

struct broker;
struct job;

/*
 * Service job-info, rank 0: what is stored of a job, and streams of what is
 * appended to its logs. For the owner, and guests for their own jobs.
 */
int job_info_create(struct broker *b);
void job_info_destroy(struct broker *b);

/* -- within job-info ---------------------------------------------------- */

struct job_info {
	struct broker *b;
	struct watch_list *watches;  /* watch.c: logs */
	struct update_list *updates; /* update-watch.c: R, jobspec */
};

/* The job, if the requester may see it. NULL with ENOENT (no text) or EPERM. */
struct job *info_job(
    struct job_info *ji, struct request *req, json_int_t id, struct errmsg *em);

int info_lookup_request(void *ctx, struct request *req, struct answer *an);
int info_update_lookup_request(
    void *ctx, struct request *req, struct answer *an);

int watch_create(struct job_info *ji);
void watch_destroy(struct job_info *ji);
void watch_disconnect(struct job_info *ji, const char *sender);
void watch_job_event(struct job_info *ji, struct job *job, const char *name);
int info_watch_request(void *ctx, struct request *req, struct answer *an);
int info_watch_cancel_request(
    void *ctx, struct request *req, struct answer *an);

int update_watch_create(struct job_info *ji);
void update_watch_destroy(struct job_info *ji);
void update_watch_disconnect(struct job_info *ji, const char *sender);
void update_watch_job_event(
    struct job_info *ji, struct job *job, const char *name);
int info_update_watch_request(
    void *ctx, struct request *req, struct answer *an);
int info_update_watch_cancel_request(
    void *ctx, struct request *req, struct answer *an);

#endif
