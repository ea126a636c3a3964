/* SPDX-License-Identifier: MIT */
#ifndef REXEC_H
#define REXEC_H

struct broker;

/*
 * Runs processes for the owner on this broker, beside all jobs: rexec.exec,
 * write, kill, list, wait and attach. A process ends with the client that has
 * asked for it, unless it is one in the background, and with the broker.
 */
int rexec_create(struct broker *b);
void rexec_destroy(struct broker *b);

#endif
