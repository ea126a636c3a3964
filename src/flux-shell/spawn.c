/* SPDX-License-Identifier: MIT */
/*
 * vfork and exec. The new process borrows our memory until it execs: nothing
 * is copied, whatever the size of the shell, and the reason of a failure is
 * simply left in a variable. In return the code between must not return, nor
 * touch anything that the shell still needs.
 *
 * All descriptors of the shell are close-on-exec, and its dispositions are
 * the default ones; what has to be undone is the signal mask.
 */
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include <alloca.h>
#include <errno.h>
#include <limits.h>
#include <paths.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "spawn.h"

/* A file without a magic number is a script of /bin/sh, as for execvp. Its
 * arguments are on the stack: what malloc gives here, the shell would lose. */
static void
exec_script(const struct spawn *s, const char *file)
{
	size_t n = 0;
	char **argv;

	while (s->argv[n])
		n++;
	argv = alloca((n + 2) * sizeof(char *));
	argv[0] = (char *)_PATH_BSHELL;
	argv[1] = (char *)file;
	memcpy(argv + 2, s->argv + 1, n * sizeof(char *));
	execve(_PATH_BSHELL, argv, s->envp);
}

static void
exec_file(const struct spawn *s, const char *file)
{
	execve(file, s->argv, s->envp);
	if (errno == ENOEXEC)
		exec_script(s, file);
}

/* errno says why nothing was executed: EACCES if a file was found that could
 * not be. */
static void
exec_by_path(const struct spawn *s)
{
	const char *p = s->path ? s->path : _PATH_DEFPATH;
	size_t len = strlen(s->argv[0]);
	bool denied = false;
	char file[PATH_MAX];

	for (;; p++) {
		size_t n = strcspn(p, ":");

		if (n + len + 2 <= sizeof(file)) {
			memcpy(file, p, n);
			if (n > 0)
				file[n++] = '/';
			memcpy(file + n, s->argv[0], len + 1);
			exec_file(s, file);
			if (errno == EACCES)
				denied = true;
			else if (errno != ENOENT && errno != ENOTDIR)
				return;
		}
		p += strcspn(p, ":");
		if (*p == '\0')
			break;
	}
	errno = denied ? EACCES : ENOENT;
}

/* Descriptors 0, 1, 2 are occupied in the shell too, so that sources are above
 * and no dup2 destroys one that is needed later. */
static int
set_fds(const struct spawn *s)
{
	for (int i = 0; i < 3; i++)
		if (dup2(s->fds[i], i) < 0)
			return -1;
	if (s->extra_from >= 0 && dup2(s->extra_from, s->extra_to) < 0)
		return -1;
	return 0;
}

static int
set_process(const struct spawn *s)
{
	sigset_t none;

	if (s->has_tty) {
		if (setsid() < 0 || ioctl(0, TIOCSCTTY, 0) < 0)
			return -1;
	} else if (s->own_group && setpgid(0, 0) < 0) {
		return -1;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (s->cpus)
		sched_setaffinity(0, sizeof(*s->cpus), s->cpus);
	for (size_t i = 0; i < s->nlimits; i++)
		setrlimit(s->limits[i].resource, &s->limits[i].value);
	if (s->stop_in_exec && ptrace(PTRACE_TRACEME, 0, 0, 0) < 0)
		return -1;
	sigemptyset(&none);
	return sigprocmask(SIG_SETMASK, &none, NULL);
}

static void
run(const struct spawn *s, volatile int *errnum)
{
	if (set_fds(s) == 0 && set_process(s) == 0) {
		if (strchr(s->argv[0], '/'))
			exec_file(s, s->argv[0]);
		else
			exec_by_path(s);
	}
	*errnum = errno;
	_exit(127);
}

/* The task waits in exec for a debugger: leave it stopped, untraced. */
static void
leave_stopped(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status))
		ptrace(PTRACE_DETACH, pid, 0, SIGSTOP);
}

pid_t
spawn(const struct spawn *s)
{
	volatile int errnum = 0;
	pid_t pid = vfork();

	if (pid == 0)
		run(s, &errnum);
	if (pid < 0)
		return -1;
	if (errnum) {
		waitpid(pid, NULL, 0);
		errno = errnum;
		return -1;
	}
	if (s->stop_in_exec)
		leave_stopped(pid);
	return pid;
}
