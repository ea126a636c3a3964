/* SPDX-License-Identifier: MIT */
/*
 * The tasks of the job on this node, from fork to the end of their output. A
 * task is complete when its process has ended and both output streams have:
 * what it left running in the background may still write.
 */
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "launch.h"
#include "output.h"
#include "pty.h"
#include "shell.h"
#include "task.h"
#include "taskexit.h"

int
tasks_create(struct shell *sh)
{
	sh->tasks = calloc(sh->info.nlocal + 1, sizeof(*sh->tasks));
	if (!sh->tasks)
		return -1;
	for (int i = 0; i < sh->info.nlocal; i++) {
		sh->tasks[i].sh = sh;
		sh->tasks[i].index = i;
		sh->tasks[i].rank = sh->info.ranks[i];
	}
	return 0;
}

void
tasks_destroy(struct shell *sh)
{
	free(sh->tasks);
	sh->tasks = NULL;
}

int
tasks_start(struct shell *sh)
{
	sh->started = true;
	for (int i = 0; i < sh->info.nlocal; i++) {
		if (launch_task(&sh->tasks[i]) < 0)
			return -1;
		sh->running++;
	}
	return 0;
}

int
task_exit_code(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status)
				   : WEXITSTATUS(status);
}

static void
check_complete(struct task *t)
{
	if (!t->exited || t->nopen > 0 || t->complete)
		return;
	t->complete = true;
	shell_log(t->sh, SHELL_DEBUG, NULL, "task %d complete status=%d",
	    t->rank, t->status);
	shell_task_complete(t->sh, t);
}

void
task_stream_closed(struct task *t)
{
	t->nopen--;
	check_complete(t);
}

/* Has t ended? The zombie stays: as long as it is there, nobody else gets its
 * process group id, and signals to the group hit who they should. What it used
 * is asked of the kernel's waitid, as wait4 knows no WNOWAIT. */
static bool
has_ended(struct task *t)
{
	siginfo_t info = { 0 };
	struct rusage used;

	if (syscall(SYS_waitid, P_PID, t->pid, &info,
		WEXITED | WNOHANG | WNOWAIT, &used) < 0 ||
	    info.si_pid == 0)
		return false;
	usage_add_process(&t->sh->usage, &used);
	t->status =
	    info.si_code == CLD_EXITED ? info.si_status << 8 : info.si_status;
	if (info.si_code == CLD_DUMPED)
		t->status |= 0x80;
	return true;
}

static void
task_ended(struct task *t)
{
	struct shell *sh = t->sh;

	t->exited = true;
	if (!sh->failed && task_exit_code(t->status) > sh->exit_code)
		sh->exit_code = task_exit_code(t->status);
	taskexit_notify(t);
	if (sh->killed || sh->failed)
		pty_stop_waiting(t);
	/* Who was to be killed does not keep us waiting for output */
	if (sh->killed == SIGKILL || sh->failed)
		output_close_task(t);
	check_complete(t);
}

void
tasks_reap(struct shell *sh)
{
	for (int i = 0; i < sh->info.nlocal; i++) {
		struct task *t = &sh->tasks[i];

		if (t->pid > 0 && !t->exited && has_ended(t))
			task_ended(t);
	}
}

/* A group by its leader's pid; without one of its own, just the process. */
static void
signal_task(const struct task *t, int signum)
{
	if (t->sh->launch->own_group)
		kill(-t->pid, signum);
	else if (!t->exited)
		kill(t->pid, signum);
}

void
tasks_kill(struct shell *sh, int signum)
{
	for (int i = 0; sh->tasks && i < sh->info.nlocal; i++)
		if (sh->tasks[i].pid > 0 && !sh->tasks[i].complete)
			signal_task(&sh->tasks[i], signum);
}

void
tasks_close_output(struct shell *sh)
{
	for (int i = 0; sh->tasks && i < sh->info.nlocal; i++)
		if (sh->tasks[i].exited)
			output_close_task(&sh->tasks[i]);
}

void
tasks_sweep(struct shell *sh)
{
	for (int i = 0; sh->tasks && i < sh->info.nlocal; i++) {
		if (sh->tasks[i].pid > 0) {
			signal_task(&sh->tasks[i], SIGKILL);
			waitpid(sh->tasks[i].pid, NULL, 0);
		}
	}
}
