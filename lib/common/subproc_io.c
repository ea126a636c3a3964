/* SPDX-License-Identifier: MIT */
/*
 * One process: its streams, and its end. What one in the background writes is
 * logged, and kept for who waits. Output stops to be read while a window of it
 * is under way to the client, so that it is the process that waits.
 */
#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "iodata.h"
#include "subproc_impl.h"

enum {
	READ_SIZE = 65536,
	LINE_MAX_SIZE = 4u << 20,
	MESSAGE_SIZE = 200 /* about, of an empty one */
};

void
subproc_respond(struct subproc *p, json_t *o)
{
	if (p->req && o)
		p->s->ops->respond(p->req, o);
	else
		json_decref(o);
}

/* ---- output ---- */

/* "LABEL[PID]: text", without the newline */
static void
log_output(const struct output *o, const char *data, size_t len)
{
	const struct subproc *p = o->proc;
	const char *name = p->label ? p->label : p->name;
	char *text;

	len -= data[len - 1] == '\n';
	if (asprintf(&text, "%s[%d]: %.*s", name, (int)p->pid, (int)len, data) <
	    0)
		return;
	p->s->ops->log(p->s->arg, o == &p->err, text);
	free(text);
}

static json_t *
encode(const struct output *o, const char *data, size_t len, bool eof)
{
	struct subprocs *s = o->proc->s;
	char rank[16];

	snprintf(rank, sizeof(rank), "%u", (unsigned)s->ops->rank(s->arg));
	return iodata_encode(o->name, rank, len ? data : NULL, len, eof);
}

static void
retain(const struct output *o, const char *data, size_t len)
{
	struct subproc *p = o->proc;

	if (!p->retained || len > RETAIN_MAX - p->nretained)
		return;
	p->nretained += len;
	json_array_append_new(p->retained, encode(o, data, len, false));
}

static void
stop_reading(struct subproc *p)
{
	ev_io_stop(p->s->loop, &p->out.io);
	ev_io_stop(p->s->loop, &p->err.io);
}

static void
send_output(struct output *o, const char *data, size_t len, bool eof)
{
	struct subproc *p = o->proc;

	if (len == 0 && !eof)
		return;
	if (p->background && len > 0) {
		log_output(o, data, len);
		retain(o, data, len);
	}
	if (!o->forward || !p->req)
		return;
	subproc_respond(p, json_pack("{s:s s:i s:o}", "type", "output", "pid",
			       (int)p->pid, "io", encode(o, data, len, eof)));
	p->sent += len + MESSAGE_SIZE;
	if (p->sent > OUTPUT_WINDOW && !p->draining) {
		p->draining = true;
		stop_reading(p);
		p->s->ops->drain(p->s->arg, p->req, p->id);
	}
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
	ev_io_stop(o->proc->s->loop, &o->io);
	close(o->fd);
	o->fd = -1;
}

static void
take_output(struct output *o, const char *data, size_t len)
{
	if (o->by_lines)
		send_lines(o, data, len);
	else
		send_output(o, data, len, false);
}

static void
end_output(struct output *o)
{
	send_output(o, o->buf, o->len, false);
	o->len = 0;
	send_output(o, NULL, 0, true);
	close_output(o);
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
		take_output(o, buf, n);
		return;
	}
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	end_output(o);
	subproc_finish(o->proc);
}

/* What is in the pipe is read, and no more. */
static void
finish_output(struct output *o)
{
	char buf[READ_SIZE];
	ssize_t n = 0;

	if (o->fd < 0)
		return;
	if ((n = read(o->fd, buf, sizeof(buf))) > 0)
		take_output(o, buf, n);
	end_output(o);
}

static void
watch_output(struct subproc *p, struct output *o)
{
	o->proc = p;
	if (o->fd < 0)
		return;
	ev_io_init(&o->io, output_cb, o->fd, EV_READ);
	o->io.data = o;
	ev_io_start(p->s->loop, &o->io);
}

static void
go_on(struct output *o)
{
	if (o->fd >= 0)
		ev_io_start(o->proc->s->loop, &o->io);
}

void
subproc_resume(struct subproc *p)
{
	p->sent = 0;
	if (!p->draining)
		return;
	p->draining = false;
	go_on(&p->out);
	go_on(&p->err);
}

/* ---- input ---- */

static void
close_input(struct subproc *p)
{
	if (p->in < 0)
		return;
	ev_io_stop(p->s->loop, &p->in_io);
	close(p->in);
	p->in = -1;
	p->npending = 0;
}

static void
add_credit(struct subproc *p, size_t n)
{
	if (p->credit)
		subproc_respond(
		    p, json_pack("{s:s s:{s:I}}", "type", "add-credit",
			   "channels", "stdin", (json_int_t)n));
}

static void
flush_input(struct subproc *p)
{
	ssize_t n;

	while (p->npending > 0) {
		n = write(p->in, p->pending, p->npending);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN) {
			ev_io_start(p->s->loop, &p->in_io);
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
	ev_io_stop(p->s->loop, &p->in_io);
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
subproc_write(struct subproc *p, const char *data, size_t len, bool eof)
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

bool
subproc_is_complete(const struct subproc *p)
{
	return p->exited && p->out.fd < 0 && p->err.fd < 0;
}

void
subproc_finish(struct subproc *p)
{
	const struct subproc_ops *ops = p->s->ops;

	if (!subproc_is_complete(p))
		return;
	if (p->req) {
		ops->fail(p->req, ENODATA, NULL);
		ops->release(p->req);
		p->req = NULL;
	}
	if (p->waiter) {
		ops->respond(p->waiter, json_pack("{s:i s:O}", "status",
					    p->status, "output", p->retained));
		ops->release(p->waiter);
		p->waiter = NULL;
		p->waitable = false;
	}
	if (!p->waitable)
		subproc_free(p);
}

/* "LABEL: NAME[PID]: Exit 1" */
static void
log_exit(const struct subproc *p, int status)
{
	char *text;
	int rc = asprintf(&text, "%s%s%s[%d]: %s %d", p->label ? p->label : "",
	    p->label ? ": " : "", p->name, (int)p->pid,
	    WIFSIGNALED(status) ? "Killed by signal" : "Exit",
	    WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));

	if (rc < 0)
		return;
	p->s->ops->log(p->s->arg, false, text);
	free(text);
}

void
subproc_exited(struct subproc *p, int status)
{
	if (WIFSTOPPED(status)) {
		subproc_respond(p, json_pack("{s:s}", "type", "stopped"));
		return;
	}
	if (WIFCONTINUED(status))
		return;
	p->exited = true;
	p->status = status;
	close_input(p);
	if (p->background)
		log_exit(p, status);
	subproc_respond(
	    p, json_pack("{s:s s:i}", "type", "finished", "status", status));
	subproc_finish(p);
}

static void
child_cb(struct ev_loop *loop, ev_child *w, int revents)
{
	(void)revents;
	if (WIFEXITED(w->rstatus) || WIFSIGNALED(w->rstatus))
		ev_child_stop(loop, w);
	subproc_exited(w->data, w->rstatus);
}

void
subproc_watch(struct subproc *p)
{
	if (p->s->reaps) {
		ev_child_init(&p->child, child_cb, p->pid, 1);
		p->child.data = p;
		ev_child_start(p->s->loop, &p->child);
	}
	watch_output(p, &p->out);
	watch_output(p, &p->err);
	ev_io_init(&p->in_io, input_cb, p->in, EV_WRITE);
	p->in_io.data = p;
	subproc_respond(
	    p, json_pack("{s:s s:i}", "type", "started", "pid", (int)p->pid));
	add_credit(p, INPUT_CREDIT);
}

void
subproc_end(struct subproc *p, int status)
{
	finish_output(&p->out);
	finish_output(&p->err);
	if (p->exited)
		subproc_finish(p);
	else
		subproc_exited(p, status);
}

void
subproc_abandon(struct subproc *p)
{
	p->s->ops->release(p->req);
	p->req = NULL;
	if (!p->exited)
		kill(-p->pid, SIGKILL);
	/* what it has left behind may hold these for ever */
	close_output(&p->out);
	close_output(&p->err);
	subproc_finish(p);
}

void
subproc_free(struct subproc *p)
{
	if (p->s->reaps)
		ev_child_stop(p->s->loop, &p->child);
	close_input(p);
	close_output(&p->out);
	close_output(&p->err);
	LIST_REMOVE(p, next);
	if (p->req)
		p->s->ops->release(p->req);
	if (p->waiter)
		p->s->ops->release(p->waiter);
	json_decref(p->retained);
	json_decref(p->cmd);
	free(p->out.buf);
	free(p->err.buf);
	free(p->pending);
	free(p->label);
	free(p->name);
	free(p);
}
