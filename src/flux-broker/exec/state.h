/* SPDX-License-Identifier: MIT */
#ifndef EXEC_STATE_H
#define EXEC_STATE_H

#include <sys/tree.h>

#include <ev.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "../service.h"
#include "exec.h"

struct idset;

/*
 * The parts of exec. On every rank: `branch.c` hands launches, signals and
 * barriers down the tree and gathers reports on their way up; `shells.c` has
 * the shells of this rank and their fork server. On rank 0 `run.c` decides.
 */

/* One job as one broker sees it: the shell here, and those below. */
struct branch {
	uint64_t id;
	json_t *launch;     /* payload of exec.launch */
	struct idset *left; /* ranks of the subtree whose shell has not ended */
	struct shell *shell;   /* the one here; NULL = none, or it has ended */
	struct idset *started; /* not yet reported */
	struct idset *waiting; /* in the barrier, not yet reported */
	json_t *exits; /* [{"rank","status"[,"errnum"]}], not reported */
	bool is_dirty; /* has something to report */
	RB_ENTRY(branch) node;
};
RB_HEAD(branches, branch);

/* A shell of this rank. */
struct shell {
	struct exec *ex;
	uint64_t id;
	int pid;                /* 0 = not yet forked */
	char uuid[40];          /* of its connection; "" once that is closed */
	struct request *stream; /* exec.shell; NULL until it asked */
	struct request *barrier;
	json_t *signals; /* that came before it asked, array of ints */
	bool has_exited;
	int status; /* wait status */
};

RB_HEAD(runs, run); /* run.c */

struct exec {
	struct broker *b;
	struct branches branches;
	struct runs runs;          /* rank 0 */
	ev_timer flush;            /* reports go up once a turn of the loop */
	struct forkserver *server; /* shells.c; NULL until needed */
	bool ending;
};

/* ---- branch.c ---- */
void branch_init(struct exec *ex);
struct branch *branch_find(struct exec *ex, uint64_t id);
struct branch *branch_first(struct exec *ex);
struct branch *branch_next(struct exec *ex, struct branch *br);
/* Start a job in this subtree, and below. launch is borrowed. */
void branch_launch(struct exec *ex, json_t *launch);
void branch_kill(struct exec *ex, json_t *kill);
void branch_release(struct exec *ex, json_t *release);
/* What a child reported: {"jobs":[{"id","started","waiting","exits"}]} */
void branch_report(struct exec *ex, const json_t *report);
/* From shells.c. errnum != 0: it could not be started. */
void branch_started(struct exec *ex, uint64_t id);
void branch_barrier(struct exec *ex, uint64_t id);
void branch_exited(struct exec *ex, uint64_t id, int status, int errnum);
void branch_fini(struct exec *ex);

/* ---- shells.c ---- */
/* The shell of this rank for br. -1 with errno. */
int shell_start(struct exec *ex, struct branch *br);
void shell_signal(struct shell *sh, int signum);
/* SIGKILL to the shell itself, and its tasks. */
void shell_kill(struct shell *sh);
void shell_release(struct shell *sh);
void shell_destroy(struct shell *sh);
void shell_disconnected(struct exec *ex, const char *uuid);
int shell_request(void *ctx, struct request *req, struct answer *an);
int barrier_request(void *ctx, struct request *req, struct answer *an);
void forkserver_stop(struct exec *ex);

/* ---- run.c (rank 0) ---- */
void run_started(struct exec *ex, uint64_t id, const struct idset *ranks);
void run_waiting(struct exec *ex, uint64_t id, const struct idset *ranks);
void run_exited(struct exec *ex, uint64_t id, const json_t *exit);
void run_lost(struct exec *ex, const struct idset *ranks);
void run_fini(struct exec *ex);

#endif
