/* SPDX-License-Identifier: MIT */
#include <sys/wait.h>

#include <errno.h>
#include <ev.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../broker.h"
#include "../sibling.h"
#include "helper.h"

/* The XML of a large machine is some hundred kilobytes. */
#define OUTPUT_MAX ((size_t)64 << 20)

struct helper {
	struct broker *b;
	char name[32];
	helper_f done;
	void *arg;
	pid_t pid; /* 0 = has ended */
	int fd;    /* -1 = at its end */
	int status;
	ev_io io;
	ev_child child;
	char *buf;
	size_t len, size;
	bool is_cut; /* it printed more than we take */
};

static void
close_output(struct helper *h)
{
	if (h->fd < 0)
		return;
	ev_io_stop(h->b->loop, &h->io);
	close(h->fd);
	h->fd = -1;
}

void
helper_destroy(struct helper *h)
{
	if (!h)
		return;
	close_output(h);
	ev_child_stop(h->b->loop, &h->child);
	if (h->pid > 0) {
		kill(h->pid, SIGKILL);
		waitpid(h->pid, NULL, 0);
	}
	free(h->buf);
	free(h);
}

/* Both its output and itself are at their end. */
static void
check_done(struct helper *h)
{
	helper_f done = h->done;
	void *arg = h->arg;
	char why[256], *text = h->buf;
	bool good = h->status == 0 && text && !h->is_cut;

	if (h->pid > 0 || h->fd >= 0)
		return;
	if (WIFSIGNALED(h->status))
		snprintf(why, sizeof(why), "%s: %s", h->name,
		    strsignal(WTERMSIG(h->status)));
	else if (text && *text)
		snprintf(
		    why, sizeof(why), "%.*s", (int)strcspn(text, "\n"), text);
	else
		snprintf(why, sizeof(why), "%s: exit status %d", h->name,
		    WEXITSTATUS(h->status));
	h->buf = NULL;
	helper_destroy(h);
	done(arg, good ? text : NULL, why);
	free(text);
}

static int
make_room(struct helper *h)
{
	size_t size = h->size ? 2 * h->size : 4096;
	char *buf;

	/* one byte stays for the final NUL */
	if (h->len + 1 < h->size)
		return 0;
	if (size > OUTPUT_MAX || !(buf = realloc(h->buf, size)))
		return -1;
	h->buf = buf;
	h->size = size;
	return 0;
}

static void
io_cb(struct ev_loop *loop, ev_io *w, int revents)
{
	struct helper *h = w->data;
	ssize_t n;

	(void)loop;
	(void)revents;
	if (make_room(h) < 0) {
		h->is_cut = true;
		close_output(h);
		check_done(h);
		return;
	}
	n = read(h->fd, h->buf + h->len, h->size - h->len - 1);
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n > 0) {
		h->len += (size_t)n;
		h->buf[h->len] = '\0';
		return;
	}
	close_output(h);
	check_done(h);
}

static void
child_cb(struct ev_loop *loop, ev_child *w, int revents)
{
	struct helper *h = w->data;

	(void)revents;
	ev_child_stop(loop, w);
	h->pid = 0;
	h->status = w->rstatus;
	check_done(h);
}

/* Returns an errno. */
static int
spawn(const char *const argv[], const int *outputs, int fd, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	int rc;

	if ((rc = posix_spawn_file_actions_init(&actions)))
		return rc;
	for (; !rc && *outputs >= 0; outputs++)
		rc = posix_spawn_file_actions_adddup2(&actions, fd, *outputs);
	if (!rc)
		rc = posix_spawnp(
		    pid, argv[0], &actions, NULL, (char *const *)argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return rc;
}

/* outputs: those of its descriptors that we read, ended by -1. */
static struct helper *
start(struct broker *b, const char *const argv[], const int *outputs)
{
	struct helper *h = calloc(1, sizeof(*h));
	const char *slash = strrchr(argv[0], '/');
	int fds[2], rc;

	if (!h)
		return NULL;
	if (pipe2(fds, O_CLOEXEC) < 0) {
		free(h);
		return NULL;
	}
	rc = spawn(argv, outputs, fds[1], &h->pid);
	close(fds[1]);
	if (rc) {
		close(fds[0]);
		free(h);
		errno = rc;
		return NULL;
	}
	h->b = b;
	strlcpy(h->name, slash ? slash + 1 : argv[0], sizeof(h->name));
	h->fd = fds[0];
	fcntl(h->fd, F_SETFL, O_NONBLOCK);
	ev_io_init(&h->io, io_cb, h->fd, EV_READ);
	ev_child_init(&h->child, child_cb, h->pid, 0);
	h->io.data = h->child.data = h;
	ev_io_start(b->loop, &h->io);
	ev_child_start(b->loop, &h->child);
	return h;
}

struct helper *
helper_start(struct broker *b, const char *option, helper_f done, void *arg)
{
	static const int outputs[] = { STDOUT_FILENO, -1 };
	char path[PATH_MAX];
	const char *argv[] = { path, option, NULL };
	struct helper *h;

	if (sibling_path(path, sizeof(path), "flux-topo") < 0 ||
	    !(h = start(b, argv, outputs)))
		return NULL;
	h->done = done;
	h->arg = arg;
	return h;
}

struct helper *
helper_run(struct broker *b, const char *const argv[], helper_f done, void *arg)
{
	static const int outputs[] = { STDOUT_FILENO, STDERR_FILENO, -1 };
	struct helper *h = start(b, argv, outputs);

	if (!h)
		return NULL;
	h->done = done;
	h->arg = arg;
	return h;
}
