/* SPDX-License-Identifier: MIT */
/*
 * The shells of this broker. Each has a process, made by the fork server, and
 * a connection, whose other end that process was born with. A shell is gone
 * when both have ended: what it had written last is then on its way to rank 0,
 * ahead of our report.
 */
#include <sys/queue.h>
#include <sys/socket.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../attrs.h"
#include "../local.h"
#include "../log.h"
#include "fluid.h"
#include "forkserver.h"
#include "idset.h"
#include "shellserver.h"
#include "state.h"

/* Longer than a sender's uuid. */
enum { SENDER_MAX = 48 };

struct shell {
	uint64_t id;
	pid_t pid; /* 0 = not known yet */
	char sender[SENDER_MAX];
	json_t *start;           /* its job, until the request takes it */
	struct request *req;     /* exec.shell: messages for it */
	struct request *barrier; /* it waits there */
	int killed;              /* signal for the process, once it is known */
	bool is_exited, is_closed;
	int status;
	RB_ENTRY(shell) id_node, sender_node;
};

static int
id_cmp(struct shell *a, struct shell *b)
{
	return a->id < b->id ? -1 : a->id > b->id;
}

static int
sender_cmp(struct shell *a, struct shell *b)
{
	return strcmp(a->sender, b->sender);
}

RB_GENERATE_INTERNAL(
    shells_by_id, shell, id_node, id_cmp, __attribute__((unused)) static)
RB_GENERATE_INTERNAL(shells_by_sender, shell, sender_node, sender_cmp,
    __attribute__((unused)) static)

static struct shell *
find(struct exec *x, uint64_t id)
{
	struct shell key = { .id = id };

	return RB_FIND(shells_by_id, &x->by_id, &key);
}

static void
shell_remove(struct exec *x, struct shell *sh)
{
	RB_REMOVE(shells_by_id, &x->by_id, sh);
	RB_REMOVE(shells_by_sender, &x->by_sender, sh);
	request_unref(sh->req);
	request_unref(sh->barrier);
	json_decref(sh->start);
	free(sh);
}

static void
check_gone(struct exec *x, struct shell *sh)
{
	if (!sh->is_exited || !sh->is_closed)
		return;
	tree_report_self(x, sh->id, REPORT_EXITED, sh->status);
	shell_remove(x, sh);
}

/* ---- launch ---- */

static int
attr_int(struct exec *x, const char *name)
{
	const char *s = attrs_get(x->b->attrs, name);

	return s ? (int)strtol(s, NULL, 10) : 0;
}

static const char *
attr_or(struct exec *x, const char *name, const char *otherwise)
{
	const char *s = attrs_get(x->b->attrs, name);

	return s ? s : otherwise;
}

/* How many ids of s are below n. */
static int
count_below(const struct idset *s, unsigned n)
{
	int count = 0;

	for (unsigned i = idset_first(s); i < n; i = idset_next(s, i))
		count++;
	return count;
}

/* Many jobs share it: the fork server may have it already. */
static int
add_environment(struct exec *x, json_t *start, const json_t *cmd)
{
	json_t *env = json_object_get(cmd, "environment");
	int i;

	if (!env)
		return 0;
	i = forkserver_environment(x->fs, env);
	return json_object_set_new(
	    start, "environment", i < 0 ? json_incref(env) : json_integer(i));
}

/* What the shell needs to know, from a launch command; NULL if malformed. */
static json_t *
start_message(struct exec *x, const json_t *cmd)
{
	const char *text;
	json_int_t id, userid;
	json_t *jobspec, *R, *o = NULL;
	struct idset *ranks;

	if (json_unpack((json_t *)cmd, "{s:I s:I s:s s:o s:o}", "id", &id,
		"userid", &userid, "ranks", &text, "jobspec", &jobspec, "R",
		&R) < 0)
		return NULL;
	if ((ranks = idset_decode(text)))
		o = json_pack("{s:s s:I s:I s:O s:O s:I s:i s:i}", "type",
		    "start", "id", id, "userid", userid, "jobspec", jobspec,
		    "R", R, "rank", (json_int_t)x->b->rank, "shell_rank",
		    count_below(ranks, x->b->rank), "nshells",
		    (int)idset_count(ranks));
	idset_destroy(ranks);
	if (o && add_environment(x, o, cmd) < 0) {
		json_decref(o);
		return NULL;
	}
	if (o)
		json_object_update_new(
		    o, json_pack("{s:s s:s s:i s:s s:s s:f}", "rundir",
			   x->b->rundir, "uri", attr_or(x, "local-uri", ""),
			   "instance_level", attr_int(x, "instance-level"),
			   "jobid_path", attr_or(x, "jobid-path", "/"),
			   "hostname", attr_or(x, "hostname", ""),
			   "kill_timeout", x->kill_timeout));
	return o;
}

/* The shell's service. */
static int
offer_service(struct exec *x, struct shell *sh)
{
	char id[FLUID_STRMAX], name[FLUID_STRMAX + 32];

	fluid_encode(id, sizeof(id), sh->id, FLUID_F58PLAIN);
	snprintf(name, sizeof(name), "%u-shell-%s",
	    (unsigned)json_integer_value(json_object_get(sh->start, "userid")),
	    id);
	return local_offer(x->b, sh->sender, name);
}

/* Ask for the job in the shell's name: it finds the answer when it comes to
 * life, and need not wait. */
static void
ask_for_job(struct exec *x, struct shell *sh)
{
	json_t *o = json_pack("{s:I}", "id", (json_int_t)sh->id);
	struct msg *m = msg_request("exec.shell", NODEID_ANY, MSG_STREAMING, o);

	json_decref(o);
	if (!m)
		return;
	m->matchtag = SHELL_MATCHTAG;
	local_inject(x->b, sh->sender, m);
	msg_unref(m);
}

static int
connect_shell(struct exec *x, struct shell *sh, int fd)
{
	const char *uuid = local_adopt(x->b, fd);

	if (!uuid)
		return -1;
	strlcpy(sh->sender, uuid, sizeof(sh->sender));
	RB_INSERT(shells_by_id, &x->by_id, sh);
	RB_INSERT(shells_by_sender, &x->by_sender, sh);
	if (offer_service(x, sh) == 0)
		ask_for_job(x, sh);
	return sh->req ? 0 : -1;
}

/* Takes sh, which is in no list yet. -1: it is gone. */
static int
shell_spawn(struct exec *x, struct shell *sh)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0) {
		json_decref(sh->start);
		free(sh);
		return -1;
	}
	if (connect_shell(x, sh, fds[0]) < 0) {
		close(fds[1]);
	} else if (forkserver_launch(x->fs, sh->id, fds[1]) == 0) {
		return 0;
	}
	if (*sh->sender) {
		shell_remove(x, sh);
	} else {
		json_decref(sh->start);
		free(sh);
	}
	return -1;
}

static void
launch(struct exec *x, uint64_t id, const json_t *cmd)
{
	struct shell *sh;

	if (find(x, id)) {
		log_error(x->b->log, "job %ju: launched twice", (uintmax_t)id);
		return;
	}
	if (!(sh = calloc(1, sizeof(*sh)))) {
		tree_report_self(x, id, REPORT_FAILED, ENOMEM);
		return;
	}
	sh->id = id;
	errno = EPROTO;
	if (!(sh->start = start_message(x, cmd))) {
		free(sh);
		tree_report_self(x, id, REPORT_FAILED, errno);
	} else if (shell_spawn(x, sh) < 0) {
		tree_report_self(x, id, REPORT_FAILED, errno);
	}
}

/* ---- what the fork server says ---- */

static void
forked(void *arg, uint64_t id, pid_t pid)
{
	struct exec *x = arg;
	struct shell *sh = find(x, id);

	if (!sh)
		return;
	sh->pid = pid;
	if (sh->killed)
		forkserver_kill(x->fs, pid, sh->killed);
	tree_report_self(x, id, REPORT_STARTED, 0);
}

static void
exited(void *arg, uint64_t id, int status)
{
	struct shell *sh = find(arg, id);

	if (!sh || sh->is_exited)
		return;
	sh->is_exited = true;
	sh->status = status;
	check_gone(arg, sh);
}

static void
failed(void *arg, uint64_t id, int errnum)
{
	struct shell *sh = find(arg, id);

	if (!sh || sh->pid)
		return;
	tree_report_self(arg, id, REPORT_FAILED, errnum);
	shell_remove(arg, sh);
}

/* Its shells die with it, by SIGKILL. */
static void
died(void *arg)
{
	struct exec *x = arg;
	struct shell *sh, *next;

	RB_FOREACH_SAFE(sh, shells_by_id, &x->by_id, next)
		exited(x, sh->id, SIGKILL);
}

static const struct forkserver_ops ops = {
	.forked = forked,
	.exited = exited,
	.failed = failed,
	.died = died,
};

/* ---- what the shell says ---- */

static struct shell *
find_for(struct exec *x, uint64_t id, struct request *req, struct errmsg *em)
{
	struct shell *sh = find(x, id);

	if (!sh) {
		errno = ENOENT;
		errmsg_set(em, "job %ju has no shell here", (uintmax_t)id);
		return NULL;
	}
	if (strcmp(sh->sender, request_sender(req)) != 0) {
		errno = EPERM;
		errmsg_set(em, "only the shell of job %ju may ask that",
		    (uintmax_t)id);
		return NULL;
	}
	return sh;
}

int
shells_attach(
    struct exec *x, uint64_t id, struct request *req, struct errmsg *em)
{
	struct shell *sh = find_for(x, id, req, em);

	if (!sh)
		return -1;
	if (sh->req) {
		errno = EEXIST;
		return errmsg_set(em, "the shell has its job already");
	}
	sh->req = request_ref(req);
	request_respond_new(req, sh->start);
	sh->start = NULL;
	return ANSWER_LATER;
}

int
shells_barrier(
    struct exec *x, uint64_t id, struct request *req, struct errmsg *em)
{
	struct shell *sh = find_for(x, id, req, em);

	if (!sh)
		return -1;
	if (sh->barrier) {
		errno = EEXIST;
		return errmsg_set(em, "the shell is in a barrier already");
	}
	sh->barrier = request_ref(req);
	tree_report_self(x, id, REPORT_BARRIER, 0);
	return ANSWER_LATER;
}

void
shells_disconnect(struct exec *x, const char *sender)
{
	struct shell key = { 0 }, *sh;

	strlcpy(key.sender, sender, sizeof(key.sender));
	if (!(sh = RB_FIND(shells_by_sender, &x->by_sender, &key)))
		return;
	sh->is_closed = true;
	check_gone(x, sh);
}

/* ---- commands ---- */

static void
command_kill(struct exec *x, struct shell *sh, const json_t *cmd)
{
	int signum, is_shell = 0;

	if (json_unpack((json_t *)cmd, "{s:i s?b}", "signum", &signum, "shell",
		&is_shell) < 0)
		return;
	if (!is_shell) {
		request_respond_new(sh->req,
		    json_pack("{s:s s:i}", "type", "kill", "signum", signum));
		return;
	}
	sh->killed = signum;
	if (sh->pid && !sh->is_exited)
		forkserver_kill(x->fs, sh->pid, signum);
}

static void
command_release(struct exec *x, struct shell *sh, const json_t *cmd)
{
	int errnum = (int)json_integer_value(json_object_get(cmd, "errnum"));

	(void)x;
	if (!sh->barrier)
		return;
	if (errnum)
		request_fail(sh->barrier, errnum, NULL);
	else
		request_respond_new(sh->barrier, NULL);
	request_unref(sh->barrier);
	sh->barrier = NULL;
}

static void
command_expiration(struct exec *x, struct shell *sh, const json_t *cmd)
{
	(void)x;
	request_respond_new(
	    sh->req, json_pack("{s:s s:O}", "type", "expiration", "expiration",
			 json_object_get(cmd, "expiration")));
}

static void
command_lost(struct exec *x, struct shell *sh, const json_t *cmd)
{
	(void)x;
	request_respond_new(
	    sh->req, json_pack("{s:s s:O}", "type", "lost", "shell_rank",
			 json_object_get(cmd, "shell_rank")));
}

static const struct {
	const char *type;
	void (*run)(struct exec *x, struct shell *sh, const json_t *cmd);
} commands[] = {
	{ "kill", command_kill },
	{ "release", command_release },
	{ "expiration", command_expiration },
	{ "lost", command_lost },
};

void
shells_command(struct exec *x, const json_t *cmd)
{
	const char *type = json_string_value(json_object_get(cmd, "type"));
	uint64_t id = (uint64_t)json_integer_value(json_object_get(cmd, "id"));
	struct shell *sh;

	if (!type)
		return;
	if (strcmp(type, "launch") == 0) {
		launch(x, id, cmd);
		return;
	}
	if (!(sh = find(x, id)))
		return;
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
		if (strcmp(commands[i].type, type) == 0)
			commands[i].run(x, sh, cmd);
}

/* ---- life ---- */

int
shells_create(struct exec *x)
{
	RB_INIT(&x->by_id);
	RB_INIT(&x->by_sender);
	x->fs = forkserver_create(x->b, &ops, x);
	return x->fs ? 0 : -1;
}

void
shells_destroy(struct exec *x)
{
	struct shell *sh, *next;

	RB_FOREACH_SAFE(sh, shells_by_id, &x->by_id, next) {
		if (sh->pid && !sh->is_exited)
			forkserver_kill(x->fs, sh->pid, SIGKILL);
		shell_remove(x, sh);
	}
	forkserver_destroy(x->fs);
	x->fs = NULL;
}
