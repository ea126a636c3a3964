/* SPDX-License-Identifier: MIT */
#ifndef LIFECYCLE_H
#define LIFECYCLE_H

struct broker;

/*
 * States of the instance: join, init, quorum, run (rank 0 runs the initial
 * program, "rc2"), cleanup, shutdown, finalize, goodbye, exit.
 */

/* A service needs something before `run` may be entered (resources, ...).
 * Counted; call hold in create only. */
void lifecycle_hold(struct broker *b);
void lifecycle_release(struct broker *b);
/* A service answers its quiesce callback: nothing of it is left to end. */
void lifecycle_quiet(struct broker *b);
/* End the instance from inside (a fatal error, shutdown.start). */
void lifecycle_shutdown(struct broker *b, int exit_code);
const char *lifecycle_state(const struct broker *b);
/* Are requests served? (State init or later.) */
int lifecycle_is_online(const struct broker *b);

#endif
