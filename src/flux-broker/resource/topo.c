/* SPDX-License-Identifier: MIT */
#include <sys/wait.h>

#include <errno.h>
#include <ev.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../broker.h"
#include "topo.h"

enum { TEXT_MAX_LEN = 64 << 20 };

struct topo {
	struct broker *b;
	pid_t pid;
	int fd;
	ev_io io;
	topo_f cb;
	void *arg;
	char *text;
	size_t len;
};

/* It lies beside the broker. */
static void
exec_topo(int fd, const char *option)
{
	static const char name[] = "/flux-topo";
	char path[PATH_MAX];
	ssize_t n =
	    readlink("/proc/self/exe", path, sizeof(path) - sizeof(name));
	char *slash;

	dup2(fd, STDOUT_FILENO);
	if (n > 0) {
		path[n] = '\0';
		if ((slash = strrchr(path, '/'))) {
			memcpy(slash, name, sizeof(name));
			execl(path, "flux-topo", option, (char *)NULL);
		}
	}
	_exit(127);
}

void
topo_stop(struct topo *t)
{
	if (!t)
		return;
	ev_io_stop(t->b->loop, &t->io);
	close(t->fd);
	/* it has said what it has to say, or will get SIGPIPE: not long */
	waitpid(t->pid, NULL, 0);
	free(t->text);
	free(t);
}

static void
finish(struct topo *t)
{
	topo_f cb = t->cb;
	void *arg = t->arg;
	char *text = t->len > 0 ? t->text : NULL;

	if (text)
		t->text = NULL;
	topo_stop(t);
	cb(arg, text);
	free(text);
}

static int
append(struct topo *t, const char *data, size_t n)
{
	char *p;

	if (t->len + n > TEXT_MAX_LEN ||
	    !(p = realloc(t->text, t->len + n + 1)))
		return -1;
	memcpy(p + t->len, data, n);
	t->text = p;
	t->len += n;
	p[t->len] = '\0';
	return 0;
}

static void
read_cb(struct ev_loop *loop, ev_io *w, int revents)
{
	struct topo *t = w->data;
	char buf[65536];
	ssize_t n = read(t->fd, buf, sizeof(buf));

	(void)loop;
	(void)revents;
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n > 0 && append(t, buf, n) == 0)
		return;
	if (n != 0)
		t->len = 0;
	finish(t);
}

struct topo *
topo_run(struct broker *b, const char *option, topo_f cb, void *arg)
{
	struct topo *t = calloc(1, sizeof(*t));
	int fds[2];

	if (!t || pipe2(fds, O_CLOEXEC) < 0) {
		free(t);
		return NULL;
	}
	t->b = b;
	t->cb = cb;
	t->arg = arg;
	t->fd = fds[0];
	if ((t->pid = fork()) == 0)
		exec_topo(fds[1], option);
	close(fds[1]);
	if (t->pid < 0) {
		close(fds[0]);
		free(t);
		return NULL;
	}
	ev_io_init(&t->io, read_cb, t->fd, EV_READ);
	t->io.data = t;
	ev_io_start(b->loop, &t->io);
	return t;
}
