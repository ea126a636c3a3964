/* SPDX-License-Identifier: MIT */
/*
 * flux proxy TARGET [COMMAND...]: a local socket of our own, routed to the
 * instance TARGET, and a shell or command with FLUX_URI pointing to it.
 * Called as flux-relay it is the other end of ssh:// URIs.
 */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <ev.h>
#include <limits.h>
#include <locale.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "handle.h"
#include "hub.h"
#include "optparse.h"
#include "relay.h"
#include "uri.h"
#include "version.h"

#define RETRY_PERIOD 2. /* s, of --reconnect */

struct proxy {
	struct ev_loop *loop;
	struct hub *hub;
	char dir[PATH_MAX], path[PATH_MAX];
	char remote[300]; /* [user@]host if the way goes through ssh, or "" */
	int listen_fd;
	ev_io accept;
	ev_child child;
	pid_t pid;
	int status; /* of the child */
	bool force, nohup, reconnect, lost;
	char *uri; /* of the target */
	ev_timer retry;
	bool has_tty;
	struct termios tty;
};

static const struct opt options[] = {
	{ "force", 'f', NULL, "connect although versions differ", 0 },
	{ "nohup", 'n', NULL, "no SIGHUP to the command on loss", 0 },
	{ "reconnect", 0, NULL, "connect again when the connection is lost",
	    'R' },
	{ 0 },
};

static char *
target_uri(const char *target)
{
	struct errmsg em;
	char *uri, *reachable;

	if (!(uri = uri_resolve(target, &em))) {
		fprintf(stderr, "flux-uri: ERROR: %s\n", em.text);
		errx(1, "Unable to resolve %s to a URI", target);
	}
	if (!(reachable = uri_reachable(uri)))
		err(1, "%s", uri);
	free(uri);
	return reachable;
}

/* Same MAJOR.MINOR? */
static void
check_version(const struct proxy *p, struct handle *h)
{
	char *version = handle_getattr(h, "version");
	const char *dot;

	if (!version)
		err(1, "attribute version");
	if (!(dot = strchr(FLUX_VERSION, '.')) || !(dot = strchr(dot + 1, '.')))
		dot = FLUX_VERSION + strlen(FLUX_VERSION);
	if (strncmp(version, FLUX_VERSION, dot - FLUX_VERSION + 1) != 0) {
		warnx("%s: proxy version %s may not interoperate with broker "
		      "version %s%s",
		    p->force ? "warning" : "fatal", FLUX_VERSION, version,
		    p->force ? "" : " (--force to connect anyway)");
		if (!p->force)
			exit(1);
	}
	free(version);
}

/* Nothing is pending on the handle, so that its socket can go on alone. */
static int
take_socket(struct handle *h)
{
	int fd = dup(handle_fd(h));

	handle_close(h);
	return fd;
}

static int
connect_target(struct proxy *p, const char *target)
{
	struct errmsg em;
	struct handle *h;
	int fd;

	p->uri = target_uri(target);
	if (!(h = handle_open(p->uri, &em)))
		errx(1, "%s: %s", p->uri, em.text);
	check_version(p, h);
	if (strncmp(p->uri, "ssh://", 6) == 0)
		snprintf(p->remote, sizeof(p->remote), "%.*s",
		    (int)strcspn(p->uri + 6, "/"), p->uri + 6);
	if ((fd = take_socket(h)) < 0)
		err(1, "dup");
	return fd;
}

static const char *
tmpdir(void)
{
	const char *dir = getenv("TMPDIR");
	struct stat st;

	if (!dir)
		return "/tmp";
	if (stat(dir, &st) < 0 || !S_ISDIR(st.st_mode)) {
		warnx(
		    "TMPDIR (%s) is not a directory. Using /tmp instead", dir);
		return "/tmp";
	}
	return dir;
}

static void
remove_socket(struct proxy *p)
{
	if (p->listen_fd >= 0)
		close(p->listen_fd);
	p->listen_fd = -1;
	unlink(p->path);
	rmdir(p->dir);
}

static void
listen_local(struct proxy *p)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };

	snprintf(p->dir, sizeof(p->dir), "%s/flux-proxy-XXXXXX", tmpdir());
	if (!mkdtemp(p->dir))
		err(1, "%s", p->dir);
	if (snprintf(p->path, sizeof(p->path), "%s/local", p->dir) >=
		(int)sizeof(p->path) ||
	    strlcpy(sa.sun_path, p->path, sizeof(sa.sun_path)) >=
		sizeof(sa.sun_path)) {
		rmdir(p->dir);
		errx(1, "%s: path is too long for a socket", p->dir);
	}
	p->listen_fd =
	    socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (p->listen_fd < 0 ||
	    bind(p->listen_fd, (struct sockaddr *)&sa, sizeof(sa)) < 0 ||
	    chmod(p->path, 0777) < 0 || listen(p->listen_fd, 128) < 0) {
		warn("%s", p->path);
		remove_socket(p);
		exit(1);
	}
}

static void
accept_cb(struct ev_loop *loop, ev_io *w, int revents)
{
	struct proxy *p = w->data;
	struct ucred cred;
	socklen_t len = sizeof(cred);
	unsigned char refused = EPERM;
	int fd = accept4(p->listen_fd, NULL, NULL, SOCK_CLOEXEC);

	(void)loop;
	(void)revents;
	if (fd < 0)
		return;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0 ||
	    cred.uid != getuid()) {
		if (write(fd, &refused, 1) < 0)
			warn("refusing a client");
		close(fd);
		return;
	}
	hub_add_client(p->hub, fd, fd);
}

static void
client_lost(void *arg)
{
	(void)arg;
}

static void
reconnect(struct proxy *p, const char *why)
{
	warnx("broker: %s", why);
	warnx("reconnecting");
	hub_detach(p->hub);
	ev_timer_again(p->loop, &p->retry);
}

/* Is the instance there again? A socket, or -1. */
static int
try_target(const struct proxy *p)
{
	struct errmsg em;
	struct handle *h = handle_open(p->uri, &em);
	json_t *out = NULL;
	const char *state = "";
	bool is_up;

	if (!h)
		return -1;
	is_up = handle_call_new(
		    h, "state-machine.get", NODEID_ANY, NULL, &out, &em) == 0 &&
		json_unpack(out, "{s:s}", "state", &state) == 0 &&
		strcmp(state, "run") == 0;
	json_decref(out);
	if (is_up)
		return take_socket(h);
	handle_close(h);
	return -1;
}

static void
retry_cb(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct proxy *p = w->data;
	int fd = try_target(p);

	(void)revents;
	if (fd < 0 || hub_attach(p->hub, fd) < 0)
		return;
	ev_timer_stop(loop, w);
	warnx("reconnected");
}

static void
upstream_lost(void *arg, int errnum)
{
	struct proxy *p = arg;

	if (p->reconnect) {
		reconnect(p, strerror(errnum));
		return;
	}
	warnx("Lost connection to Flux");
	p->lost = true;
	ev_io_stop(p->loop, &p->accept);
	remove_socket(p);
	if (!p->nohup && p->pid > 0) {
		warnx("Sending SIGHUP to child processes");
		kill(p->pid, SIGHUP);
		kill(p->pid, SIGCONT);
	}
}

static const struct hub_ops ops = { upstream_lost, client_lost };

static void
child_cb(struct ev_loop *loop, ev_child *w, int revents)
{
	struct proxy *p = w->data;

	(void)revents;
	p->status = w->rstatus;
	ev_break(loop, EVBREAK_ALL);
}

static char *
joined(char **words, int n)
{
	size_t len = 1;
	char *s;

	for (int i = 0; i < n; i++)
		len += strlen(words[i]) + 1;
	if (!(s = calloc(1, len)))
		err(1, NULL);
	for (int i = 0; i < n; i++) {
		if (i > 0)
			strlcat(s, " ", len);
		strlcat(s, words[i], len);
	}
	return s;
}

static void
spawn(struct proxy *p, char **words, int n)
{
	const char *shell = getenv("SHELL");
	char uri[PATH_MAX + 16];
	char *command = n > 0 ? joined(words, n) : NULL;

	if (!shell || !*shell)
		shell = "/bin/sh";
	if ((p->pid = fork()) < 0) {
		warn("fork");
		remove_socket(p);
		exit(1);
	}
	if (p->pid == 0) {
		snprintf(uri, sizeof(uri), "local://%s", p->path);
		setenv("FLUX_URI", uri, 1);
		if (p->remote[0])
			setenv("FLUX_PROXY_REMOTE", p->remote, 1);
		signal(SIGINT, SIG_DFL);
		signal(SIGQUIT, SIG_DFL);
		signal(SIGPIPE, SIG_DFL);
		if (command)
			execl(shell, shell, "-c", command, (char *)NULL);
		else
			execl(shell, shell, (char *)NULL);
		warn("%s", shell);
		_exit(127);
	}
	free(command);
}

static int
exit_code(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status)
				   : WEXITSTATUS(status);
}

static int
run(struct proxy *p, int fd, char **words, int n)
{
	p->loop = ev_default_loop(0);
	if (!(p->hub = hub_create(p->loop, fd, &ops, p))) {
		warn("hub");
		remove_socket(p);
		return 1;
	}
	ev_io_init(&p->accept, accept_cb, p->listen_fd, EV_READ);
	p->accept.data = p;
	ev_timer_init(&p->retry, retry_cb, 0., RETRY_PERIOD);
	p->retry.data = p;
	ev_io_start(p->loop, &p->accept);
	spawn(p, words, n);
	ev_child_init(&p->child, child_cb, p->pid, 0);
	p->child.data = p;
	ev_child_start(p->loop, &p->child);
	ev_run(p->loop, 0);
	if (p->lost && p->has_tty) {
		tcsetattr(STDIN_FILENO, TCSADRAIN, &p->tty);
		if (write(STDOUT_FILENO, "\033[?25h\r\n", 8) < 0)
			warn("terminal");
	}
	hub_destroy(p->hub);
	remove_socket(p);
	return exit_code(p->status);
}

static int
proxy_main(int argc, char **argv)
{
	struct optparse o = {
		.usage = "[OPTIONS] TARGET [COMMAND...]",
		.summary = "connect to an instance and run a shell or command "
			   "in it",
		.example = "flux proxy ƒA/ƒB flux jobs",
		.opts = options,
		.stop_at_first = true,
	};
	struct proxy p = { .listen_fd = -1 };
	int c, fd, rc;

	optparse_init(&o, argc, argv);
	while ((c = optparse_next(&o)) != -1) {
		if (c == 'f')
			p.force = true;
		else if (c == 'n')
			p.nohup = true;
		else
			p.reconnect = true;
	}
	if (o.noperands < 1)
		errx(1, "URI argument is required");
	p.has_tty = tcgetattr(STDIN_FILENO, &p.tty) == 0;
	/* The terminal's interrupts are for the command. */
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	fd = connect_target(&p, o.operands[0]);
	listen_local(&p);
	rc = run(&p, fd, o.operands + 1, o.noperands - 1);
	free(p.uri);
	optparse_fini(&o);
	return rc;
}

int
main(int argc, char **argv)
{
	const char *name = strrchr(argv[0], '/');

	name = name ? name + 1 : argv[0];
	if (strncmp(name, "flux-", 5) == 0)
		name += 5;
	setlocale(LC_CTYPE, "");
	if (strcmp(name, "relay") == 0) {
		setprogname("flux-relay");
		return relay_main(argc, argv);
	}
	setprogname("flux-proxy");
	return proxy_main(argc, argv);
}
