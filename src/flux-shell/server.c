/* SPDX-License-Identifier: MIT */
/*
 * One thread around poll(2), and little memory, since each fork copies its
 * page tables. Children are shells, or orphans: tasks of a shell that was
 * killed (they got SIGKILL by then) and what daemons the jobs have left.
 */
#include <sys/prctl.h>
#include <sys/queue.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "jsonread.h"
#include "server.h"
#include "shell.h"
#include "shellserver.h"
#include "topo.h"

enum {
	GRACE_MS = 5000, /* for shells to leave when the broker is gone */
	KILL_MS = 1000,  /* for killed ones */
};

struct child {
	TAILQ_ENTRY(child) next;
	uint64_t id;
	pid_t pid;
};

struct server {
	int fd;
	int signals;
	struct inherited inherited;
	TAILQ_HEAD(, child) children;
	bool closing; /* the broker is gone */
};

/* ---- to the broker ---- */

static void
tell(struct server *s, const char *text)
{
	if (!s->closing && send(s->fd, text, strlen(text), MSG_NOSIGNAL) < 0)
		warn("server: send");
}

static void
tell_started(struct server *s, const struct child *c)
{
	char buf[SHELLSERVER_PACKET];

	snprintf(buf, sizeof(buf), "{\"id\":%lld,\"pid\":%d}", (long long)c->id,
	    (int)c->pid);
	tell(s, buf);
}

static void
tell_exited(struct server *s, const struct child *c, int status)
{
	char buf[SHELLSERVER_PACKET];

	snprintf(buf, sizeof(buf), "{\"id\":%lld,\"pid\":%d,\"status\":%d}",
	    (long long)c->id, (int)c->pid, status);
	tell(s, buf);
}

static void
tell_failed(struct server *s, uint64_t id, int errnum)
{
	char buf[SHELLSERVER_PACKET];

	snprintf(buf, sizeof(buf), "{\"id\":%lld,\"errnum\":%d}", (long long)id,
	    errnum);
	tell(s, buf);
}

/* ---- children ---- */

/* In the new process. Descriptor 3 stays occupied: tasks get their PMI socket
 * there, and what is occupied is no source for a dup2. */
static void
become_shell(struct server *s, int fd, uint64_t id)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setpgid(0, 0);
	dup3(STDIN_FILENO, s->fd, O_CLOEXEC);
	close(s->signals);
	setproctitle("-flux-shell %llu", (unsigned long long)id);
	_exit(shell_run(fd, &s->inherited));
}

static void
start_shell(struct server *s, uint64_t id, int fd)
{
	struct child *c = calloc(1, sizeof(*c));
	pid_t pid = c ? fork() : -1;

	if (pid == 0)
		become_shell(s, fd, id);
	if (pid < 0) {
		tell_failed(s, id, errno);
		free(c);
		return;
	}
	c->id = id;
	c->pid = pid;
	TAILQ_INSERT_TAIL(&s->children, c, next);
	tell_started(s, c);
}

static struct child *
find(struct server *s, pid_t pid)
{
	struct child *c;

	TAILQ_FOREACH(c, &s->children, next)
		if (c->pid == pid)
			return c;
	return NULL;
}

/* The children of this process that are no shells, as the kernel lists them.
 * Those of another session are daemons: not ours to judge. */
static void
kill_orphans(struct server *s)
{
	FILE *f = fopen("/proc/thread-self/children", "re");
	pid_t session = getsid(0);
	int pid;

	while (f && fscanf(f, "%d", &pid) == 1) {
		if (find(s, pid) || getsid(pid) != session)
			continue;
		kill(-pid, SIGKILL);
		kill(pid, SIGKILL);
	}
	if (f)
		fclose(f);
}

static void
shell_ended(struct server *s, struct child *c, int status)
{
	tell_exited(s, c, status);
	TAILQ_REMOVE(&s->children, c, next);
	free(c);
	if (WIFSIGNALED(status))
		kill_orphans(s);
}

/* An orphan has ended. While it is a zombie its process group id is not given
 * to anybody else: what is left of the group is ended now. */
static void
orphan_ended(pid_t pid)
{
	if (getsid(pid) == getsid(0))
		kill(-pid, SIGKILL);
}

static void
reap(struct server *s)
{
	siginfo_t info;
	struct child *c;
	int status;

	for (;;) {
		info.si_pid = 0;
		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 ||
		    info.si_pid == 0)
			return;
		if (!(c = find(s, info.si_pid)))
			orphan_ended(info.si_pid);
		if (waitpid(info.si_pid, &status, 0) < 0)
			return;
		if (c)
			shell_ended(s, c, status);
	}
}

/* ---- from the broker ---- */

static void
take_kill(struct server *s, json_t *o)
{
	int pid, signum;

	if (json_unpack(o, "{s:i s:i}", "kill", &pid, "signum", &signum) < 0 ||
	    !find(s, pid))
		return;
	kill(pid, signum);
}

static void
take_environment(struct server *s, json_t *o, int fd)
{
	json_int_t i = json_integer_value(json_object_get(o, "environment"));
	FILE *f = fdopen(dup(fd), "r");
	json_t *env = f ? json_loadf(f, 0, NULL) : NULL;

	if (f)
		fclose(f);
	if (!json_is_object(env) || i < 0 || i >= SHELLSERVER_ENVIRONMENTS) {
		warnx("server: malformed environment");
		json_decref(env);
		return;
	}
	json_decref(s->inherited.environments[i]);
	s->inherited.environments[i] = env;
}

static void
take_packet(struct server *s, const char *buf, size_t len, int fd)
{
	json_t *o = json_read(buf, len, 0);
	json_int_t id;

	if (o && json_object_get(o, "kill")) {
		take_kill(s, o);
	} else if (o && fd >= 0 && json_object_get(o, "environment")) {
		take_environment(s, o, fd);
	} else if (o && fd >= 0 && json_unpack(o, "{s:I}", "id", &id) == 0) {
		json_decref(o); /* the shell need not inherit it */
		o = NULL;
		start_shell(s, (uint64_t)id, fd);
	} else {
		warnx("server: unknown packet");
	}
	json_decref(o);
	if (fd >= 0)
		close(fd);
}

static int
passed_fd(struct msghdr *msg)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(msg);
	int fd = -1;

	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
	    c->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	return fd;
}

/* False: there is none at the moment, or none will come any more. */
static bool
receive(struct server *s)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
	char buf[SHELLSERVER_PACKET];
	struct iovec iov = { .iov_base = buf, .iov_len = sizeof(buf) };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	ssize_t n = recvmsg(s->fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n <= 0) {
		s->closing = true;
		return false;
	}
	take_packet(s, buf, n, passed_fd(&msg));
	return true;
}

/* ---- loop ---- */

static void
on_signals(struct server *s)
{
	struct signalfd_siginfo info[16];

	while (read(s->signals, info, sizeof(info)) > 0)
		;
	reap(s);
}

static void
loop(struct server *s)
{
	struct pollfd fds[2] = {
		{ .fd = s->fd, .events = POLLIN },
		{ .fd = s->signals, .events = POLLIN },
	};

	while (!s->closing) {
		if (poll(fds, 2, -1) < 0)
			continue;
		if (fds[1].revents)
			on_signals(s);
		if (fds[0].revents)
			while (receive(s))
				;
	}
}

static long
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Until all shells have ended, or time is up. */
static void
wait_for_shells(struct server *s, int ms)
{
	struct pollfd pfd = { .fd = s->signals, .events = POLLIN };
	long deadline = now_ms() + ms;

	reap(s);
	while (!TAILQ_EMPTY(&s->children) && now_ms() < deadline)
		if (poll(&pfd, 1, (int)(deadline - now_ms())) > 0)
			on_signals(s);
}

/* The shells find out by themselves that the broker is gone. */
static void
end_all(struct server *s)
{
	struct child *c;

	wait_for_shells(s, GRACE_MS);
	TAILQ_FOREACH(c, &s->children, next)
		kill(c->pid, SIGKILL);
	wait_for_shells(s, KILL_MS);
	kill_orphans(s);
	reap(s);
}

/* ---- set-up ---- */

static void
occupy_low_fds(void)
{
	int fd = open("/dev/null", O_RDWR);

	if (fd < 0)
		err(1, "/dev/null");
	while (fd <= STDERR_FILENO) /* not even a stderr was given to us */
		if ((fd = dup(fd)) < 0)
			err(1, "dup");
	dup2(fd, STDIN_FILENO);
	close(fd);
}

static int
block_signals(void)
{
	static const struct sigaction dfl = { .sa_handler = SIG_DFL };
	sigset_t set;

	/* What was ignored would be ignored in tasks too */
	for (int i = 1; i < NSIG; i++)
		sigaction(i, &dfl, NULL);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGALRM);
	sigaddset(&set, SIGPIPE);
	sigprocmask(SIG_SETMASK, &set, NULL);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

int
server_run(int fd)
{
	struct server s = { .fd = fd };

	TAILQ_INIT(&s.children);
	occupy_low_fds();
	closefrom(fd + 1);
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	setpgid(0, 0); /* ctrl-C on the terminal is for the broker */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	if ((s.signals = block_signals()) < 0 ||
	    !(s.inherited.topo = topo_create()))
		err(1, "server");
	loop(&s);
	end_all(&s);
	for (int i = 0; i < SHELLSERVER_ENVIRONMENTS; i++)
		json_decref(s.inherited.environments[i]);
	return 0;
}
