/* SPDX-License-Identifier: MIT */
/* The initial program: which words to run how, in which environment. */
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <ev.h>
#include <fnmatch.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "attrs.h"
#include "broker.h"
#include "log-service.h"
#include "log.h"
#include "rc2.h"

struct rc2 {
	struct broker *b;
	pid_t pid;
	bool own_group, has_terminal;
	char *cmdline; /* for the log */
	double t_start;
	ev_child child;
	rc2_done_f done;
	void *arg;
};

/* Variables of the broker's surroundings that mean nothing inside. */
static const char *const scrubbed[] = { "FLUX_JOB_ID", "FLUX_ENCLOSING_ID",
	"FLUX_JOB_SIZE", "FLUX_JOB_NNODES", "FLUX_JOB_TMPDIR", "FLUX_TASK_RANK",
	"FLUX_TASK_LOCAL_ID", "FLUX_KVS_NAMESPACE", "FLUX_PROXY_REMOTE",
	"FLUX_JOB_ID_PATH", "FLUX_PMI_LIBRARY_PATH", "I_MPI_PMI_LIBRARY",
	"NOTIFY_SOCKET", "PMI_*", "PMIX_*", "SLURM_*", "PALS_*" };

extern char **environ;

static bool
is_scrubbed(const char *var)
{
	char name[256];

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(var, "="), var);
	for (size_t i = 0; i < sizeof(scrubbed) / sizeof(*scrubbed); i++)
		if (fnmatch(scrubbed[i], name, 0) == 0)
			return true;
	return false;
}

static void
set_environment(struct broker *b)
{
	const char *jobid = attrs_get(b->attrs, "jobid");
	char name[256];

	for (char **e = environ; *e;) {
		if (!is_scrubbed(*e)) {
			e++;
			continue;
		}
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(*e, "="), *e);
		unsetenv(name);
		e = environ;
	}
	setenv("FLUX_URI", attrs_get(b->attrs, "local-uri"), 1);
	if (jobid)
		setenv("FLUX_ENCLOSING_ID", jobid, 1);
}

static const char *
user_shell(void)
{
	const char *shell = getenv("SHELL");

	return shell && *shell ? shell : "/bin/bash";
}

static bool
is_login_shell(const char *word)
{
	static const char *const names[] = { "sh", "bash", "dash", "zsh", "ksh",
		"mksh", "csh", "tcsh", "fish" };
	const char *base = strrchr(word, '/');

	base = base ? base + 1 : word;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strcmp(base, names[i]) == 0)
			return true;
	return false;
}

static bool
is_executable_file(const char *word)
{
	struct stat st;

	return !strpbrk(word, " \t\n") && strchr(word, '/') &&
	       access(word, X_OK) == 0 && stat(word, &st) == 0 &&
	       S_ISREG(st.st_mode);
}

/* What to exec for the words of the command line. */
struct command {
	const char *argv[4];
	char *const *use; /* argv, or the caller's words */
	bool interactive;
};

static void
choose(struct command *c, char **words)
{
	memset(c, 0, sizeof(*c));
	c->use = (char *const *)c->argv;
	if (!words[0] || (!words[1] && is_login_shell(words[0]))) {
		c->argv[0] = words[0] ? words[0] : user_shell();
		c->interactive = true;
	} else if (words[1] || is_executable_file(words[0])) {
		c->use = words;
	} else {
		c->argv[0] = user_shell();
		c->argv[1] = "-c";
		c->argv[2] = words[0];
	}
}

static char *
joined(char **words)
{
	size_t len = 1;
	char *s;

	for (int i = 0; words[i]; i++)
		len += strlen(words[i]) + 1;
	if (!(s = calloc(1, len)))
		return NULL;
	for (int i = 0; words[i]; i++) {
		if (i > 0)
			strlcat(s, " ", len);
		strlcat(s, words[i], len);
	}
	return s;
}

static void
run_child(struct rc2 *rc, const struct command *c, pid_t broker)
{
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != broker)
		_exit(1);
	if (rc->own_group)
		setpgid(0, 0);
	if (rc->has_terminal)
		tcsetpgrp(STDIN_FILENO, getpgrp());
	for (int i = 1; i < NSIG; i++)
		signal(i, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	set_environment(rc->b);
	execvp(c->use[0], c->use);
	dprintf(STDERR_FILENO, "%s: %s\n", c->use[0],
	    errno == ENOENT ? "command not found" : strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

static void
log_end(struct rc2 *rc, int status)
{
	double t = ev_now(rc->b->loop) - rc->t_start;

	if (WIFSIGNALED(status))
		log_error(rc->b->log, "rc2.0: %s %s (rc=%d) %.1fs", rc->cmdline,
		    strsignal(WTERMSIG(status)), 128 + WTERMSIG(status), t);
	else if (WEXITSTATUS(status) != 0)
		log_error(rc->b->log, "rc2.0: %s Exited (rc=%d) %.1fs",
		    rc->cmdline, WEXITSTATUS(status), t);
}

static void
child_cb(struct ev_loop *loop, ev_child *w, int revents)
{
	struct rc2 *rc = w->data;

	(void)revents;
	ev_child_stop(loop, w);
	if (rc->has_terminal)
		tcsetpgrp(STDIN_FILENO, getpgrp());
	log_end(rc, w->rstatus);
	rc->done(rc->arg, w->rstatus);
}

struct rc2 *
rc2_start(struct broker *b, char **argv, rc2_done_f done, void *arg)
{
	struct rc2 *rc;
	struct command c;
	pid_t self = getpid();

	choose(&c, argv);
	if (c.interactive && !isatty(STDIN_FILENO)) {
		log_write(b->log, LOG_SEV_CRIT, "broker",
		    "stdin is not a tty - can't run interactive shell");
		return NULL;
	}
	if (!(rc = calloc(1, sizeof(*rc))) || !(rc->cmdline = joined(argv))) {
		free(rc);
		return NULL;
	}
	rc->b = b;
	rc->done = done;
	rc->arg = arg;
	rc->t_start = ev_now(b->loop);
	rc->own_group =
	    getpgrp() != self || attrs_get(b->attrs, "broker.rc2_pgrp") != NULL;
	rc->has_terminal = rc->own_group && isatty(STDIN_FILENO) &&
			   tcgetpgrp(STDIN_FILENO) == getpgrp();
	if ((rc->pid = fork()) < 0) {
		log_err(b->log, "rc2.0: fork");
		free(rc->cmdline);
		free(rc);
		return NULL;
	}
	if (rc->pid == 0)
		run_child(rc, &c, self);
	if (rc->own_group)
		setpgid(rc->pid, rc->pid);
	ev_child_init(&rc->child, child_cb, rc->pid, 0);
	rc->child.data = rc;
	ev_child_start(b->loop, &rc->child);
	return rc;
}

void
rc2_signal(struct rc2 *rc, int signum)
{
	kill(rc->own_group ? -rc->pid : rc->pid, signum);
	kill(rc->own_group ? -rc->pid : rc->pid, SIGCONT);
}

void
rc2_destroy(struct rc2 *rc)
{
	if (!rc)
		return;
	ev_child_stop(rc->b->loop, &rc->child);
	if (rc->own_group)
		kill(-rc->pid, SIGHUP);
	free(rc->cmdline);
	free(rc);
}
