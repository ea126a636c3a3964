/* SPDX-License-Identifier: MIT */
/*
 * The requests of remote execution: which process is meant, and may it be
 * done. Not there are channels beside stdin, stdout and stderr.
 */
#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "errmsg.h"
#include "idset.h"
#include "iodata.h"
#include "msg.h"
#include "subproc_impl.h"
#include "subproc_spawn.h"

/* How long they may take to end, in steps of 10 ms */
enum { END_STEPS = 200 };

/* Flags of exec and attach */
enum {
	EXEC_STDOUT = 1,
	EXEC_STDERR = 2,
	EXEC_CREDIT = 8,
	EXEC_WAITABLE = 16,
};

/* A request while it is looked at. */
struct call {
	struct subprocs *s;
	void *req;
	const struct msg *msg;
	json_t *payload; /* NULL if none */
	struct errmsg em;
};

struct command {
	const char *cwd, *label;
	json_t *all, *cmdline, *env, *opts, *channels;
	int flags;
};

static bool
is_streaming(const struct call *c)
{
	return (c->msg->flags & MSG_STREAMING) != 0;
}

static int
invalid(struct call *c, int errnum, const char *text)
{
	errno = errnum;
	return errmsg_set(&c->em, "%s", text);
}

static void
respond(struct call *c, json_t *o_new)
{
	c->s->ops->respond(c->req, o_new);
}

/* ---- which process ---- */

static struct subproc *
find(struct subprocs *s, int pid, const char *label)
{
	struct subproc *p;

	LIST_FOREACH(p, &s->list, next)
		if (label ? p->label && strcmp(p->label, label) == 0
			  : p->pid == pid)
			return p;
	return NULL;
}

/* By "pid" and "label" of the request. NULL with ESRCH. */
static struct subproc *
find_named(struct call *c)
{
	const char *label = NULL;
	struct subproc *p;
	int pid;

	if (json_unpack(c->payload, "{s:i s?s}", "pid", &pid, "label", &label) <
	    0) {
		errno = EPROTO;
		return NULL;
	}
	if ((p = find(c->s, pid, label)))
		return p;
	errno = ESRCH;
	if (label)
		errmsg_set(&c->em, "label %s does not belong to any subprocess",
		    label);
	else
		errmsg_set(
		    &c->em, "pid %d does not belong to any subprocess", pid);
	return NULL;
}

/* The process whose stream answers that request. */
static struct subproc *
find_client(struct subprocs *s, const char *sender, uint32_t matchtag)
{
	struct subproc *p;

	LIST_FOREACH(p, &s->list, next) {
		const struct msg *m = p->req ? s->ops->msg(p->req) : NULL;

		if (m && m->matchtag == matchtag &&
		    strcmp(msg_sender(m), sender) == 0)
			return p;
	}
	return NULL;
}

/* ---- exec ---- */

static int
check_flags(struct call *c, const struct command *k)
{
	if ((k->flags & EXEC_WAITABLE) && is_streaming(c))
		return invalid(c, EINVAL,
		    "waitable flag only supported in background mode");
	if ((k->flags & EXEC_CREDIT) && !is_streaming(c))
		return invalid(c, EINVAL,
		    "write-credit flag is not allowed in background mode");
	return 0;
}

static int
decode(struct call *c, struct command *k)
{
	memset(k, 0, sizeof(*k));
	if (json_unpack(c->payload, "{s:o s:i}", "cmd", &k->all, "flags",
		&k->flags) < 0)
		return invalid(
		    c, EPROTO, "invalid request payload: cmd and flags");
	if (json_unpack(k->all, "{s?s s:o s:o s:o s?o s?s}", "cwd", &k->cwd,
		"cmdline", &k->cmdline, "env", &k->env, "opts", &k->opts,
		"channels", &k->channels, "label", &k->label) < 0)
		return invalid(c, EPROTO, "error parsing command string");
	if (json_array_size(k->cmdline) == 0)
		return invalid(c, EPROTO, "command string is empty");
	if (json_array_size(k->channels) > 0)
		return invalid(c, ENOSYS, "channels are not supported");
	if (k->label && find(c->s, 0, k->label))
		return invalid(c, EINVAL, "command label is not unique");
	return check_flags(c, k);
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

static void
set_output(struct output *o, struct subproc *p, const char *name, bool forward)
{
	o->proc = p;
	o->name = name;
	o->forward = forward;
}

static bool
is_by_lines(const struct command *k, const char *key)
{
	const char *s = json_string_value(json_object_get(k->opts, key));

	return !s || strcmp(s, "false") != 0;
}

/* In the list, with its streams closed. */
static struct subproc *
proc_new(struct call *c, const struct command *k, char **argv)
{
	static const char *const names[] = { "stdout", "stderr" }; /* RFC 24 */
	struct subproc *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->s = c->s;
	p->id = ++c->s->last_id;
	p->background = !is_streaming(c);
	p->waitable = (k->flags & EXEC_WAITABLE) != 0;
	p->credit = (k->flags & EXEC_CREDIT) != 0;
	p->in = p->out.fd = p->err.fd = -1;
	p->name = proc_name(argv);
	p->label = k->label ? strdup(k->label) : NULL;
	p->cmd = p->background ? json_incref(k->all) : NULL;
	p->retained = p->waitable ? json_array() : NULL;
	set_output(&p->out, p, names[0], k->flags & EXEC_STDOUT);
	set_output(&p->err, p, names[1], k->flags & EXEC_STDERR);
	p->out.by_lines = is_by_lines(k, "stdout_LINE_BUFFER");
	p->err.by_lines = is_by_lines(k, "stderr_LINE_BUFFER");
	LIST_INSERT_HEAD(&c->s->list, p, next);
	if (p->name && (p->label || !k->label) && (p->retained || !p->waitable))
		return p;
	subproc_free(p);
	return NULL;
}

static int
launch(struct call *c, const struct command *k, struct subproc_spawn *s)
{
	struct subproc *p = proc_new(c, k, s->argv);
	int e;

	if (!p)
		return -1;
	if ((p->pid = subproc_start(s)) < 0) {
		e = errno;
		subproc_free(p);
		errno = e;
		return errmsg_set(
		    &c->em, "error launching process: %s", strerror(e));
	}
	p->in = s->in;
	p->out.fd = s->out;
	p->err.fd = s->err;
	if (p->background)
		respond(c, json_pack("{s:s s:i}", "type", "started", "pid",
			       (int)p->pid));
	else
		p->req = c->s->ops->hold(c->req);
	subproc_watch(p);
	return 0;
}

static int
do_exec(struct call *c)
{
	struct subproc_spawn s = { 0 };
	struct command k;
	int rc = -1, e;

	if (decode(c, &k) < 0)
		return -1;
	s.background = !is_streaming(c);
	s.cwd = k.cwd;
	if ((s.argv = subproc_argv(k.cmdline)) &&
	    (s.env = subproc_env(k.env, c->s->ops->local_uri(c->s->arg))))
		rc = launch(c, &k, &s);
	e = errno;
	free(s.argv);
	subproc_free_env(s.env);
	errno = e;
	return rc;
}

/* ---- attach and wait ---- */

static void
begin_stream(struct output *o, int flags, int flag)
{
	struct subproc *p = o->proc;

	o->forward = (flags & flag) != 0;
	if (o->forward && o->fd < 0)
		subproc_respond(
		    p, json_pack("{s:s s:i s:{s:s s:s s:b}}", "type", "output",
			   "pid", (int)p->pid, "io", "stream", o->name, "rank",
			   "0", "eof", 1));
}

static int
do_attach(struct call *c)
{
	struct subproc *p;
	int flags = 0;

	if (!is_streaming(c))
		return invalid(
		    c, EPROTO, "attach request is missing STREAMING flag");
	if (!(p = find_named(c)))
		return -1;
	if (p->req)
		return invalid(
		    c, EBUSY, "subprocess already has a client attached");
	if (p->waiter)
		return invalid(c, EBUSY, "process is already being waited on");
	json_unpack(c->payload, "{s?i}", "flags", &flags);
	p->req = c->s->ops->hold(c->req);
	p->sent = 0;
	subproc_respond(p, json_pack("{s:s s:i s:O}", "type", "attached", "pid",
			       (int)p->pid, "cmd", p->cmd));
	begin_stream(&p->out, flags, EXEC_STDOUT);
	begin_stream(&p->err, flags, EXEC_STDERR);
	if (!p->exited)
		return 0;
	subproc_respond(
	    p, json_pack("{s:s s:i}", "type", "finished", "status", p->status));
	/* who attaches to what has ended has its status */
	if (subproc_is_complete(p))
		p->waitable = false;
	subproc_finish(p);
	return 0;
}

static int
do_wait(struct call *c)
{
	struct subproc *p = find_named(c);

	if (!p)
		return -1;
	if (!p->waitable)
		return invalid(c, EINVAL, "process is not waitable");
	if (p->waiter)
		return invalid(c, EINVAL, "process is already being waited on");
	if (p->req)
		return invalid(c, EBUSY, "subprocess has a client attached");
	p->waiter = c->s->ops->hold(c->req);
	subproc_finish(p);
	return 0;
}

/* ---- write, kill, list ---- */

static int
do_write(struct call *c)
{
	json_int_t matchtag;
	struct subproc *p;
	struct iodata io;
	json_t *o;

	if (json_unpack(
		c->payload, "{s:I s:o}", "matchtag", &matchtag, "io", &o) < 0 ||
	    iodata_decode(&io, o) < 0) {
		errno = EPROTO;
		return -1;
	}
	p = find_client(c->s, msg_sender(c->msg), (uint32_t)matchtag);
	if (p && strcmp(io.stream, "stdin") == 0 &&
	    subproc_write(p, io.data, io.len, io.eof) < 0) {
		c->s->ops->fail(p->req, errno, "more input than was granted");
		subproc_abandon(p);
	}
	iodata_fini(&io);
	return 0;
}

static int
do_kill(struct call *c)
{
	struct subproc *p = find_named(c);
	int signum;

	if (!p)
		return -1;
	if (json_unpack(c->payload, "{s:i}", "signum", &signum) < 0) {
		errno = EPROTO;
		return -1;
	}
	if (signum <= 0)
		return invalid(c, EINVAL, "invalid signal number");
	if (p->exited) {
		errno = ESRCH;
		return -1;
	}
	if (kill(-p->pid, signum) < 0)
		return -1;
	respond(c, NULL);
	return 0;
}

static int
do_list(struct call *c)
{
	json_t *list = json_array();
	struct subproc *p;

	LIST_FOREACH(p, &c->s->list, next)
		json_array_append_new(
		    list, json_pack("{s:i s:s s:s s:s}", "pid", (int)p->pid,
			      "cmd", p->name, "label", p->label ? p->label : "",
			      "state", p->exited ? "Z" : "R"));
	respond(c, json_pack("{s:I s:o}", "rank",
		       (json_int_t)c->s->ops->rank(c->s->arg), "procs", list));
	return 0;
}

static const struct {
	const char *method;
	int (*handle)(struct call *c);
} methods[] = {
	{ "exec", do_exec },
	{ "write", do_write },
	{ "kill", do_kill },
	{ "list", do_list },
	{ "wait", do_wait },
	{ "attach", do_attach },
};

void
subprocs_request(struct subprocs *s, const char *method, void *req)
{
	struct call c = { .s = s, .req = req, .msg = s->ops->msg(req) };
	int rc = -1;

	errno = ENOSYS;
	c.payload = msg_get_json(c.msg);
	for (size_t i = 0; i < sizeof(methods) / sizeof(*methods); i++)
		if (strcmp(methods[i].method, method) == 0)
			rc = methods[i].handle(&c);
	if (rc < 0)
		s->ops->fail(req, errno, c.em.text[0] ? c.em.text : NULL);
	json_decref(c.payload);
}

/* ---- who leaves ---- */

uint32_t
subproc_origin(const struct msg *m, uint32_t rank)
{
	const char *hop = m->nroutes > 1 ? m->routes[1] : "";

	/* the first broker that handed it on */
	if (strncmp(hop, "rank-", 5) == 0)
		return (uint32_t)strtoul(hop + 5, NULL, 10);
	return rank;
}

/* Those in the background go on without a client. */
static void
leave(struct subproc *p)
{
	if (!p->background) {
		subproc_abandon(p);
		return;
	}
	p->s->ops->release(p->req);
	p->req = NULL;
	subproc_resume(p);
}

typedef bool (*is_gone_f)(
    const struct subprocs *s, const struct msg *m, const void *arg);

static void
forget(struct subprocs *s, is_gone_f is_gone, const void *arg)
{
	struct subproc *p, *next;

	for (p = LIST_FIRST(&s->list); p; p = next) {
		next = LIST_NEXT(p, next);
		if (p->waiter && is_gone(s, s->ops->msg(p->waiter), arg)) {
			s->ops->release(p->waiter);
			p->waiter = NULL;
		}
		if (p->req && is_gone(s, s->ops->msg(p->req), arg))
			leave(p);
	}
}

static bool
is_from(const struct subprocs *s, const struct msg *m, const void *sender)
{
	(void)s;
	return strcmp(msg_sender(m), sender) == 0;
}

void
subprocs_disconnect(struct subprocs *s, const char *sender)
{
	forget(s, is_from, sender);
}

static bool
is_on(const struct subprocs *s, const struct msg *m, const void *ranks)
{
	return idset_test(ranks, subproc_origin(m, s->ops->rank(s->arg)));
}

void
subprocs_lost(struct subprocs *s, const struct idset *ranks)
{
	forget(s, is_on, ranks);
}

/* ---- others ---- */

void
subprocs_reap(struct subprocs *s)
{
	struct subproc *p, *next;
	int status;

	for (p = LIST_FIRST(&s->list); p; p = next) {
		next = LIST_NEXT(p, next);
		if (!p->exited && waitpid(p->pid, &status,
				      WNOHANG | WUNTRACED | WCONTINUED) > 0)
			subproc_exited(p, status);
	}
}

static void
signal_all(const struct subprocs *s, int signum)
{
	const struct subproc *p;

	LIST_FOREACH(p, &s->list, next)
		if (!p->exited)
			kill(-p->pid, signum);
}

static bool
has_running(const struct subprocs *s)
{
	const struct subproc *p;

	LIST_FOREACH(p, &s->list, next)
		if (!p->exited)
			return true;
	return false;
}

/* This is the end of the program: it may sleep, the loop runs no more. */
void
subprocs_end(struct subprocs *s)
{
	const struct timespec step = { .tv_nsec = 10000000 };
	struct subproc *p, *next;
	int status;

	signal_all(s, SIGTERM);
	for (int i = 0; i < END_STEPS && has_running(s); i++) {
		nanosleep(&step, NULL);
		subprocs_reap(s);
	}
	signal_all(s, SIGKILL);
	for (p = LIST_FIRST(&s->list); p; p = next) {
		next = LIST_NEXT(p, next);
		if (p->exited)
			status = p->status;
		else if (waitpid(p->pid, &status, 0) < 0)
			status = SIGKILL;
		subproc_end(p, status);
	}
}

void
subprocs_go_on(struct subprocs *s, unsigned id)
{
	struct subproc *p;

	LIST_FOREACH(p, &s->list, next)
		if (p->id == id) {
			subproc_resume(p);
			return;
		}
}

struct subprocs *
subprocs_create(
    struct ev_loop *loop, bool reaps, const struct subproc_ops *ops, void *arg)
{
	struct subprocs *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->loop = loop;
	s->reaps = reaps;
	s->ops = ops;
	s->arg = arg;
	LIST_INIT(&s->list);
	return s;
}

void
subprocs_destroy(struct subprocs *s)
{
	struct subproc *p;

	if (!s)
		return;
	while ((p = LIST_FIRST(&s->list))) {
		if (!p->exited)
			kill(-p->pid, SIGKILL);
		subproc_free(p);
	}
	free(s);
}
