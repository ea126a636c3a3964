/* SPDX-License-Identifier: MIT */
/*
 * All state is made when the first one asks. Replies go to the broker before
 * the question rexec.drained, so that its answer is about them; brokers that
 * do not know the topic answer with an error, which is an answer, too.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "rexec.h"
#include "service.h"
#include "shell.h"
#include "subproc.h"

struct rexec {
	struct subprocs *procs;
};

/* What subproc.h knows as a request. */
struct call {
	struct shell *sh;
	struct msg *msg;
};

static const struct msg *
op_msg(void *req)
{
	return ((struct call *)req)->msg;
}

static void
op_respond(void *req, json_t *o)
{
	struct call *c = req;

	service_reply(c->sh, c->msg, o);
	json_decref(o);
}

static void
op_fail(void *req, int errnum, const char *text)
{
	struct call *c = req;

	service_error(c->sh, c->msg, errnum, text);
}

static void *
op_hold(void *req)
{
	struct call *c = req, *copy = malloc(sizeof(*copy));

	if (!copy)
		return NULL;
	*copy = *c;
	msg_ref(copy->msg);
	return copy;
}

static void
op_release(void *req)
{
	struct call *c = req;

	msg_unref(c->msg);
	free(c);
}

static void
op_log(void *arg, bool is_error, const char *text)
{
	(void)is_error;
	shell_log(arg, SHELL_DEBUG, "rexec", "%s", text);
}

struct drain {
	struct shell *sh;
	unsigned id; /* of the process that waits */
};

static void
on_drained(struct handle *h, const struct reply *r, void *arg)
{
	struct drain *d = arg;

	(void)h;
	(void)r;
	if (d->sh->rexec)
		subprocs_go_on(d->sh->rexec->procs, d->id);
	free(d);
}

static void
op_drain(void *arg, void *req, unsigned id)
{
	struct shell *sh = arg;
	const struct msg *m = op_msg(req);
	struct drain *d = malloc(sizeof(*d));

	if (d) {
		*d = (struct drain){ sh, id };
		if (handle_rpc_new(sh->h, "rexec.drained",
			subproc_origin(m, sh->info.rank), 0,
			json_pack("{s:s}", "client", msg_sender(m)), on_drained,
			d) >= 0)
			return;
	}
	free(d);
	subprocs_go_on(sh->rexec->procs, id);
}

static uint32_t
op_rank(void *arg)
{
	return ((struct shell *)arg)->info.rank;
}

static const char *
op_local_uri(void *arg)
{
	return ((struct shell *)arg)->info.uri;
}

static const struct subproc_ops ops = {
	.msg = op_msg,
	.respond = op_respond,
	.fail = op_fail,
	.hold = op_hold,
	.release = op_release,
	.log = op_log,
	.drain = op_drain,
	.rank = op_rank,
	.local_uri = op_local_uri,
};

static bool
create(struct shell *sh)
{
	struct rexec *rx = calloc(1, sizeof(*rx));

	if (!rx || !(rx->procs = subprocs_create(sh->loop, false, &ops, sh))) {
		free(rx);
		return false;
	}
	sh->rexec = rx;
	return true;
}

void
rexec_request(struct shell *sh, const struct msg *m, const char *method)
{
	struct call c = { sh, (struct msg *)m };

	if (!sh->rexec && !create(sh))
		service_error(sh, m, ENOMEM, NULL);
	else if (strcmp(method, "disconnect") == 0)
		subprocs_disconnect(sh->rexec->procs, msg_sender(m));
	else
		subprocs_request(sh->rexec->procs, method, &c);
}

void
rexec_reap(struct shell *sh)
{
	if (sh->rexec)
		subprocs_reap(sh->rexec->procs);
}

void
rexec_end(struct shell *sh)
{
	struct rexec *rx = sh->rexec;

	if (!rx)
		return;
	subprocs_end(rx->procs);
	sh->rexec = NULL;
	subprocs_destroy(rx->procs);
	free(rx);
}
