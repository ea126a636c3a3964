/* SPDX-License-Identifier: MIT */
#ifndef SERVER_H
#define SERVER_H

/*
 * The fork server, `flux-shell --server`: started by a broker, with a
 * SOCK_SEQPACKET socket as descriptor 3. A shell is a fork of it, which costs
 * a fraction of a program that is loaded and linked anew for each job.
 *
 *   from the broker   {"id":ID}, with the shell's connection by SCM_RIGHTS
 *                     {"kill":PID,"signum":N}
 *                     {"environment":I} with a file that holds the object of
 *                         variables that start messages will call I
 *   to the broker     {"id":ID,"pid":PID} · {"id":ID,"errnum":E}
 *                     {"id":ID,"pid":PID,"status":WAITSTATUS}
 *
 * Processes that lose their parent in the jobs come to the server: it ends
 * the process groups of what a killed shell leaves.
 */

/* Runs until the broker closes its end. Returns the exit code. */
int server_run(int fd);

#endif
