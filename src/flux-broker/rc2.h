/* SPDX-License-Identifier: MIT */
#ifndef RC2_H
#define RC2_H

struct broker;

/*
 * The initial program of rank 0. It runs in a process group of its own, with
 * the terminal if there is one, unless the broker leads its own group (it is a
 * job's task): then it stays in that group, so that a shell which signals the
 * group reaches it. It never outlives the broker.
 */
struct rc2;

/* status is a wait status. */
typedef void (*rc2_done_f)(void *arg, int status);

/* argv ends with NULL and may be empty: an interactive shell. NULL if it can't
 * be run (logged). */
struct rc2 *rc2_start(
    struct broker *b, char **argv, rc2_done_f done, void *arg);
void rc2_signal(struct rc2 *rc, int signum);
/* Ends what is left of the process group. */
void rc2_destroy(struct rc2 *rc);

#endif
