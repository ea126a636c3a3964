/* SPDX-License-Identifier: MIT */
/*
 * Starting tasks: pipes, PMI socket or terminal, and the command with its
 * templates rendered.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "affinity.h"
#include "input.h"
#include "launch.h"
#include "output.h"
#include "pmi_service.h"
#include "pty.h"
#include "shell.h"
#include "tags.h"
#include "task.h"
#include "topo.h"

/* ---- limits ---- */

enum {
	FDS_PER_TASK = 6, /* pipes, PMI, files */
	FDS_SPARE = 64,
};

static const struct {
	const char *name;
	int resource;
} resources[] = {
	{ "cpu", RLIMIT_CPU },
	{ "fsize", RLIMIT_FSIZE },
	{ "data", RLIMIT_DATA },
	{ "stack", RLIMIT_STACK },
	{ "core", RLIMIT_CORE },
	{ "nofile", RLIMIT_NOFILE },
	{ "ofile", RLIMIT_NOFILE },
	{ "as", RLIMIT_AS },
	{ "rss", RLIMIT_RSS },
	{ "nproc", RLIMIT_NPROC },
	{ "memlock", RLIMIT_MEMLOCK },
	{ "msgqueue", RLIMIT_MSGQUEUE },
	{ "nice", RLIMIT_NICE },
	{ "rtprio", RLIMIT_RTPRIO },
	{ "rttime", RLIMIT_RTTIME },
	{ "sigpending", RLIMIT_SIGPENDING },
};

static int
find_resource(const char *name)
{
	for (size_t i = 0; i < sizeof(resources) / sizeof(*resources); i++)
		if (strcmp(resources[i].name, name) == 0)
			return resources[i].resource;
	return -1;
}

/* Limit that a task gets; none if it is what the shell has itself. */
static void
set_limit(struct launch *l, int resource, const struct rlimit *now, rlim_t soft)
{
	struct limit *limit = &l->limits[l->nlimits];

	if (now->rlim_cur == soft)
		return;
	limit->resource = resource;
	limit->value = *now;
	limit->value.rlim_cur = soft;
	l->nlimits++;
}

/* Soft limits only. -1 = unlimited. */
static int
add_limit(struct shell *sh, const char *name, json_t *value)
{
	struct launch *l = sh->launch;
	int resource = find_resource(name);
	struct rlimit now;
	char *text;
	rlim_t soft;

	if (resource < 0 || !json_is_integer(value) ||
	    getrlimit(resource, &now) < 0) {
		text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
		shell_fatal(sh, 1, "rlimit",
		    "invalid shell option rlimit.%s=%s", name,
		    text ? text : "");
		free(text);
		return -1;
	}
	soft = json_integer_value(value) < 0
		   ? RLIM_INFINITY
		   : (rlim_t)json_integer_value(value);
	if (now.rlim_max != RLIM_INFINITY && soft > now.rlim_max) {
		shell_log(sh, SHELL_WARN, "rlimit",
		    "%s exceeds current max, raising value to hard limit",
		    name);
		soft = now.rlim_max;
	}
	set_limit(l, resource, &now, soft);
	return 0;
}

static bool
has_limit(const struct launch *l, int resource)
{
	for (size_t i = 0; i < l->nlimits; i++)
		if (l->limits[i].resource == resource)
			return true;
	return false;
}

/* Many tasks need many descriptors in the shell; the tasks do not inherit
 * what it has got for itself. */
static void
raise_nofile(struct shell *sh)
{
	rlim_t need = (rlim_t)sh->info.nlocal * FDS_PER_TASK + FDS_SPARE, soft;
	struct rlimit now;

	if (getrlimit(RLIMIT_NOFILE, &now) < 0 || now.rlim_cur >= need)
		return;
	soft = now.rlim_cur;
	now.rlim_cur = need < now.rlim_max ? need : now.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &now) == 0 &&
	    !has_limit(sh->launch, RLIMIT_NOFILE))
		set_limit(sh->launch, RLIMIT_NOFILE, &now, soft);
}

static int
read_limits(struct shell *sh)
{
	json_t *option = info_option(&sh->info, "rlimit"), *value;
	const char *name;

	json_object_foreach(option, name, value)
		if (add_limit(sh, name, value) < 0)
			return -1;
	raise_nofile(sh);
	return 0;
}

int
launch_init(struct shell *sh, struct topo *topo)
{
	struct launch *l = sh->launch = calloc(1, sizeof(*l));
	int rc;

	if (!l || env_init(&l->env, sh) < 0)
		return shell_fatal(sh, 1, NULL, "%s", strerror(ENOMEM));
	l->own_group = !info_option_is_on(&sh->info, "nosetpgrp");
	l->stop_in_exec = info_option_is_on(&sh->info, "stop-tasks-in-exec");
	if (read_limits(sh) < 0)
		return -1;
	if (info_option_is_on(&sh->info, "hwloc.xmlfile") &&
	    topo_write_xml(sh) < 0)
		return -1;
	l->affinity = affinity_create(sh, topo, &rc);
	return rc;
}

void
launch_fini(struct shell *sh)
{
	if (!sh->launch)
		return;
	env_fini(&sh->launch->env);
	affinity_destroy(sh->launch->affinity);
	free(sh->launch);
	sh->launch = NULL;
}

/* ---- one task ---- */

/* Ends of pipes: ours are non-blocking and go to output and input. */
struct pipes {
	int child[3];
	int ours[3];
};

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void
close_pipes(struct pipes *p)
{
	for (int i = 0; i < 3; i++) {
		close_fd(&p->child[i]);
		close_fd(&p->ours[i]);
	}
}

/* Stream i: 0 is read by the task, 1 and 2 by us. */
static int
make_pipe(struct pipes *p, int i)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -1;
	p->child[i] = fds[i == 0 ? 0 : 1];
	p->ours[i] = fds[i == 0 ? 1 : 0];
	return fcntl(p->ours[i], F_SETFL, O_NONBLOCK);
}

static int
make_pipes(struct task *t, struct pipes *p)
{
	bool from_file;

	p->child[0] = input_open_file(t, &from_file);
	if (from_file && p->child[0] < 0)
		return -1; /* it said so */
	for (int i = from_file ? 1 : 0; i < 3; i++)
		if (make_pipe(p, i) < 0)
			return shell_fatal(t->sh, 1, NULL, "task %d: pipe: %s",
			    t->rank, strerror(errno));
	return 0;
}

static void
attach_pipes(struct task *t, struct pipes *p)
{
	t->nopen = NSTREAMS;
	if (p->ours[0] >= 0)
		input_attach(t, p->ours[0]);
	output_attach(t, STDOUT, p->ours[1]);
	output_attach(t, STDERR, p->ours[2]);
	p->ours[0] = p->ours[1] = p->ours[2] = -1;
}

static void
free_argv(char **argv)
{
	for (int i = 0; argv && argv[i]; i++)
		free(argv[i]);
	free(argv);
}

static char **
make_argv(struct task *t)
{
	json_t *command = t->sh->info.spec->command, *word;
	char **argv = calloc(json_array_size(command) + 1, sizeof(char *));
	size_t i;

	json_array_foreach(command, i, word) {
		if (!argv)
			break;
		argv[i] =
		    tags_render(t->sh, t, TAGS_TASK, json_string_value(word));
		if (!argv[i]) {
			free_argv(argv);
			argv = NULL;
		}
	}
	return argv;
}

static int
start_error(struct task *t, const char *command, int errnum)
{
	int code = errnum == ENOENT                      ? 127
		   : errnum == EACCES || errnum == EPERM ? 126
							 : 1;

	return shell_fatal(t->sh, code, NULL,
	    "task %d (host %s): start failed: %s: %s", t->rank,
	    t->sh->info.host, command, strerror(errnum));
}

static int
run(struct task *t, struct spawn *s)
{
	int rc = 0;

	s->argv = make_argv(t);
	s->envp = env_task(&t->sh->launch->env, t);
	if (!s->argv || !s->envp) {
		rc = start_error(t, t->sh->info.name, ENOMEM);
	} else {
		t->pid = spawn(s);
		if (t->pid < 0) {
			t->pid = 0;
			rc = start_error(t, s->argv[0], errno);
		}
	}
	free_argv(s->argv);
	return rc;
}

static int
launch_with_pipes(struct task *t, struct spawn *s)
{
	struct pipes p = { .child = { -1, -1, -1 }, .ours = { -1, -1, -1 } };
	int rc = make_pipes(t, &p);

	if (rc == 0) {
		memcpy(s->fds, p.child, sizeof(s->fds));
		rc = run(t, s);
	}
	if (rc == 0)
		attach_pipes(t, &p);
	close_pipes(&p);
	return rc;
}

static int
launch_with_tty(struct task *t, struct spawn *s)
{
	int fd = pty_open_task(t), rc;

	if (fd < 0)
		return -1; /* it said so */
	s->fds[0] = s->fds[1] = s->fds[2] = fd;
	s->has_tty = true;
	rc = run(t, s);
	close(fd);
	if (rc == 0) {
		t->nopen = NSTREAMS;
		pty_attach_task(t);
	}
	return rc;
}

int
launch_task(struct task *t)
{
	const struct launch *l = t->sh->launch;
	struct spawn s = {
		.path = env_get(&l->env, "PATH"),
		.extra_from = -1,
		.own_group = l->own_group,
		.stop_in_exec = l->stop_in_exec,
		.cpus = affinity_task(l->affinity, t->index),
		.limits = l->limits,
		.nlimits = l->nlimits,
	};
	int rc;

	if (t->sh->pmi) {
		s.extra_from = pmi_open_task(t);
		s.extra_to = PMI_TASK_FD;
		if (s.extra_from < 0)
			return -1; /* it said so */
	}
	rc = pty_wants(t) ? launch_with_tty(t, &s) : launch_with_pipes(t, &s);
	if (s.extra_from >= 0)
		close(s.extra_from);
	return rc;
}
