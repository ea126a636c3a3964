/* SPDX-License-Identifier: MIT */
#include <ev.h>
#include <stdlib.h>
#include <string.h>

#include "attrs.h"
#include "broker.h"
#include "fluid.h"
#include "handle.h"
#include "lifecycle.h"
#include "log.h"
#include "parent-core.h"
#include "uri.h"

struct parent {
	struct broker *b;
	struct handle *h; /* NULL once lost */
	uint64_t jobid;
	ev_io in, out;
	ev_prepare prepare;
};

struct handle *
parent_handle(struct broker *b)
{
	return b->parent ? b->parent->h : NULL;
}

uint64_t
parent_jobid(const struct broker *b)
{
	return b->parent ? b->parent->jobid : 0;
}

/* The job that we are is as good as dead. */
static void
lost(struct parent *p)
{
	ev_io_stop(p->b->loop, &p->in);
	ev_io_stop(p->b->loop, &p->out);
	log_error(p->b->log, "lost connection to the parent instance");
	lifecycle_shutdown(p->b, 1);
}

static void
in_cb(struct ev_loop *loop, ev_io *w, int revents)
{
	struct parent *p = w->data;

	(void)loop;
	(void)revents;
	if (handle_read(p->h) < 0)
		lost(p);
}

static void
out_cb(struct ev_loop *loop, ev_io *w, int revents)
{
	struct parent *p = w->data;

	(void)revents;
	handle_flush(p->h);
	if (!handle_wants_write(p->h))
		ev_io_stop(loop, w);
}

/* The handle writes on its own as far as it can; what is left needs us. */
static void
prepare_cb(struct ev_loop *loop, ev_prepare *w, int revents)
{
	struct parent *p = w->data;

	(void)revents;
	if (handle_wants_write(p->h))
		ev_io_start(loop, &p->out);
}

int
parent_open(struct broker *b, struct errmsg *em)
{
	const char *uri = attrs_get(b->attrs, "parent-uri");
	const char *jobid = attrs_get(b->attrs, "jobid");
	struct parent *p;

	if (b->rank != 0 || !uri || !jobid)
		return 0;
	if (!(p = calloc(1, sizeof(*p))))
		return errmsg_set(em, "out of memory");
	p->b = b;
	if (fluid_parse(jobid, &p->jobid) < 0) {
		free(p);
		return errmsg_set(em, "invalid jobid '%s'", jobid);
	}
	if (!(p->h = handle_open(uri, em))) {
		free(p);
		return -1;
	}
	ev_io_init(&p->in, in_cb, handle_fd(p->h), EV_READ);
	ev_io_init(&p->out, out_cb, handle_fd(p->h), EV_WRITE);
	ev_prepare_init(&p->prepare, prepare_cb);
	p->in.data = p->out.data = p->prepare.data = p;
	ev_io_start(b->loop, &p->in);
	ev_prepare_start(b->loop, &p->prepare);
	b->parent = p;
	return 0;
}

void
parent_destroy(struct parent *p)
{
	if (!p)
		return;
	ev_io_stop(p->b->loop, &p->in);
	ev_io_stop(p->b->loop, &p->out);
	ev_prepare_stop(p->b->loop, &p->prepare);
	handle_close(p->h);
	free(p);
}

static void
memo_cb(struct handle *h, const struct reply *r, void *arg)
{
	struct parent *p = arg;

	(void)h;
	if (r->errnum)
		log_error(p->b->log,
		    "posting the URI to the parent instance: %s", r->text);
}

/* Parents need not know about critical ranks. */
static void
ignore_cb(struct handle *h, const struct reply *r, void *arg)
{
	(void)h;
	(void)r;
	(void)arg;
}

void
parent_announce(struct broker *b)
{
	struct parent *p = b->parent;
	const char *critical;
	char *uri;

	if (!p || !p->h)
		return;
	if (!(uri = uri_remote(attrs_get(b->attrs, "local-uri"))))
		return;
	handle_rpc_new(p->h, "job-manager.memo", NODEID_ANY, 0,
	    json_pack("{s:I s:{s:s}}", "id", (json_int_t)p->jobid, "memo",
		"uri", uri),
	    memo_cb, p);
	free(uri);
	critical = attrs_get(b->attrs, "broker.critical-ranks");
	handle_rpc_new(p->h, "job-exec.critical-ranks", NODEID_ANY, 0,
	    json_pack("{s:I s:s}", "id", (json_int_t)p->jobid, "ranks",
		critical ? critical : "0"),
	    ignore_cb, p);
}
