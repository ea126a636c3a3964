/* SPDX-License-Identifier: MIT */
#ifndef REXEC_H
#define REXEC_H

struct msg;
struct shell;

/*
 * Processes that users start beside the tasks (flux exec --jobid): requests to
 * SERVICE.rexec.*, see lib/common/subproc.h. What runs when the job ends is
 * ended, too.
 */
struct rexec;

/* method: "exec", "disconnect", ... */
void rexec_request(struct shell *sh, const struct msg *m, const char *method);
/* A child has ended, perhaps one of these. */
void rexec_reap(struct shell *sh);
/* End what there is, and tell who started it. */
void rexec_end(struct shell *sh);

#endif
