/* SPDX-License-Identifier: MIT */
#include <sys/prctl.h>
#include <sys/wait.h>

#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "orphans.h"

enum { ROUNDS = 20 };

static const struct timespec moment = { .tv_nsec = 5000000 };

void
orphans_adopt(void)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1);
}

/* How many there are. */
static int
hang_up(FILE *children)
{
	pid_t session = getsid(0);
	int pid, n = 0;

	while (fscanf(children, "%d", &pid) == 1)
		if (pid > 1 && getsid(pid) == session) {
			kill(pid, SIGHUP);
			kill(pid, SIGCONT);
			n++;
		}
	return n;
}

void
orphans_end(void)
{
	char path[64];
	int n = 1;

	snprintf(
	    path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	for (int i = 0; n > 0 && i < ROUNDS; i++) {
		FILE *f = fopen(path, "re");
		if (!f)
			return;
		n = hang_up(f);
		fclose(f);
		if (n > 0)
			nanosleep(&moment, NULL);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	}
}
