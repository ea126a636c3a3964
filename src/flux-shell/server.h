/* SPDX-License-Identifier: MIT */
#ifndef SERVER_H
#define SERVER_H

/*
 * The fork server, `flux-shell --server`: started by a broker, with which it
 * speaks as shellserver.h says. A shell is a fork of it, which costs a fraction
 * of a program that is loaded and linked anew for each job.
 *
 * Processes that lose their parent in the jobs come to the server: it ends
 * the process groups of what a killed shell leaves.
 */

/* Runs until the broker closes its end. Returns the exit code. */
int server_run(int fd);

#endif
