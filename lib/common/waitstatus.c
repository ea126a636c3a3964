/* SPDX-License-Identifier: MIT */
#include <sys/wait.h>

#include <stdio.h>
#include <string.h>

#include "waitstatus.h"

int
waitstatus_exit(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status)
				   : WEXITSTATUS(status);
}

const char *
waitstatus_text(char *buf, size_t size, int status)
{
	int code = waitstatus_exit(status);

	if (WIFSIGNALED(status))
		snprintf(buf, size, "job shell %s", strsignal(code - 128));
	else if (code > 128)
		snprintf(buf, size, "task(s) %s", strsignal(code - 128));
	else
		snprintf(buf, size, "task(s) exited with exit code %d", code);
	return buf;
}
