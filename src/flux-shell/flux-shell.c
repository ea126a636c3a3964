/* SPDX-License-Identifier: MIT */
/*
 * flux-shell: runs the tasks of jobs on one node. Brokers start it as a server
 * that forks a shell for each job; it is not for users to call.
 */
#include <sys/socket.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server.h"
#include "shellserver.h"

static int
usage(FILE *out, int code)
{
	fprintf(out, "usage: flux-shell --server\n"
		     "Runs the tasks of jobs. A broker starts it, with a "
		     "socket as descriptor 3.\n");
	return code;
}

static void
check_socket(void)
{
	socklen_t len = sizeof(int);
	int type;

	if (getsockopt(SHELLSERVER_FD, SOL_SOCKET, SO_TYPE, &type, &len) < 0 ||
	    type != SOCK_SEQPACKET)
		errx(1, "descriptor %d is not a broker's socket",
		    SHELLSERVER_FD);
}

int
main(int argc, char *argv[])
{
	setprogname("flux-shell");
	setproctitle_init(argc, argv, environ);
	if (argc == 2 && strcmp(argv[1], "--help") == 0)
		return usage(stdout, 0);
	if (argc != 2 || strcmp(argv[1], "--server") != 0)
		return usage(stderr, 2);
	check_socket();
	return server_run(SHELLSERVER_FD);
}
