/* SPDX-License-Identifier: MIT */
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <ev.h>
#include <jansson.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>

#include "../broker.h"
#include "../log.h"
#include "../sibling.h"
#include "forkserver.h"
#include "jsonread.h"
#include "shellserver.h"

enum {
	END_TRIES = 700, /* of 10 ms: it gives its shells 6 s to end */
};

struct packet {
	STAILQ_ENTRY(packet) next;
	char text[64];
	int fd; /* goes with it; -1 = none */
};

struct forkserver {
	struct broker *b;
	const struct forkserver_ops *ops;
	void *arg;
	pid_t pid; /* 0 = none runs */
	int fd;    /* -1 = none runs */
	ev_io in, out;
	ev_child child;
	STAILQ_HEAD(, packet) queue; /* for a full socket */
	json_t
	    *environments[SHELLSERVER_ENVIRONMENTS]; /* that the server has */
	int next_environment;
};

/* ---- spawning ---- */

static void
set_attributes(posix_spawnattr_t *attr)
{
	sigset_t set;

	sigemptyset(&set);
	posix_spawnattr_setsigmask(attr, &set);
	sigaddset(&set, SIGPIPE);
	sigaddset(&set, SIGTTOU);
	posix_spawnattr_setsigdefault(attr, &set);
	posix_spawnattr_setflags(
	    attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

/* Returns an errno, as posix_spawn does. */
static int
spawn_with(const char *path, int fd, pid_t *pid)
{
	char *argv[] = { "flux-shell", "--server", NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	int rc;

	if ((rc = posix_spawn_file_actions_init(&actions)))
		return rc;
	if ((rc = posix_spawnattr_init(&attr))) {
		posix_spawn_file_actions_destroy(&actions);
		return rc;
	}
	set_attributes(&attr);
	rc = posix_spawn_file_actions_adddup2(&actions, fd, SHELLSERVER_FD);
	if (!rc)
		rc = posix_spawn(pid, path, &actions, &attr, argv, environ);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&actions);
	return rc;
}

/* ---- from the server ---- */

static void
take_packet(struct forkserver *fs, const char *buf, size_t len)
{
	json_t *o = json_read(buf, len, 0);
	json_int_t id;
	int pid = 0, status = 0, errnum = 0;

	if (json_unpack(o, "{s:I s?i s?i s?i}", "id", &id, "pid", &pid,
		"status", &status, "errnum", &errnum) < 0)
		log_error(fs->b->log, "flux-shell --server: unknown packet");
	else if (errnum)
		fs->ops->failed(fs->arg, (uint64_t)id, errnum);
	else if (json_object_get(o, "status"))
		fs->ops->exited(fs->arg, (uint64_t)id, status);
	else
		fs->ops->forked(fs->arg, (uint64_t)id, pid);
	json_decref(o);
}

static void
clear_queue(struct forkserver *fs)
{
	struct packet *p;

	while ((p = STAILQ_FIRST(&fs->queue))) {
		STAILQ_REMOVE_HEAD(&fs->queue, next);
		if (p->fd >= 0)
			close(p->fd);
		free(p);
	}
}

static void
disconnect(struct forkserver *fs)
{
	if (fs->fd < 0)
		return;
	ev_io_stop(fs->b->loop, &fs->in);
	ev_io_stop(fs->b->loop, &fs->out);
	close(fs->fd);
	fs->fd = -1;
	clear_queue(fs);
	for (int i = 0; i < SHELLSERVER_ENVIRONMENTS; i++) {
		json_decref(fs->environments[i]);
		fs->environments[i] = NULL;
	}
}

static void
in_cb(struct ev_loop *loop, ev_io *w, int revents)
{
	struct forkserver *fs = w->data;
	char buf[SHELLSERVER_PACKET];
	ssize_t n;

	(void)loop;
	(void)revents;
	while (fs->fd >= 0) {
		n = recv(fs->fd, buf, sizeof(buf), MSG_DONTWAIT);
		if (n > 0) {
			take_packet(fs, buf, (size_t)n);
			continue;
		}
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		log_error(fs->b->log, "flux-shell --server has died");
		disconnect(fs);
		fs->ops->died(fs->arg);
	}
}

static void
child_cb(struct ev_loop *loop, ev_child *w, int revents)
{
	struct forkserver *fs = w->data;

	(void)revents;
	ev_child_stop(loop, w);
	fs->pid = 0;
}

/* ---- to the server ---- */

static int
send_packet(struct forkserver *fs, const struct packet *p)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec iov = { (char *)p->text, strlen(p->text) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;

	if (p->fd >= 0) {
		msg.msg_control = control;
		msg.msg_controllen = sizeof(control);
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &p->fd, sizeof(int));
	}
	return sendmsg(fs->fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -1 : 0;
}

/* Send what waits, as far as it goes; a dead server is found by in_cb. */
static void
flush(struct forkserver *fs)
{
	struct packet *p;

	while ((p = STAILQ_FIRST(&fs->queue))) {
		if (send_packet(fs, p) < 0) {
			if (errno == EAGAIN || errno == EINTR ||
			    errno == ENOBUFS || errno == ETOOMANYREFS)
				ev_io_start(fs->b->loop, &fs->out);
			return;
		}
		STAILQ_REMOVE_HEAD(&fs->queue, next);
		if (p->fd >= 0)
			close(p->fd);
		free(p);
	}
	ev_io_stop(fs->b->loop, &fs->out);
}

static void
out_cb(struct ev_loop *loop, ev_io *w, int revents)
{
	(void)loop;
	(void)revents;
	flush(w->data);
}

/* Takes fd. */
static int
enqueue(struct forkserver *fs, const char *text, int fd)
{
	struct packet *p = calloc(1, sizeof(*p));

	if (!p) {
		if (fd >= 0)
			close(fd);
		errno = ENOMEM;
		return -1;
	}
	strlcpy(p->text, text, sizeof(p->text));
	p->fd = fd;
	STAILQ_INSERT_TAIL(&fs->queue, p, next);
	if (!ev_is_active(&fs->out))
		flush(fs);
	return 0;
}

static int
start(struct forkserver *fs)
{
	char path[PATH_MAX];
	int fds[2], rc;
	pid_t pid;

	if (sibling_path(path, sizeof(path), "flux-shell") < 0 ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
		return -1;
	rc = spawn_with(path, fds[1], &pid);
	close(fds[1]);
	if (rc) {
		close(fds[0]);
		errno = rc;
		return -1;
	}
	/* of a former one that has not been waited for yet */
	ev_child_stop(fs->b->loop, &fs->child);
	fs->pid = pid;
	fs->fd = fds[0];
	ev_io_set(&fs->in, fs->fd, EV_READ);
	ev_io_set(&fs->out, fs->fd, EV_WRITE);
	ev_child_set(&fs->child, pid, 0);
	ev_io_start(fs->b->loop, &fs->in);
	ev_child_start(fs->b->loop, &fs->child);
	return 0;
}

int
forkserver_launch(struct forkserver *fs, uint64_t id, int fd)
{
	char text[64];

	if (fs->fd < 0 && start(fs) < 0) {
		int saved = errno;
		close(fd);
		errno = saved;
		return -1;
	}
	snprintf(text, sizeof(text), "{\"id\":%lld}", (long long)id);
	return enqueue(fs, text, fd);
}

void
forkserver_kill(struct forkserver *fs, pid_t pid, int signum)
{
	char text[64];

	if (fs->fd < 0)
		return;
	snprintf(text, sizeof(text), "{\"kill\":%d,\"signum\":%d}", (int)pid,
	    signum);
	if (enqueue(fs, text, -1) < 0)
		log_err(fs->b->log, "kill shell %d", (int)pid);
}

/* ---- environments ---- */

/* A file with the object in it, to be read from its beginning. */
static int
file_of(const json_t *o)
{
	int fd = memfd_create("environment", MFD_CLOEXEC);

	if (fd < 0)
		return -1;
	if (json_dumpfd(o, fd, JSON_COMPACT) < 0 ||
	    lseek(fd, 0, SEEK_SET) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static int
tell_environment(struct forkserver *fs, int i, const json_t *environment)
{
	char text[64];
	int fd = file_of(environment);

	if (fd < 0)
		return -1;
	snprintf(text, sizeof(text), "{\"environment\":%d}", i);
	return enqueue(fs, text, fd);
}

int
forkserver_environment(struct forkserver *fs, json_t *environment)
{
	int i;

	for (i = 0; i < SHELLSERVER_ENVIRONMENTS; i++)
		if (fs->environments[i] &&
		    (fs->environments[i] == environment ||
			json_equal(fs->environments[i], environment)))
			return i;
	i = fs->next_environment;
	if ((fs->fd < 0 && start(fs) < 0) ||
	    tell_environment(fs, i, environment) < 0)
		return -1;
	fs->next_environment = (i + 1) % SHELLSERVER_ENVIRONMENTS;
	json_decref(fs->environments[i]);
	fs->environments[i] = json_incref(environment);
	return i;
}

/* ---- life ---- */

struct forkserver *
forkserver_create(struct broker *b, const struct forkserver_ops *ops, void *arg)
{
	struct forkserver *fs = calloc(1, sizeof(*fs));

	if (!fs)
		return NULL;
	fs->b = b;
	fs->ops = ops;
	fs->arg = arg;
	fs->fd = -1;
	STAILQ_INIT(&fs->queue);
	ev_io_init(&fs->in, in_cb, -1, EV_READ);
	ev_io_init(&fs->out, out_cb, -1, EV_WRITE);
	ev_child_init(&fs->child, child_cb, 0, 0);
	fs->in.data = fs->out.data = fs->child.data = fs;
	return fs;
}

/* The loop does not run any more. */
static void
wait_for_end(struct forkserver *fs)
{
	if (fs->pid <= 0)
		return;
	for (int i = 0; i < END_TRIES; i++) {
		if (waitpid(fs->pid, NULL, WNOHANG) != 0)
			return;
		usleep(10000);
	}
	log_error(fs->b->log, "flux-shell --server does not end");
}

void
forkserver_destroy(struct forkserver *fs)
{
	int saved = errno;

	if (!fs)
		return;
	if (fs->fd >= 0)
		flush(fs);
	disconnect(fs);
	ev_child_stop(fs->b->loop, &fs->child);
	wait_for_end(fs);
	free(fs);
	errno = saved;
}
