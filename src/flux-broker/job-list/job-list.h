/* SPDX-License-Identifier: MIT */
#ifndef JOB_LIST_H
#define JOB_LIST_H

struct broker;

/*
 * Service job-list, rank 0: what tools show of jobs. It keeps them in the
 * order of lists: pending by priority, running by t_run, inactive by
 * t_inactive; and statistics, in all and of each queue.
 */
int job_list_create(struct broker *b);
void job_list_destroy(struct broker *b);

struct job;
/* A job of before a restart: into the lists and numbers; of one that has ended
 * only the numbers. */
void job_list_count(struct broker *b, struct job *job);

#endif
