/* SPDX-License-Identifier: MIT */
/*
 * Topics rexec.*: processes of the owner beside all jobs, as flux-exec(1) asks
 * for them on each rank. Not there are channels, processes that wait to be
 * reaped, and attaching to one in the background.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "../attrs.h"
#include "iodata.h"
#include "proc.h"
#include "rexec.h"
#include "spawn.h"

/* Flags of exec */
enum {
	EXEC_STDOUT = 1,
	EXEC_STDERR = 2,
	EXEC_CREDIT = 8,
	EXEC_WAITABLE = 16,
};

struct command {
	const char *cwd, *label;
	json_t *cmdline, *env, *opts, *channels;
	int flags;
};

static struct proc *
find(struct rexec *rx, int pid, const char *label)
{
	struct proc *p;

	LIST_FOREACH(p, &rx->procs, next)
		if (label ? p->label && strcmp(p->label, label) == 0
			  : p->pid == pid)
			return p;
	return NULL;
}

static int
invalid(struct errmsg *em, int errnum, const char *text)
{
	errno = errnum;
	return errmsg_set(em, "%s", text);
}

/* ---- exec ---- */

static int
decode(
    struct rexec *rx, struct request *req, struct command *c, struct errmsg *em)
{
	json_t *cmd;

	memset(c, 0, sizeof(*c));
	if (request_unpack(req, "{s:o s:i}", "cmd", &cmd, "flags", &c->flags) <
	    0)
		return invalid(
		    em, EPROTO, "invalid request payload: cmd and flags");
	if (json_unpack(cmd, "{s?s s:o s:o s:o s?o s?s}", "cwd", &c->cwd,
		"cmdline", &c->cmdline, "env", &c->env, "opts", &c->opts,
		"channels", &c->channels, "label", &c->label) < 0)
		return invalid(em, EPROTO, "error parsing command string");
	if (json_array_size(c->cmdline) == 0)
		return invalid(em, EPROTO, "command string is empty");
	if (json_array_size(c->channels) > 0)
		return invalid(em, ENOSYS, "channels are not supported");
	if (c->flags & EXEC_WAITABLE)
		return request_is_streaming(req)
			   ? invalid(em, EINVAL,
				 "waitable flag only supported in background "
				 "mode")
			   : invalid(em, ENOSYS,
				 "waitable processes are not supported");
	if (!request_is_streaming(req) && (c->flags & EXEC_CREDIT))
		return invalid(em, EINVAL,
		    "write-credit flag is not allowed in background mode");
	if (c->label && find(rx, 0, c->label))
		return invalid(em, EINVAL, "command label is not unique");
	return 0;
}

/* The name that the list shows. */
static char *
proc_name(char **argv)
{
	const char *base = strrchr(argv[0], '/');
	char *s;

	base = base ? base + 1 : argv[0];
	if (strcmp(base, "flux") != 0 || !argv[1])
		return strdup(argv[0]);
	return asprintf(&s, "flux %s", argv[1]) < 0 ? NULL : s;
}

static bool
is_by_lines(const struct command *c, const char *key)
{
	const char *s = json_string_value(json_object_get(c->opts, key));

	return !s || strcmp(s, "false") != 0;
}

static struct proc *
proc_new(struct rexec *rx, const struct command *c, char **argv)
{
	struct proc *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->rx = rx;
	p->name = proc_name(argv);
	p->label = c->label ? strdup(c->label) : NULL;
	p->credit = (c->flags & EXEC_CREDIT) != 0;
	p->out.name = "stdout";
	p->out.forward = (c->flags & EXEC_STDOUT) != 0;
	p->out.by_lines = is_by_lines(c, "stdout_LINE_BUFFER");
	p->err.name = "stderr";
	p->err.forward = (c->flags & EXEC_STDERR) != 0;
	p->err.by_lines = is_by_lines(c, "stderr_LINE_BUFFER");
	if (p->name && (p->label || !c->label))
		return p;
	free(p->name);
	free(p->label);
	free(p);
	return NULL;
}

static int
launch(struct rexec *rx, struct request *req, const struct command *c,
    struct spawn *s, struct answer *an)
{
	struct proc *p = proc_new(rx, c, s->argv);

	if (!p)
		return -1;
	if ((p->pid = spawn_process(s)) < 0) {
		int e = errno;
		free(p->name);
		free(p->label);
		free(p);
		errno = e;
		return errmsg_set(
		    &an->em, "error launching process: %s", strerror(e));
	}
	p->in = s->in;
	p->out.fd = s->out;
	p->err.fd = s->err;
	if (!s->background)
		p->req = request_ref(req);
	else
		an->json = json_pack(
		    "{s:s s:i}", "type", "started", "pid", (int)p->pid);
	proc_watch(p);
	return s->background ? 0 : ANSWER_LATER;
}

static int
exec_request(void *ctx, struct request *req, struct answer *an)
{
	struct rexec *rx = ctx;
	struct command c;
	struct spawn s = { 0 };
	int rc = -1, e;

	if (decode(rx, req, &c, &an->em) < 0)
		return -1;
	s.background = !request_is_streaming(req);
	s.cwd = c.cwd;
	if ((s.argv = spawn_argv(c.cmdline)) &&
	    (s.env = spawn_env(c.env, attrs_get(rx->b->attrs, "local-uri"))))
		rc = launch(rx, req, &c, &s, an);
	e = errno;
	free(s.argv);
	spawn_free_env(s.env);
	errno = e;
	return rc;
}

/* ---- others ---- */

static struct proc *
find_client(struct rexec *rx, const char *sender, uint32_t matchtag)
{
	struct proc *p;

	LIST_FOREACH(p, &rx->procs, next)
		if (p->req && request_msg(p->req)->matchtag == matchtag &&
		    strcmp(request_sender(p->req), sender) == 0)
			return p;
	return NULL;
}

static int
write_request(void *ctx, struct request *req, struct answer *an)
{
	json_int_t matchtag;
	struct iodata io;
	struct proc *p;
	json_t *o;
	int rc;

	(void)an;
	if (request_unpack(req, "{s:I s:o}", "matchtag", &matchtag, "io", &o) <
		0 ||
	    iodata_decode(&io, o) < 0)
		return -1;
	p = find_client(ctx, request_sender(req), (uint32_t)matchtag);
	if (p && strcmp(io.stream, "stdin") == 0 &&
	    (rc = proc_write(p, io.data, io.len, io.eof)) < 0) {
		request_fail(p->req, errno, "more input than was granted");
		proc_abandon(p);
	}
	iodata_fini(&io);
	return 0;
}

static int
kill_request(void *ctx, struct request *req, struct answer *an)
{
	const char *label = NULL;
	struct proc *p;
	int pid, signum;

	if (request_unpack(req, "{s:i s:i s?s}", "pid", &pid, "signum", &signum,
		"label", &label) < 0)
		return -1;
	if (!(p = find(ctx, pid, label)) || p->exited) {
		errno = ESRCH;
		if (label)
			return errmsg_set(&an->em,
			    "label %s does not belong to any subprocess",
			    label);
		return errmsg_set(
		    &an->em, "pid %d does not belong to any subprocess", pid);
	}
	return kill(-p->pid, signum);
}

static int
list_request(void *ctx, struct request *req, struct answer *an)
{
	struct rexec *rx = ctx;
	json_t *list = json_array();
	struct proc *p;

	(void)req;
	LIST_FOREACH(p, &rx->procs, next)
		json_array_append_new(
		    list, json_pack("{s:i s:s s:s s:s}", "pid", (int)p->pid,
			      "cmd", p->name, "label", p->label ? p->label : "",
			      "state", p->exited ? "Z" : "R"));
	an->json = json_pack(
	    "{s:I s:o}", "rank", (json_int_t)rx->b->rank, "procs", list);
	return 0;
}

static void
disconnect(void *ctx, const char *sender)
{
	struct rexec *rx = ctx;
	struct proc *p, *next;

	for (p = LIST_FIRST(&rx->procs); p; p = next) {
		next = LIST_NEXT(p, next);
		if (p->req && strcmp(request_sender(p->req), sender) == 0)
			proc_abandon(p);
	}
}

static const struct topic topics[] = {
	{ "rexec.exec", TOPIC_OWNER, exec_request },
	{ "rexec.write", TOPIC_OWNER, write_request },
	{ "rexec.kill", TOPIC_OWNER, kill_request },
	{ "rexec.list", TOPIC_OWNER, list_request },
	{ 0 },
};

static const struct service service = {
	.name = "rexec",
	.topics = topics,
	.disconnect = disconnect,
};

int
rexec_create(struct broker *b)
{
	struct rexec *rx = calloc(1, sizeof(*rx));

	if (!rx)
		return -1;
	rx->b = b;
	LIST_INIT(&rx->procs);
	b->rexec = rx;
	return service_register(b, &service, rx);
}

void
rexec_destroy(struct broker *b)
{
	struct proc *p;

	if (!b->rexec)
		return;
	while ((p = LIST_FIRST(&b->rexec->procs))) {
		if (!p->exited)
			kill(-p->pid, SIGKILL);
		proc_free(p);
	}
	free(b->rexec);
	b->rexec = NULL;
}
