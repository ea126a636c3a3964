/* SPDX-License-Identifier: MIT */
#ifndef PROCTABLE_H
#define PROCTABLE_H

struct msg;
struct shell;

/* Method proctable of the leader: which task runs where with which pid, for
 * debuggers (MPIR) and flux job hostpids. */
void proctable_request(struct shell *sh, const struct msg *m);
/* Method pids of the other shells: what the leader asks them. */
void proctable_pids_request(struct shell *sh, const struct msg *m);

#endif
