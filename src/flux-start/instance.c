/* SPDX-License-Identifier: MIT */
/*
 * A test instance: N brokers as children, which find each other through the
 * PMI server here. When we die, however, they get SIGTERM from the kernel and
 * end; rank 0 then removes the directory.
 */
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <ev.h>
#include <fts.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "idset.h"
#include "orphans.h"
#include "pmi.h"
#include "start.h"
#include "taskmap.h"

struct instance;

struct child {
	struct instance *in;
	int rank;
	pid_t pid;
	int fd; /* PMI; -1 once closed */
	ev_io io;
	ev_child watcher;
	bool running;
	int status;
	char buf[4096]; /* input that is not yet a line */
	size_t len;
};

struct instance {
	const struct start *st;
	struct ev_loop *loop;
	struct child *children;
	int nrunning;
	struct pmi_server *pmi;
	char rundir[PATH_MAX];
	bool remove_rundir;
	ev_timer exit_timer;
	int signum; /* that we got; 0 = none */
	ev_signal signals[8];
	bool has_tty;
	struct termios tty;
};

/* ---- PMI ---- */

static void
pmi_respond(void *arg, int i, const char *line)
{
	struct instance *in = arg;
	struct child *c = &in->children[i];

	if (in->st->verbose > 1)
		fprintf(stderr, "%d: S: %s", i, line);
	if (c->fd < 0)
		return;
	/* a broker asks one thing at a time, so its socket has room */
	if (send(c->fd, line, strlen(line), MSG_NOSIGNAL) < 0)
		warn("PMI answer to rank %d", i);
}

static void
pmi_barrier(void *arg, const char *puts)
{
	struct instance *in = arg;

	pmi_server_barrier_out(in->pmi, puts);
}

static void
kill_all(struct instance *in, int signum)
{
	for (int i = 0; i < in->st->size; i++)
		if (in->children[i].running)
			kill(in->children[i].pid, signum);
}

static void
pmi_abort(void *arg, int i, int exitcode, const char *text)
{
	struct instance *in = arg;

	(void)exitcode;
	warnx("rank %d: PMI: %s", i, text ? text : "protocol error");
	kill_all(in, SIGTERM);
}

static const struct pmi_server_ops pmi_ops = {
	.respond = pmi_respond,
	.barrier = pmi_barrier,
	.abort = pmi_abort,
};

static void
pmi_close(struct child *c)
{
	if (c->fd < 0)
		return;
	ev_io_stop(c->in->loop, &c->io);
	close(c->fd);
	c->fd = -1;
}

static void
pmi_line(struct child *c, const char *line)
{
	if (c->in->st->verbose > 1)
		fprintf(stderr, "%d: C: %s\n", c->rank, line);
	if (pmi_server_line(c->in->pmi, c->rank, line) != 0)
		pmi_close(c);
}

static void
pmi_cb(struct ev_loop *loop, ev_io *w, int revents)
{
	struct child *c = w->data;
	ssize_t n =
	    recv(c->fd, c->buf + c->len, sizeof(c->buf) - c->len, MSG_DONTWAIT);
	char *nl;

	(void)loop;
	(void)revents;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		pmi_close(c);
		return;
	}
	c->len += n;
	while ((nl = memchr(c->buf, '\n', c->len))) {
		size_t used = nl + 1 - c->buf;
		*nl = '\0';
		pmi_line(c, c->buf);
		memmove(c->buf, c->buf + used, c->len - used);
		c->len -= used;
	}
	if (c->len == sizeof(c->buf))
		pmi_abort(c->in, c->rank, 1, "line is too long");
}

/* single: all brokers on one node; per-broker: each on its own. */
static void
preset_mapping(struct instance *in)
{
	const char *clique = in->st->clique;
	struct taskmap *map;
	struct errmsg em;
	char buf[128], *text;

	if (strcmp(clique, "none") == 0)
		return;
	if (strcmp(clique, "single") == 0)
		snprintf(buf, sizeof(buf), "[[0,1,%d,1]]", in->st->size);
	else if (strcmp(clique, "per-broker") == 0)
		snprintf(buf, sizeof(buf), "[[0,%d,1,1]]", in->st->size);
	else
		strlcpy(buf, clique, sizeof(buf));
	if (!(map = taskmap_decode(buf, &em)))
		errx(1, "test-pmi-clique: %s", em.text);
	if ((text = taskmap_encode_pmi(map)))
		pmi_server_preset(in->pmi, "PMI_process_mapping", text);
	free(text);
	taskmap_destroy(map);
}

/* ---- children ---- */

static void
run_child(struct instance *in, int rank, int fd, pid_t parent)
{
	struct words w = start_command(in->st, in->rundir, rank);
	char buf[32];

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(1);
	snprintf(buf, sizeof(buf), "%d", fd);
	setenv("PMI_FD", buf, 1);
	snprintf(buf, sizeof(buf), "%d", rank);
	setenv("PMI_RANK", buf, 1);
	snprintf(buf, sizeof(buf), "%d", in->st->size);
	setenv("PMI_SIZE", buf, 1);
	/* should we be killed, rank 0 cleans up behind us */
	snprintf(buf, sizeof(buf), "%d", (int)parent);
	if (in->remove_rundir)
		setenv("FLUX_START_PID", buf, 1);
	signal(SIGTTOU, SIG_DFL);
	execvp(w.argv[0], w.argv);
	warn("%s", w.argv[0]);
	_exit(127);
}

static int
exit_code(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status)
				   : WEXITSTATUS(status);
}

static void
report_end(const struct child *c)
{
	if (WIFSIGNALED(c->status))
		warnx("%d (pid %d) %s", c->rank, (int)c->pid,
		    strsignal(WTERMSIG(c->status)));
	else if (WEXITSTATUS(c->status) != 0)
		warnx("%d (pid %d) exited with rc=%d", c->rank, (int)c->pid,
		    WEXITSTATUS(c->status));
}

static void
child_cb(struct ev_loop *loop, ev_child *w, int revents)
{
	struct child *c = w->data;
	struct instance *in = c->in;

	(void)revents;
	ev_child_stop(loop, w);
	c->status = w->rstatus;
	c->running = false;
	in->nrunning--;
	pmi_close(c);
	report_end(c);
	if (in->nrunning == 0) {
		ev_break(loop, EVBREAK_ALL);
	} else if (!ev_is_active(&in->exit_timer) &&
		   (c->rank == 0 || !in->st->leader_only)) {
		ev_timer_set(&in->exit_timer, in->st->exit_timeout, 0.);
		ev_timer_start(loop, &in->exit_timer);
	}
}

static void
timeout_cb(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct instance *in = w->data;

	struct idset *ranks = idset_create();
	char *text = NULL;

	(void)loop;
	(void)revents;
	for (int i = 0; ranks && i < in->st->size; i++)
		if (in->children[i].running)
			idset_set(ranks, i);
	if (ranks && (text = idset_encode(ranks, 0)))
		warnx("Exit timeout: killed rank %s", text);
	free(text);
	idset_destroy(ranks);
	kill_all(in, SIGKILL);
}

static void
start_child(struct instance *in, int rank)
{
	struct child *c = &in->children[rank];
	pid_t self = getpid();
	int sv[2];

	c->in = in;
	c->rank = rank;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv) < 0)
		err(1, "socketpair");
	if ((c->pid = fork()) < 0) {
		warn("fork");
		kill_all(in, SIGKILL);
		exit(1);
	}
	if (c->pid == 0) {
		int fd = dup(sv[1]); /* without close-on-exec */
		run_child(in, rank, fd, self);
	}
	close(sv[1]);
	c->fd = sv[0];
	c->running = true;
	in->nrunning++;
	ev_io_init(&c->io, pmi_cb, c->fd, EV_READ);
	ev_child_init(&c->watcher, child_cb, c->pid, 0);
	c->io.data = c->watcher.data = c;
	ev_io_start(in->loop, &c->io);
	ev_child_start(in->loop, &c->watcher);
}

/* ---- signals ---- */

/* The terminal sends its signals to the brokers itself, as they share our
 * process group; those sent to us alone go to rank 0, which ends the rest. */
static void
signal_cb(struct ev_loop *loop, ev_signal *w, int revents)
{
	struct instance *in = w->data;
	struct child *leader = &in->children[0];

	(void)loop;
	(void)revents;
	in->signum = w->signum;
	if (leader->running)
		kill(leader->pid, w->signum);
	else
		kill_all(in, SIGTERM);
}

static void
watch_signals(struct instance *in)
{
	static const int signums[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };

	for (size_t i = 0; i < sizeof(signums) / sizeof(*signums); i++) {
		ev_signal_init(&in->signals[i], signal_cb, signums[i]);
		in->signals[i].data = in;
		ev_signal_start(in->loop, &in->signals[i]);
	}
	signal(SIGTTOU, SIG_IGN);
}

/* ---- rundir ---- */

/* -S rundir=DIR, which is made if it is not there, as a broker does. */
static bool
rundir_of_attribute(struct instance *in)
{
	static const char option[] = "-Srundir=";
	const struct words *w = &in->st->broker;
	const char *dir = NULL;

	for (int i = 0; i < w->argc; i++)
		if (strncmp(w->argv[i], option, sizeof(option) - 1) == 0)
			dir = w->argv[i] + sizeof(option) - 1;
	if (!dir || !*dir)
		return false;
	strlcpy(in->rundir, dir, sizeof(in->rundir));
	in->remove_rundir = mkdir(dir, 0700) == 0;
	if (!in->remove_rundir && errno != EEXIST)
		err(1, "%s", dir);
	return true;
}

static void
make_rundir(struct instance *in)
{
	const char *tmp = getenv("TMPDIR");
	struct stat st;

	if (in->st->rundir) {
		strlcpy(in->rundir, in->st->rundir, sizeof(in->rundir));
		if (stat(in->rundir, &st) < 0)
			err(1, "%s", in->rundir);
		if (!S_ISDIR(st.st_mode))
			errx(1, "%s: not a directory", in->rundir);
		in->remove_rundir = in->st->cleanup;
		return;
	}
	if (rundir_of_attribute(in))
		return;
	snprintf(in->rundir, sizeof(in->rundir), "%s/flux-XXXXXX",
	    tmp && *tmp ? tmp : "/tmp");
	if (!mkdtemp(in->rundir))
		err(1, "%s", in->rundir);
	in->remove_rundir = true;
}

static void
remove_rundir(struct instance *in)
{
	char *const paths[] = { in->rundir, NULL };
	FTS *fts;
	FTSENT *e;

	if (!in->remove_rundir)
		return;
	if (!(fts = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL)))
		return;
	while ((e = fts_read(fts)))
		if (e->fts_info == FTS_DP)
			rmdir(e->fts_accpath);
		else if (e->fts_info != FTS_D)
			unlink(e->fts_accpath);
	fts_close(fts);
}

/* ---- all of it ---- */

static void
print_commands(struct instance *in)
{
	for (int i = 0; i < in->st->size; i++) {
		struct words w = start_command(in->st, in->rundir, i);
		start_print_command(&w, i);
		start_free_words(&w);
	}
}

static int
result(const struct instance *in)
{
	int code = exit_code(in->children[0].status);

	if (in->signum)
		return 128 + in->signum;
	for (int i = 1; i < in->st->size && !in->st->leader_only; i++)
		if (exit_code(in->children[i].status) > code)
			code = exit_code(in->children[i].status);
	return code;
}

static void
run(struct instance *in)
{
	char kvsname[] = "-";

	in->children = calloc(in->st->size, sizeof(*in->children));
	in->pmi = pmi_server_create(
	    in->st->size, in->st->size, kvsname, &pmi_ops, in);
	if (!in->children || !in->pmi)
		err(1, NULL);
	preset_mapping(in);
	in->has_tty = tcgetattr(STDIN_FILENO, &in->tty) == 0;
	watch_signals(in);
	ev_timer_init(&in->exit_timer, timeout_cb, 0., 0.);
	in->exit_timer.data = in;
	for (int i = 0; i < in->st->size; i++)
		start_child(in, i);
	ev_run(in->loop, 0);
	if (in->has_tty)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &in->tty);
}

int
start_test_instance(const struct start *st)
{
	struct instance in = { .st = st, .loop = ev_default_loop(0) };
	int code;

	make_rundir(&in);
	if (st->verbose)
		print_commands(&in);
	if (st->noexec) {
		remove_rundir(&in);
		return 0;
	}
	orphans_adopt();
	/* the brokers shall not take us for a manager around them */
	unsetenv("PMI_RANK");
	unsetenv("PMI_SIZE");
	run(&in);
	code = result(&in);
	orphans_end();
	remove_rundir(&in);
	pmi_server_destroy(in.pmi);
	free(in.children);
	return code;
}
