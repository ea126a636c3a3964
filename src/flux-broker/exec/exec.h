/* SPDX-License-Identifier: MIT */
#ifndef EXEC_H
#define EXEC_H

struct broker;
struct job;

/*
 * Runs jobs: rank 0 hands launch, signals and the end of each job down the
 * tree, brokers fork shells (through a fork server, flux-shell --server) and
 * report back, gathered along the tree. Answers by job_started, job_finished,
 * job_released, job_raise; writes guest.exec.eventlog.
 */
/* R and spec are set. */
void exec_start(struct broker *b, struct job *job);
/* Signal the tasks of a running job (all ranks). */
void exec_kill(struct broker *b, struct job *job, int signum);
/* End it: SIGTERM (or signum), after kill-timeout SIGKILL, ... */
void exec_terminate(struct broker *b, struct job *job, int signum);
/* The expiration of a running job changed. */
void exec_expiration(struct broker *b, struct job *job);

int exec_create(struct broker *b);
void exec_destroy(struct broker *b);

#endif
