/* SPDX-License-Identifier: MIT */
#ifndef EXEC_STATE_H
#define EXEC_STATE_H

#include <ev.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/tree.h>

#include "../broker.h"
#include "../service.h"
#include "exec.h"

struct forkserver;
struct idset;
struct run;

/* The state behind exec.h, shared by its parts. All ranks have shells.c,
 * tree.c and topics.c; what run.h says is for rank 0. */

/* ---- shells.c: the shells of this broker, one for each job ---- */

struct shell;
RB_HEAD(shells_by_id, shell);
RB_HEAD(shells_by_sender, shell);

/* ---- tree.c: commands go down, reports come up ---- */

/* What happened to shells. In this order for one shell: reports of one loop
 * iteration are sorted. */
enum report_event {
	REPORT_STARTED,
	REPORT_BARRIER, /* waits for the others */
	REPORT_EXITED,  /* status: of wait(2) */
	REPORT_FAILED,  /* was never started; status: an errno */
	REPORT_LOST,    /* its broker was */
};

/* One report speaks for all ranks with the same fate. */
struct report {
	uint64_t id;
	enum report_event event;
	int status;
	struct idset *ranks;
	RB_ENTRY(report) node;
};
RB_HEAD(reports, report);

struct exec {
	struct broker *b;
	struct forkserver *fs;
	struct shells_by_id by_id;
	struct shells_by_sender by_sender;

	struct reports reports; /* not yet sent up, or taken by rank 0 */
	json_t **commands;      /* by child: array to be sent, or NULL */
	ev_prepare flush;

	/* rank 0 */
	TAILQ_HEAD(, run) runs;
	double kill_timeout;    /* seconds; all ranks */
	double barrier_timeout; /* seconds; 0 = none */
	int max_kill_count;
};

/*
 * Commands, JSON objects with "type", "id" and "ranks" (an idset: for whom):
 *     launch      "userid", "jobspec", "R", maybe "environment": variables
 *                 that the jobspec's are laid over
 *     kill        "signum", "shell" (bool: the shell itself, not its tasks)
 *     release     "errnum" (0): answer the barrier
 *     expiration  "expiration"
 *     lost        "shell_rank": tell the leader that this one is gone
 */
void shells_command(struct exec *x, const json_t *cmd);
/* A shell asks for its job, or enters a barrier. ANSWER_LATER, or -1. */
int shells_attach(
    struct exec *x, uint64_t id, struct request *req, struct errmsg *em);
int shells_barrier(
    struct exec *x, uint64_t id, struct request *req, struct errmsg *em);
/* A client is gone. */
void shells_disconnect(struct exec *x, const char *sender);
int shells_create(struct exec *x);
void shells_destroy(struct exec *x);

/* Hand a command to all of ranks that are below us, or us. Batched: sent
 * before the loop waits again. */
void tree_command(struct exec *x, const struct idset *ranks, json_t *cmd_new);
/* The same from rank 0: puts type, id and ranks into it. */
int tree_command_job(struct exec *x, const char *type, uint64_t id,
    const struct idset *ranks, json_t *cmd_new);
/* Report what happened to shells on ranks (borrowed) or on this rank. */
void tree_report(struct exec *x, const struct report *r);
void tree_report_self(
    struct exec *x, uint64_t id, enum report_event event, int status);
/* What a child, or the parent, has sent. -1 with EPROTO. */
int tree_take_reports(struct exec *x, const json_t *list);
int tree_take_commands(struct exec *x, const json_t *list);
int tree_create(struct exec *x);
void tree_destroy(struct exec *x);

int topics_register(struct exec *x);

#endif
