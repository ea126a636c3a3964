/* SPDX-License-Identifier: MIT */
/* One process of rexec: its streams, and its end. */
#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "iodata.h"
#include "proc.h"

enum { READ_SIZE = 65536, LINE_MAX_SIZE = 4u << 20 };

static void
respond(struct proc *p, json_t *o)
{
	if (p->req && o)
		request_respond_new(p->req, o);
	else
		json_decref(o);
}

static void
finish(struct proc *p)
{
	if (!p->exited || p->out.fd >= 0 || p->err.fd >= 0)
		return;
	if (p->req)
		request_fail(p->req, ENODATA, NULL);
	proc_free(p);
}

/* ---- output ---- */

static void
send_output(struct output *o, const char *data, size_t len, bool eof)
{
	struct proc *p = o->proc;
	char rank[16];

	if (!o->forward || !p->req || (len == 0 && !eof))
		return;
	snprintf(rank, sizeof(rank), "%u", (unsigned)p->rx->b->rank);
	respond(
	    p, json_pack("{s:s s:i s:o}", "type", "output", "pid", (int)p->pid,
		   "io",
		   iodata_encode(o->name, rank, len ? data : NULL, len, eof)));
}

static void
send_lines(struct output *o, const char *data, size_t len)
{
	const char *end;
	size_t n;

	while (len > 0 && (end = memchr(data, '\n', len))) {
		n = end + 1 - data;
		if (o->len > 0) {
			char *s = realloc(o->buf, o->len + n);
			if (!s)
				return;
			memcpy(s + o->len, data, n);
			o->buf = s;
			send_output(o, s, o->len + n, false);
			o->len = 0;
		} else {
			send_output(o, data, n, false);
		}
		data += n;
		len -= n;
	}
	if (len > 0) {
		char *s = realloc(o->buf, o->len + len);
		if (!s)
			return;
		memcpy(s + o->len, data, len);
		o->buf = s;
		o->len += len;
	}
	if (o->len > LINE_MAX_SIZE) {
		send_output(o, o->buf, o->len, false);
		o->len = 0;
	}
}

static void
close_output(struct output *o)
{
	if (o->fd < 0)
		return;
	ev_io_stop(o->proc->rx->b->loop, &o->io);
	close(o->fd);
	o->fd = -1;
}

static void
output_cb(struct ev_loop *loop, ev_io *w, int revents)
{
	struct output *o = w->data;
	char buf[READ_SIZE];
	ssize_t n = read(o->fd, buf, sizeof(buf));

	(void)loop;
	(void)revents;
	if (n > 0) {
		if (o->by_lines)
			send_lines(o, buf, n);
		else
			send_output(o, buf, n, false);
		return;
	}
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	send_output(o, o->buf, o->len, false);
	o->len = 0;
	send_output(o, NULL, 0, true);
	close_output(o);
	finish(o->proc);
}

static void
watch_output(struct proc *p, struct output *o)
{
	o->proc = p;
	if (o->fd < 0)
		return;
	ev_io_init(&o->io, output_cb, o->fd, EV_READ);
	o->io.data = o;
	ev_io_start(p->rx->b->loop, &o->io);
}

/* ---- input ---- */

static void
close_input(struct proc *p)
{
	if (p->in < 0)
		return;
	ev_io_stop(p->rx->b->loop, &p->in_io);
	close(p->in);
	p->in = -1;
	p->npending = 0;
}

static void
add_credit(struct proc *p, size_t n)
{
	if (p->credit)
		respond(p, json_pack("{s:s s:{s:I}}", "type", "add-credit",
			       "channels", "stdin", (json_int_t)n));
}

static void
flush_input(struct proc *p)
{
	ssize_t n;

	while (p->npending > 0) {
		n = write(p->in, p->pending, p->npending);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN) {
			ev_io_start(p->rx->b->loop, &p->in_io);
			return;
		}
		if (n < 0) {
			close_input(p);
			return;
		}
		p->npending -= n;
		memmove(p->pending, p->pending + n, p->npending);
		add_credit(p, n);
	}
	ev_io_stop(p->rx->b->loop, &p->in_io);
	if (p->in_eof)
		close_input(p);
}

static void
input_cb(struct ev_loop *loop, ev_io *w, int revents)
{
	(void)loop;
	(void)revents;
	flush_input(w->data);
}

int
proc_write(struct proc *p, const char *data, size_t len, bool eof)
{
	char *s;

	if (p->in < 0 || p->in_eof)
		return 0; /* it does not read: nobody misses it */
	if (len > 2 * INPUT_CREDIT - p->npending) {
		errno = EOVERFLOW;
		return -1;
	}
	if (len > 0) {
		if (!(s = realloc(p->pending, p->npending + len)))
			return -1;
		memcpy(s + p->npending, data, len);
		p->pending = s;
		p->npending += len;
	}
	p->in_eof = eof;
	flush_input(p);
	return 0;
}

/* ---- life ---- */

static void
child_cb(struct ev_loop *loop, ev_child *w, int revents)
{
	struct proc *p = w->data;

	(void)revents;
	if (WIFSTOPPED(w->rstatus)) {
		respond(p, json_pack("{s:s}", "type", "stopped"));
		return;
	}
	if (WIFCONTINUED(w->rstatus))
		return;
	ev_child_stop(loop, w);
	p->exited = true;
	close_input(p);
	respond(p,
	    json_pack("{s:s s:i}", "type", "finished", "status", w->rstatus));
	finish(p);
}

void
proc_watch(struct proc *p)
{
	struct ev_loop *loop = p->rx->b->loop;

	LIST_INSERT_HEAD(&p->rx->procs, p, next);
	ev_child_init(&p->child, child_cb, p->pid, 1);
	p->child.data = p;
	ev_child_start(loop, &p->child);
	watch_output(p, &p->out);
	watch_output(p, &p->err);
	ev_io_init(&p->in_io, input_cb, p->in, EV_WRITE);
	p->in_io.data = p;
	respond(
	    p, json_pack("{s:s s:i}", "type", "started", "pid", (int)p->pid));
	add_credit(p, INPUT_CREDIT);
}

void
proc_abandon(struct proc *p)
{
	request_unref(p->req);
	p->req = NULL;
	if (!p->exited)
		kill(-p->pid, SIGKILL);
	/* what it has left behind may hold these for ever */
	close_output(&p->out);
	close_output(&p->err);
	finish(p);
}

void
proc_free(struct proc *p)
{
	ev_child_stop(p->rx->b->loop, &p->child);
	close_input(p);
	close_output(&p->out);
	close_output(&p->err);
	LIST_REMOVE(p, next);
	request_unref(p->req);
	free(p->out.buf);
	free(p->err.buf);
	free(p->pending);
	free(p->label);
	free(p->name);
	free(p);
}
