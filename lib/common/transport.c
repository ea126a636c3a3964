/* SPDX-License-Identifier: MIT */
/*
 * Opening the stream to a broker. For ssh the other end is `flux relay` on
 * that host, its standard input and output being one end of a socketpair.
 */
#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "transport.h"

enum { RETRY_MAX = 64, DELAY_FIRST_MS = 16, DELAY_MAX_MS = 2000 };

static int
retry_count(void)
{
	const char *s = getenv("FLUX_LOCAL_CONNECTOR_RETRY_COUNT");
	const char *err;
	long long n;

	if (!s)
		return 5;
	n = strtonum(s, 0, RETRY_MAX, &err);
	return err ? 5 : (int)n;
}

static void
sleep_ms(int ms)
{
	struct timespec ts = { ms / 1000, (ms % 1000) * 1000000L };

	nanosleep(&ts, NULL);
}

/* The broker's first byte: 0 = welcome, else an errno. */
static int
handshake(int fd, struct errmsg *em)
{
	unsigned char byte;
	ssize_t n;

	do
		n = read(fd, &byte, 1);
	while (n < 0 && errno == EINTR);
	if (n == 1 && byte == 0)
		return 0;
	errno = n == 1 ? byte : ECONNRESET;
	return errmsg_set(em, "%s", strerror(errno));
}

static int
connect_path(const char *path, struct errmsg *em)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int delay = DELAY_FIRST_MS;
	int fd = -1;

	if (strlcpy(sa.sun_path, path, sizeof(sa.sun_path)) >=
	    sizeof(sa.sun_path)) {
		errno = ENAMETOOLONG;
		return errmsg_set(em, "%s: %s", path, strerror(errno));
	}
	for (int retries = retry_count();; retries--) {
		fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (fd < 0)
			return errmsg_set(em, "socket: %s", strerror(errno));
		if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)) == 0)
			return fd;
		int saved = errno;
		close(fd);
		errno = saved;
		if (retries <= 0)
			break;
		sleep_ms(delay);
		delay = delay * 2 < DELAY_MAX_MS ? delay * 2 : DELAY_MAX_MS;
	}
	if (errno == ENOENT)
		return errmsg_set(em, "broker socket %s was not found", path);
	if (errno == ECONNREFUSED)
		return errmsg_set(
		    em, "Connection refused by broker socket %s", path);
	return errmsg_set(em, "%s: %s", path, strerror(errno));
}

static int
open_local(const char *rest, struct errmsg *em)
{
	char path[PATH_MAX];
	size_t n;
	int fd;

	if (strlcpy(path, rest, sizeof(path)) >= sizeof(path)) {
		errno = ENAMETOOLONG;
		return errmsg_set(em, "%s", strerror(errno));
	}
	n = strlen(path);
	while (n > 0 && (path[n - 1] == ' ' || path[n - 1] == '\t'))
		path[--n] = '\0';
	if ((fd = connect_path(path, em)) < 0)
		return -1;
	if (handshake(fd, em) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static int
open_fd(const char *rest, struct errmsg *em)
{
	const char *err;
	long long fd = strtonum(rest, 0, INT_MAX, &err);

	if (err) {
		errno = EINVAL;
		return errmsg_set(em, "fd://%s: %s", rest, strerror(errno));
	}
	return handshake((int)fd, em) < 0 ? -1 : (int)fd;
}

/* ssh://[user@]host[:port]/path, in place. */
struct ssh_target {
	char buf[PATH_MAX];
	char *host, *port, *path;
};

static int
split_ssh(struct ssh_target *t, const char *rest)
{
	char *slash, *colon;

	if (strlcpy(t->buf, rest, sizeof(t->buf) - 1) >= sizeof(t->buf) - 1)
		return -1;
	if (!(slash = strchr(t->buf, '/')) || slash == t->buf)
		return -1;
	/* make room for a NUL between host and path */
	memmove(slash + 1, slash, strlen(slash) + 1);
	*slash = '\0';
	t->host = t->buf;
	t->path = slash + 1;
	t->port = NULL;
	if ((colon = strchr(t->host, ':'))) {
		*colon = '\0';
		t->port = colon + 1;
	}
	return *t->host == '-' ? -1 : 0;
}

static void
exec_ssh(struct ssh_target *t)
{
	const char *ssh = getenv("FLUX_SSH");
	const char *rcmd = getenv("FLUX_SSH_RCMD");
	const char *ldpath = getenv("LD_LIBRARY_PATH");
	char env_path[PATH_MAX + 64], env_ld[PATH_MAX];
	char *dir_end = strrchr(t->path, '/');
	const char *argv[16];
	int n = 0;

	argv[n++] = ssh ? ssh : "ssh";
	if (t->port) {
		argv[n++] = "-p";
		argv[n++] = t->port;
	}
	argv[n++] = t->host;
	snprintf(env_path, sizeof(env_path),
	    "PATH=%.*s/bin:/bin:/usr/bin:/usr/local/bin",
	    (int)(dir_end - t->path), t->path);
	snprintf(
	    env_ld, sizeof(env_ld), "LD_LIBRARY_PATH=%s", ldpath ? ldpath : "");
	if (!rcmd || ldpath)
		argv[n++] = "env";
	if (!rcmd)
		argv[n++] = env_path;
	if (ldpath)
		argv[n++] = env_ld;
	argv[n++] = rcmd ? rcmd : "flux";
	argv[n++] = "relay";
	argv[n++] = t->path;
	argv[n] = NULL;
	execvp(argv[0], (char *const *)argv);
	dprintf(STDERR_FILENO, "%s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

static int
open_ssh(const char *rest, struct errmsg *em)
{
	struct ssh_target t;
	int sv[2];
	pid_t pid;

	if (split_ssh(&t, rest) < 0) {
		errno = EINVAL;
		return errmsg_set(em, "ssh://%s: no host and path", rest);
	}
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv) < 0)
		return errmsg_set(em, "socketpair: %s", strerror(errno));
	if ((pid = fork()) < 0) {
		close(sv[0]);
		close(sv[1]);
		return errmsg_set(em, "fork: %s", strerror(errno));
	}
	if (pid == 0) {
		dup2(sv[1], STDIN_FILENO);
		dup2(sv[1], STDOUT_FILENO);
		exec_ssh(&t);
	}
	close(sv[1]);
	if (handshake(sv[0], NULL) < 0) {
		close(sv[0]);
		return errmsg_set(em,
		    "Unable to establish clean ssh connection to %s", t.host);
	}
	return sv[0];
}

static const struct {
	const char *prefix;
	int (*open)(const char *rest, struct errmsg *em);
} schemes[] = {
	{ "local://", open_local },
	{ "fd://", open_fd },
	{ "ssh://", open_ssh },
};

int
transport_open(const char *uri, struct errmsg *em)
{
	for (size_t i = 0; i < sizeof(schemes) / sizeof(*schemes); i++) {
		size_t n = strlen(schemes[i].prefix);
		if (strncmp(uri, schemes[i].prefix, n) == 0)
			return schemes[i].open(uri + n, em);
	}
	errno = strstr(uri, "://") ? ENOENT : EINVAL;
	return errmsg_set(em,
	    errno == EINVAL ? "'%s' is not a URI" : "no connector for '%s'",
	    uri);
}
