/* SPDX-License-Identifier: MIT */
/* From a command as rexec.exec has it to a process. */
#include <sys/prctl.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "subproc_spawn.h"

extern char **environ;

/* Variables that are of another process, or set by us. */
static const char *const dropped[] = {
	"FLUX_URI=", "FLUX_PROXY_REMOTE=", "NOTIFY_SOCKET=", "INVOCATION_ID="
};

char **
subproc_argv(const json_t *cmdline)
{
	size_t n = json_array_size(cmdline);
	char **argv = calloc(n + 1, sizeof(*argv));

	for (size_t i = 0; argv && i < n; i++) {
		argv[i] = (char *)json_string_value(json_array_get(cmdline, i));
		if (!argv[i]) {
			free(argv);
			errno = EPROTO;
			return NULL;
		}
	}
	return argv;
}

void
subproc_free_env(char **env)
{
	for (char **e = env; e && *e; e++)
		free(*e);
	free(env);
}

static int
is_dropped(const char *var)
{
	for (size_t i = 0; i < sizeof(dropped) / sizeof(*dropped); i++)
		if (strncmp(var, dropped[i], strlen(dropped[i])) == 0)
			return 1;
	return 0;
}

/* Takes var_new; e is where the next one comes. */
static char **
add_var(char **e, char *var_new)
{
	if (!var_new || is_dropped(var_new)) {
		free(var_new);
		return e;
	}
	*e = var_new;
	return e + 1;
}

static char *
variable(const char *name, const char *value)
{
	char *s;

	return asprintf(&s, "%s=%s", name, value) < 0 ? NULL : s;
}

char **
subproc_env(const json_t *o, const char *local_uri)
{
	size_t n = json_object_size(o);
	const char *name, *value;
	char **env, **e;
	json_t *v;

	if (n == 0)
		for (char **p = environ; *p; p++)
			n++;
	if (!(env = e = calloc(n + 2, sizeof(*env))))
		return NULL;
	if (json_object_size(o) == 0)
		for (char **p = environ; *p; p++)
			e = add_var(e, strdup(*p));
	json_object_foreach((json_t *)o, name, v)
		if ((value = json_string_value(v)))
			e = add_var(e, variable(name, value));
	*e = variable("FLUX_URI", local_uri);
	return env;
}

/* ---- the process ---- */

struct pipes {
	int in[2], out[2], err[2], failed[2]; /* failed: an errno of exec */
};

static void
close_pair(int fd[2])
{
	if (fd[0] >= 0)
		close(fd[0]);
	if (fd[1] >= 0)
		close(fd[1]);
}

static void
close_pipes(struct pipes *p)
{
	int e = errno;

	close_pair(p->in);
	close_pair(p->out);
	close_pair(p->err);
	close_pair(p->failed);
	errno = e;
}

static int
open_pipes(struct pipes *p, const struct subproc_spawn *s)
{
	memset(p, 0xff, sizeof(*p)); /* all -1 */
	if (pipe2(p->failed, O_CLOEXEC) < 0)
		return -1;
	if (s->background)
		p->in[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	else if (pipe2(p->in, O_CLOEXEC) < 0)
		p->in[0] = -1;
	if (p->in[0] >= 0 && pipe2(p->out, O_CLOEXEC) == 0 &&
	    pipe2(p->err, O_CLOEXEC) == 0)
		return 0;
	close_pipes(p);
	return -1;
}

static void
change_dir(const char *cwd)
{
	if (!cwd || chdir(cwd) == 0)
		return;
	dprintf(STDERR_FILENO,
	    "Could not change dir to %s: %s. Going to /tmp instead\n", cwd,
	    strerror(errno));
	if (chdir("/tmp") < 0)
		_exit(1);
}

static void
run_child(const struct subproc_spawn *s, const struct pipes *p, pid_t broker)
{
	sigset_t none;
	int e;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != broker)
		_exit(1);
	setpgid(0, 0);
	for (int i = 1; i < NSIG; i++)
		signal(i, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup2(p->in[0], STDIN_FILENO) < 0 ||
	    dup2(p->out[1], STDOUT_FILENO) < 0 ||
	    dup2(p->err[1], STDERR_FILENO) < 0)
		_exit(1);
	change_dir(s->cwd);
	environ = s->env;
	execvp(s->argv[0], s->argv);
	e = errno;
	if (write(p->failed[1], &e, sizeof(e)) < 0)
		_exit(1);
	_exit(127);
}

static int
take_end(int *fd)
{
	int own = *fd;

	*fd = -1;
	if (own >= 0)
		fcntl(own, F_SETFL, O_NONBLOCK);
	return own;
}

/* The pipe closes when the program runs. 0, or the errno of exec. */
static int
read_failure(int fd)
{
	int e = 0;
	ssize_t n;

	do
		n = read(fd, &e, sizeof(e));
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)sizeof(e) ? e : 0;
}

pid_t
subproc_start(struct subproc_spawn *s)
{
	pid_t pid, self = getpid();
	struct pipes p;
	int e;

	if (open_pipes(&p, s) < 0)
		return -1;
	if ((pid = fork()) == 0)
		run_child(s, &p, self);
	if (pid < 0) {
		close_pipes(&p);
		return -1;
	}
	setpgid(pid, pid);
	close(p.failed[1]);
	p.failed[1] = -1;
	if ((e = read_failure(p.failed[0]))) {
		waitpid(pid, NULL, 0);
		close_pipes(&p);
		errno = e;
		return -1;
	}
	s->in = take_end(&p.in[1]);
	s->out = take_end(&p.out[0]);
	s->err = take_end(&p.err[0]);
	close_pipes(&p);
	return pid;
}
