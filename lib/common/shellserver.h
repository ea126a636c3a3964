/* SPDX-License-Identifier: MIT */
#ifndef SHELLSERVER_H
#define SHELLSERVER_H

/*
 * What a broker and its fork server, `flux-shell --server`, agree on. They
 * exchange JSON packets over a SOCK_SEQPACKET socket:
 *     to it    {"id":ID} with a descriptor: the shell's end of its connection
 *              {"kill":PID,"signum":N}
 *              {"environment":I} with a file that holds an object of
 *                  variables: start messages call it I
 *     from it  {"id":ID,"pid":PID}                    forked
 *              {"id":ID,"pid":PID,"status":STATUS}    ended, as of wait(2)
 *              {"id":ID,"errnum":E}                   could not fork
 * When the broker closes its end, the server ends all shells and their tasks.
 *
 * A shell's connection has the answer to its first request, exec.shell, in it
 * from the beginning: the broker makes that request in its name.
 */
enum {
	SHELLSERVER_FD = 3,           /* where the server finds its socket */
	SHELLSERVER_PACKET = 512,     /* bytes; no packet is longer */
	SHELLSERVER_ENVIRONMENTS = 8, /* that it keeps, 0 and up */
	SHELL_MATCHTAG = 1, /* of exec.shell: the first one of a handle */
};

#endif
