/* SPDX-License-Identifier: MIT */
/*
 * The shells of this rank. They are forked by `flux-shell --server`, a process
 * that is started when the first one is needed: a launch is then one packet
 * and one fork. Each shell gets one end of a socketpair; the other is a client
 * connection of this broker, over which it asks for its job (exec.shell).
 *
 * A shell has ended when the server said so and its connection is closed: so
 * nothing that it wrote is lost.
 */
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../attrs.h"
#include "../broker.h"
#include "../local.h"
#include "../log.h"
#include "idset.h"
#include "state.h"

enum { SERVER_FD = 3, PACKET_MAX = 4096, PACKETS_PER_TURN = 64 };

#define KILL_TIMEOUT 5.0

struct forkserver {
	struct exec *ex;
	pid_t pid;
	int fd;
	ev_io io;
	ev_child child;
};

/* ---- what a shell is told ---- */

/* Index of our rank in the ranks of the job, and how many there are. */
static int
shell_index(struct exec *ex, const json_t *launch, int *nshells)
{
	const char *text = json_string_value(json_object_get(launch, "ranks"));
	struct idset *ranks = text ? idset_decode(text) : NULL;
	int index = -1, i = 0;

	if (!ranks)
		return -1;
	for (unsigned r = idset_first(ranks); r != IDSET_INVALID;
	     r = idset_next(ranks, r), i++)
		if (r == ex->b->rank)
			index = i;
	*nshells = i;
	idset_destroy(ranks);
	return index;
}

static json_t *
start_message(struct exec *ex, const struct branch *br)
{
	const struct attrs *a = ex->b->attrs;
	const json_t *l = br->launch;
	const char *level = attrs_get(a, "instance-level");
	const char *path = attrs_get(a, "jobid-path");
	int nshells = 0, index = shell_index(ex, l, &nshells);

	return json_pack("{s:s s:I s:O s:O s:O s:i s:i s:i s:s s:s s:i s:s "
			 "s:s s:f}",
	    "type", "start", "id", (json_int_t)br->id, "userid",
	    json_object_get(l, "userid"), "jobspec",
	    json_object_get(l, "jobspec"), "R", json_object_get(l, "R"), "rank",
	    (int)ex->b->rank, "shell_rank", index, "nshells", nshells, "rundir",
	    ex->b->rundir, "uri", attrs_get(a, "local-uri"), "instance_level",
	    level ? atoi(level) : 0, "jobid_path", path ? path : "/",
	    "hostname", attrs_get(a, "hostname"), "kill_timeout", KILL_TIMEOUT);
}

static struct shell *
shell_by_uuid(struct exec *ex, const char *uuid)
{
	struct branch *br;

	for (br = branch_first(ex); br; br = branch_next(ex, br))
		if (br->shell && strcmp(br->shell->uuid, uuid) == 0)
			return br->shell;
	return NULL;
}

/* The shell of the job in the request, if it is that shell who asks. */
static struct shell *
shell_of(struct exec *ex, struct request *req, struct answer *an)
{
	struct branch *br;
	json_int_t id;

	if (request_unpack(req, "{s:I}", "id", &id) < 0)
		return NULL;
	br = branch_find(ex, (uint64_t)id);
	if (br && br->shell &&
	    strcmp(br->shell->uuid, request_sender(req)) == 0)
		return br->shell;
	errno = EPERM;
	errmsg_set(&an->em, "only for the shell of a job");
	return NULL;
}

static void
send_signal(struct shell *sh, int signum)
{
	request_respond_new(sh->stream,
	    json_pack("{s:s s:i}", "type", "kill", "signum", signum));
}

int
shell_request(void *ctx, struct request *req, struct answer *an)
{
	struct exec *ex = ctx;
	struct shell *sh = shell_of(ex, req, an);
	json_t *start, *signum;
	size_t i;

	if (!sh)
		return -1;
	if (sh->stream) {
		errno = EEXIST;
		return -1;
	}
	if (!(start = start_message(ex, branch_find(ex, sh->id)))) {
		errno = ENOMEM;
		return -1;
	}
	sh->stream = request_ref(req);
	request_respond_new(req, start);
	json_array_foreach(sh->signals, i, signum)
		send_signal(sh, (int)json_integer_value(signum));
	json_array_clear(sh->signals);
	return ANSWER_LATER;
}

void
shell_signal(struct shell *sh, int signum)
{
	if (sh->stream)
		send_signal(sh, signum);
	else
		json_array_append_new(sh->signals, json_integer(signum));
}

int
barrier_request(void *ctx, struct request *req, struct answer *an)
{
	struct exec *ex = ctx;
	struct shell *sh = shell_of(ex, req, an);

	if (!sh)
		return -1;
	if (sh->barrier) {
		errno = EINVAL;
		return -1;
	}
	sh->barrier = request_ref(req);
	branch_barrier(ex, sh->id);
	return ANSWER_LATER;
}

void
shell_release(struct shell *sh)
{
	if (!sh->barrier)
		return;
	request_respond_new(sh->barrier, NULL);
	request_unref(sh->barrier);
	sh->barrier = NULL;
}

/* ---- its end ---- */

void
shell_destroy(struct shell *sh)
{
	if (!sh)
		return;
	request_unref(sh->stream);
	request_unref(sh->barrier);
	json_decref(sh->signals);
	free(sh);
}

static void
check_end(struct shell *sh)
{
	if (sh->has_exited && !sh->uuid[0])
		branch_exited(sh->ex, sh->id, sh->status, 0);
}

void
shell_disconnected(struct exec *ex, const char *uuid)
{
	struct shell *sh = shell_by_uuid(ex, uuid);

	if (!sh)
		return;
	sh->uuid[0] = '\0';
	check_end(sh);
}

static void
shell_exited(struct exec *ex, uint64_t id, int status)
{
	struct branch *br = branch_find(ex, id);

	if (!br || !br->shell)
		return;
	br->shell->has_exited = true;
	br->shell->status = status;
	/* one that never asked has no disconnect to wait for */
	if (!br->shell->stream)
		br->shell->uuid[0] = '\0';
	check_end(br->shell);
}

/* ---- the fork server ---- */

static void
server_packet(struct exec *ex, const json_t *o)
{
	json_int_t id = 0;
	int pid = 0, status = 0, errnum = 0, has_status;
	struct branch *br;

	has_status = json_object_get(o, "status") != NULL;
	if (json_unpack((json_t *)o, "{s:I s?i s?i s?i}", "id", &id, "pid",
		&pid, "status", &status, "errnum", &errnum) < 0)
		return;
	br = branch_find(ex, (uint64_t)id);
	if (errnum) {
		branch_exited(ex, (uint64_t)id, 127 << 8, errnum);
	} else if (has_status) {
		shell_exited(ex, (uint64_t)id, status);
	} else if (br && br->shell) {
		br->shell->pid = pid;
		branch_started(ex, (uint64_t)id);
	}
}

/* All shells are gone with their server: it kills them when it ends, and they
 * end when it does. */
static void
server_lost(struct forkserver *fs)
{
	struct exec *ex = fs->ex;
	struct branch *br, *next;

	ev_io_stop(ex->b->loop, &fs->io);
	close(fs->fd);
	fs->fd = -1;
	ex->server = NULL;
	if (!ex->ending)
		log_error(ex->b->log, "the fork server of the shells is gone");
	for (br = branch_first(ex); br; br = next) {
		next = branch_next(ex, br);
		if (br->shell && !br->shell->has_exited)
			shell_exited(ex, br->id, SIGKILL);
	}
	if (fs->pid == 0) {
		free(fs);
		return;
	}
	kill(fs->pid, SIGKILL);
}

static void
server_cb(struct ev_loop *loop, ev_io *w, int revents)
{
	struct forkserver *fs = w->data;
	char buf[PACKET_MAX];

	(void)loop;
	(void)revents;
	for (int i = 0; i < PACKETS_PER_TURN; i++) {
		ssize_t n = recv(fs->fd, buf, sizeof(buf), MSG_DONTWAIT);
		json_t *o;
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0) {
			server_lost(fs);
			return;
		}
		o = json_loadb(buf, n, 0, NULL);
		server_packet(fs->ex, o);
		json_decref(o);
	}
}

static void
reap_cb(struct ev_loop *loop, ev_child *w, int revents)
{
	struct forkserver *fs = w->data;

	(void)revents;
	ev_child_stop(loop, w);
	fs->pid = 0;
	if (fs->fd < 0)
		free(fs);
}

/* Never returns. The shell lies beside the broker. */
static void
exec_server(int fd)
{
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 16);
	sigset_t none;
	char *slash;

	for (int i = 1; i < NSIG; i++)
		signal(i, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* the terminal's signals are not for jobs */
	setpgid(0, 0);
	if (fd == SERVER_FD)
		fcntl(fd, F_SETFD, 0);
	else
		dup2(fd, SERVER_FD);
	if (n > 0) {
		path[n] = '\0';
		if ((slash = strrchr(path, '/'))) {
			strcpy(slash, "/flux-shell");
			execl(path, "flux-shell", "--server", (char *)NULL);
		}
	}
	_exit(127);
}

static int
server_start(struct exec *ex)
{
	struct forkserver *fs = calloc(1, sizeof(*fs));
	int sv[2];

	if (!fs)
		return -1;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv) < 0) {
		free(fs);
		return -1;
	}
	fs->ex = ex;
	fs->fd = sv[0];
	if ((fs->pid = fork()) < 0) {
		close(sv[0]);
		close(sv[1]);
		free(fs);
		return -1;
	}
	if (fs->pid == 0)
		exec_server(sv[1]);
	close(sv[1]);
	ev_io_init(&fs->io, server_cb, fs->fd, EV_READ);
	ev_child_init(&fs->child, reap_cb, fs->pid, 0);
	fs->io.data = fs->child.data = fs;
	ev_io_start(ex->b->loop, &fs->io);
	ev_child_start(ex->b->loop, &fs->child);
	ex->server = fs;
	return 0;
}

/* A packet, with a descriptor if fd >= 0. */
static int
server_send(struct forkserver *fs, json_t *o_new, int fd)
{
	char *text = json_dumps(o_new, JSON_COMPACT);
	struct iovec iov = { text, text ? strlen(text) : 0 };
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(int))];
	} control = { .buf = { 0 } };
	struct msghdr mh = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n = -1;

	json_decref(o_new);
	if (!text)
		return -1;
	if (fd >= 0) {
		struct cmsghdr *c;
		mh.msg_control = control.buf;
		mh.msg_controllen = sizeof(control.buf);
		c = CMSG_FIRSTHDR(&mh);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(int));
	}
	/* The server does nothing but read this, so a full socket is short. */
	do
		n = sendmsg(fs->fd, &mh, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	free(text);
	return n < 0 ? -1 : 0;
}

void
shell_kill(struct shell *sh)
{
	if (sh->pid > 0 && sh->ex->server)
		server_send(sh->ex->server,
		    json_pack("{s:i s:i}", "kill", sh->pid, "signum", SIGKILL),
		    -1);
}

int
shell_start(struct exec *ex, struct branch *br)
{
	struct shell *sh;
	const char *uuid;
	int sv[2], rc;

	if (!ex->server && server_start(ex) < 0)
		return -1;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv) < 0)
		return -1;
	if (!(sh = calloc(1, sizeof(*sh))) || !(sh->signals = json_array()) ||
	    !(uuid = local_adopt(ex->b, sv[0]))) {
		shell_destroy(sh);
		close(sv[1]);
		return -1;
	}
	sh->ex = ex;
	sh->id = br->id;
	strlcpy(sh->uuid, uuid, sizeof(sh->uuid));
	rc = server_send(
	    ex->server, json_pack("{s:I}", "id", (json_int_t)br->id), sv[1]);
	close(sv[1]);
	if (rc < 0) {
		shell_destroy(sh);
		return -1;
	}
	br->shell = sh;
	return 0;
}

void
forkserver_stop(struct exec *ex)
{
	struct forkserver *fs = ex->server;

	if (!fs)
		return;
	/* it kills what it has when its socket is closed, and ends */
	ev_io_stop(ex->b->loop, &fs->io);
	ev_child_stop(ex->b->loop, &fs->child);
	close(fs->fd);
	if (fs->pid > 0)
		waitpid(fs->pid, NULL, 0);
	free(fs);
	ex->server = NULL;
}
