/* SPDX-License-Identifier: MIT */
#ifndef JOB_LIST_H
#define JOB_LIST_H

#include <stddef.h>

struct broker;

/*
 * Service job-list, rank 0: what tools show of jobs. It keeps them in the
 * order of lists: pending by priority, running by t_run, inactive by
 * t_inactive; and statistics, in all and of each queue.
 */
int job_list_create(struct broker *b);
void job_list_destroy(struct broker *b);

struct answer;
struct job;
struct request;
/* Answer a request of the form of job-list.list, or list-id, from these jobs
 * instead: text. */
int job_list_answer(
    struct request *req, struct job *const *jobs, size_t n, struct answer *an);
int job_list_answer_id(
    struct request *req, const struct job *job, struct answer *an);
/* A job of before a restart: into the lists and numbers; of one that has ended
 * only the numbers. */
void job_list_count(struct broker *b, struct job *job);

#endif
