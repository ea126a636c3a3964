/* SPDX-License-Identifier: MIT */
/*
 * Streams are read as data comes, cut into lines if they are to be, and each
 * line goes to where its stream goes: the job's log, a file of ours, or the
 * leader. When too much is on its way to rank 0, reading stops, and the tasks
 * block in write(2) in the end: no output is lost, none piles up here.
 */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "batch.h"
#include "guestlog.h"
#include "iodata.h"
#include "outconf.h"
#include "outfile.h"
#include "output.h"
#include "pty.h"
#include "service.h"
#include "shell.h"
#include "tags.h"
#include "task.h"

enum {
	READ_SIZE = 32768,
	LINE_MAX_BYTES = 65536, /* longer lines are cut */
	BACKLOG_HIGH = 65536,   /* stop reading */
	BACKLOG_LOW = 32768,    /* go on */
	CLOSE_READS = 4,        /* more than a pipe holds */
};

static const char *const names[NSTREAMS] = { "stdout", "stderr" };

struct stream {
	struct task *task;
	int which;
	ev_io io; /* fd -1: closed */
	bool closed;
	bool raw;   /* not cut into lines */
	char *line; /* begun, without its end */
	size_t len, size;
	struct outfile *file; /* NULL: the log, or the leader */
};

struct output {
	struct shell *sh;
	struct outopts opts;
	struct stream *streams; /* stdout, stderr of task 0, of task 1, ... */
	struct outfile *files;
	/* Where this shell's messages and, on the leader, the other shells'
	 * data go: the files that are one for the job */
	struct outfile *shared[NSTREAMS];
	bool to_leader[NSTREAMS]; /* another shell has the file */
	struct batch *leader;     /* data to it, NULL if there is none */
	size_t logged[NSTREAMS];  /* bytes in the log */
	size_t cut[NSTREAMS];     /* bytes beyond the limit */
	bool paused;
};

/* ---- set-up ---- */

static json_t *
leader_payload(struct shell *sh, int key, const char *text, size_t len)
{
	return json_pack("{s:s s:i s:o}", "name", "data", "shell_rank",
	    sh->info.shell_rank, "context",
	    iodata_encode(names[key], "all", text, len, false));
}

static int
open_leader(struct shell *sh, struct output *out)
{
	char topic[128];

	if (out->leader)
		return 0;
	snprintf(topic, sizeof(topic), "%s.write", sh->info.service);
	out->leader = batch_create(
	    sh, topic, info_broker_rank(&sh->info, 0), leader_payload);
	if (!out->leader)
		return shell_fatal(sh, 1, NULL, "%s", strerror(ENOMEM));
	return 0;
}

/* Files for the whole node or one for each task are opened here, wherever
 * here is; those for the job by the leader. */
static struct outfile *
open_file(struct shell *sh, const struct task *t, enum tag_scope scope,
    const char *template)
{
	char *path = tags_render(sh, t, scope, template);
	struct outfile *f = NULL;

	if (path)
		f = outfile_open(sh, &sh->out->files, &sh->out->opts, path);
	else
		shell_fatal(sh, 1, NULL, "%s", strerror(ENOMEM));
	free(path);
	return f;
}

static int
open_task_files(struct shell *sh, int which, const char *path)
{
	struct output *out = sh->out;

	for (int i = 0; i < sh->info.nlocal; i++) {
		struct stream *s = &out->streams[NSTREAMS * i + which];

		if (!(s->file = open_file(sh, &sh->tasks[i], TAGS_TASK, path)))
			return -1;
	}
	if (sh->info.nlocal > 0)
		out->shared[which] = out->streams[which].file;
	return 0;
}

static int
open_stream(struct shell *sh, int which)
{
	struct output *out = sh->out;
	const char *path = out->opts.streams[which].path;
	enum tag_scope scope;

	if (!path)
		return 0;
	if ((scope = tags_scope(path)) == TAGS_TASK)
		return open_task_files(sh, which, path);
	if (scope == TAGS_JOB && sh->info.shell_rank > 0) {
		out->to_leader[which] = true;
		return open_leader(sh, out);
	}
	if (!(out->shared[which] = open_file(sh, NULL, scope, path)))
		return -1;
	for (int i = 0; i < sh->info.nlocal; i++)
		out->streams[NSTREAMS * i + which].file = out->shared[which];
	return 0;
}

static void
announce_redirect(struct shell *sh, int which)
{
	const char *template = sh->out->opts.streams[which].path;
	char ranks[32] = "0";
	char *path;

	if (!template || sh->info.shell_rank > 0)
		return;
	path = tags_render(sh, NULL, TAGS_JOB, template);
	if (sh->info.ntasks > 1)
		snprintf(ranks, sizeof(ranks), "[0-%d]", sh->info.ntasks - 1);
	guestlog_event(sh, GUEST_OUTPUT, "redirect",
	    json_pack("{s:s s:s s:s}", "stream", names[which], "rank", ranks,
		"path", path ? path : template));
	free(path);
}

void
output_announce(struct shell *sh)
{
	int n = sh->info.ntasks;

	if (sh->info.shell_rank > 0)
		return;
	guestlog_event(sh, GUEST_OUTPUT, "header",
	    json_pack("{s:i s:{s:s s:s} s:{s:i s:i} s:{}}", "version", 1,
		"encoding", "stdout", "UTF-8", "stderr", "UTF-8", "count",
		"stdout", n, "stderr", n, "options"));
}

int
output_create(struct shell *sh)
{
	struct output *out = calloc(1, sizeof(*out));

	if (!out || !(out->streams = calloc(NSTREAMS * sh->info.nlocal + 1,
			  sizeof(*out->streams)))) {
		free(out);
		return shell_fatal(sh, 1, NULL, "%s", strerror(ENOMEM));
	}
	out->sh = sh;
	sh->out = out;
	for (int i = 0; i < NSTREAMS * sh->info.nlocal; i++) {
		out->streams[i].task = &sh->tasks[i / NSTREAMS];
		out->streams[i].which = i % NSTREAMS;
		out->streams[i].io.fd = -1;
	}
	if (outconf_read(sh, &out->opts) < 0)
		return -1;
	if (out->opts.delay >= 0)
		batch_set_delay(sh->logs, out->opts.delay);
	if (open_stream(sh, STDOUT) < 0 || open_stream(sh, STDERR) < 0)
		return -1;
	announce_redirect(sh, STDOUT);
	announce_redirect(sh, STDERR);
	return 0;
}

/* ---- where data goes ---- */

/* Bytes at the end of data that begin a UTF-8 character and do not end it. */
static size_t
incomplete_tail(const char *data, size_t len)
{
	for (size_t n = 1; n <= 3 && n <= len; n++) {
		unsigned char c = data[len - n];
		size_t need = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 1;

		if ((c & 0xc0) != 0x80)
			return need > n ? n : 0;
	}
	return 0;
}

/* How much of len bytes the limit lets through. */
static size_t
cut(struct output *out, int which, const char *data, size_t len)
{
	size_t left = out->opts.limit - out->logged[which], n = len;

	if (out->cut[which] > 0) {
		n = 0;
	} else if (len > left) {
		shell_log(out->sh, SHELL_WARN, "output.kvs",
		    "%s will be truncated, %s limit exceeded", names[which],
		    out->opts.limit_text);
		n = left - incomplete_tail(data, left);
	}
	out->logged[which] += n;
	out->cut[which] += len - n;
	return n;
}

static void
write_log(struct stream *s, const char *data, size_t len)
{
	struct output *out = s->task->sh->out;
	char rank[16];

	if ((len = cut(out, s->which, data, len)) == 0)
		return;
	snprintf(rank, sizeof(rank), "%d", s->task->rank);
	guestlog_event(out->sh, GUEST_OUTPUT, "data",
	    iodata_encode(names[s->which], rank, data, len, false));
}

static void
write_file(struct shell *sh, struct outfile *f, const char *data, size_t len)
{
	if (outfile_write(f, data, len) < 0)
		warn("job %s: %s", sh->info.f58, outfile_path(f));
}

static void
put(struct stream *s, const char *data, size_t len)
{
	struct shell *sh = s->task->sh;

	if (s->file)
		write_file(sh, s->file, data, len);
	else
		batch_append(sh->out->leader, s->which, data, len);
}

/* A line, or what was read of it. In a file it may want a label. */
static void
emit(struct stream *s, const char *data, size_t len)
{
	struct output *out = s->task->sh->out;
	char label[16];
	int n;

	if (!s->file && !out->to_leader[s->which]) {
		write_log(s, data, len);
		return;
	}
	if (out->opts.streams[s->which].label) {
		n = snprintf(label, sizeof(label), "%d: ", s->task->rank);
		put(s, label, n);
	}
	put(s, data, len);
}

/* ---- lines ---- */

/* How much of the buffer can go now: up to the end of the first line, or all
 * but half a character if lines do not matter or this one is too long. */
static size_t
ready(const struct stream *s, const char *p, size_t len)
{
	const struct outopts *opts = &s->task->sh->out->opts;
	const char *nl = memchr(p, '\n', len);
	bool by_line = opts->streams[s->which].by_line;

	if (s->raw)
		return len;
	/* For label and log a line each, if one is there */
	if (nl)
		return nl - p + 1;
	if (by_line && len < LINE_MAX_BYTES)
		return 0;
	return len - incomplete_tail(p, len);
}

static int
append(struct stream *s, const char *data, size_t len)
{
	if (s->len + len > s->size) {
		size_t size = s->len + len + 256;
		char *p = realloc(s->line, size);

		if (!p)
			return -1;
		s->line = p;
		s->size = size;
	}
	memcpy(s->line + s->len, data, len);
	s->len += len;
	return 0;
}

/* Most reads end with a line: then nothing is copied. */
static void
add(struct stream *s, const char *data, size_t len)
{
	bool joined = s->len > 0;
	size_t n, rest;

	if (joined) {
		if (append(s, data, len) < 0)
			return;
		data = s->line;
		len = s->len;
	}
	for (rest = len; rest > 0 && (n = ready(s, data, rest)) > 0;) {
		emit(s, data, n);
		data += n;
		rest -= n;
	}
	if (joined) {
		memmove(s->line, data, rest);
		s->len = rest;
	} else if (rest > 0) {
		append(s, data, rest);
	}
}

static void
close_stream(struct stream *s)
{
	struct shell *sh = s->task->sh;
	char rank[16];

	if (s->closed)
		return;
	s->closed = true;
	if (s->io.fd >= 0) {
		ev_io_stop(sh->loop, &s->io);
		close(s->io.fd);
		s->io.fd = -1;
	}
	if (s->len > 0)
		emit(s, s->line, s->len);
	s->len = 0;
	if (!s->file && !sh->out->to_leader[s->which]) {
		snprintf(rank, sizeof(rank), "%d", s->task->rank);
		guestlog_event(sh, GUEST_OUTPUT, "data",
		    iodata_encode(names[s->which], rank, NULL, 0, true));
	}
	task_stream_closed(s->task);
}

/* ---- reading ---- */

static void
on_readable(struct ev_loop *loop, ev_io *w, int revents)
{
	struct stream *s = w->data;
	char buf[READ_SIZE];
	ssize_t n = read(w->fd, buf, sizeof(buf));

	(void)loop;
	(void)revents;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		close_stream(s);
		return;
	}
	add(s, buf, n);
	output_throttle(s->task->sh);
}

static struct stream *
stream(struct task *t, int which)
{
	return &t->sh->out->streams[NSTREAMS * t->index + which];
}

void
output_attach(struct task *t, int which, int fd)
{
	struct stream *s = stream(t, which);

	ev_io_init(&s->io, on_readable, fd, EV_READ);
	/* What is there at once is shown in this order */
	ev_set_priority(&s->io, which == STDOUT ? 1 : 0);
	s->io.data = s;
	if (!t->sh->out->paused)
		ev_io_start(t->sh->loop, &s->io);
}

void
output_data(struct task *t, int which, const char *data, size_t len)
{
	add(stream(t, which), data, len);
}

void
output_unbuffered(struct task *t, int which)
{
	stream(t, which)->raw = true;
}

void
output_eof(struct task *t, int which)
{
	close_stream(stream(t, which));
}

/* What is in the pipes is still read, but not what somebody goes on writing. */
void
output_close_task(struct task *t)
{
	char buf[READ_SIZE];
	ssize_t n;

	for (int i = 0; i < NSTREAMS; i++) {
		struct stream *s = stream(t, i);

		for (int k = 0; k < CLOSE_READS && s->io.fd >= 0; k++) {
			if ((n = read(s->io.fd, buf, sizeof(buf))) <= 0)
				break;
			add(s, buf, n);
		}
		close_stream(s);
	}
}

static size_t
backlog(const struct output *out)
{
	size_t n = batch_backlog(out->sh->logs);

	return out->leader ? n + batch_backlog(out->leader) : n;
}

void
output_throttle(struct shell *sh)
{
	struct output *out = sh->out;
	size_t n;

	if (!out)
		return;
	n = backlog(out);
	if (out->paused ? n > BACKLOG_LOW : n < BACKLOG_HIGH)
		return;
	out->paused = !out->paused;
	for (int i = 0; i < NSTREAMS * sh->info.nlocal; i++) {
		struct stream *s = &out->streams[i];

		if (s->io.fd < 0)
			continue;
		if (out->paused)
			ev_io_stop(sh->loop, &s->io);
		else
			ev_io_start(sh->loop, &s->io);
	}
	pty_throttle(sh, out->paused);
}

/* ---- the end ---- */

void
output_finish(struct shell *sh)
{
	struct output *out = sh->out;

	if (!out)
		return;
	for (int w = NSTREAMS - 1; w >= 0; w--)
		if (out->cut[w] > 0)
			shell_log(sh, SHELL_WARN, "output.kvs",
			    "%s: %zu of %zu bytes truncated", names[w],
			    out->cut[w], out->cut[w] + out->logged[w]);
	if (out->leader)
		batch_finish(out->leader);
}

void
output_destroy(struct shell *sh)
{
	struct output *out = sh->out;

	if (!out)
		return;
	for (int i = 0; i < NSTREAMS * sh->info.nlocal; i++) {
		ev_io_stop(sh->loop, &out->streams[i].io);
		free(out->streams[i].line);
	}
	batch_destroy(out->leader);
	outfile_close_all(&out->files);
	free(out->streams);
	free(out);
	sh->out = NULL;
}

/* ---- other writers ---- */

bool
output_has_shell_file(const struct shell *sh)
{
	const struct output *out = sh->out;

	return out && (out->shared[STDERR] || out->to_leader[STDERR]);
}

void
output_shell_line(struct shell *sh, const char *line)
{
	struct output *out = sh->out;

	if (out->shared[STDERR])
		write_file(sh, out->shared[STDERR], line, strlen(line));
	else
		batch_append(out->leader, STDERR, line, strlen(line));
}

void
output_write_request(struct shell *sh, const struct msg *m)
{
	json_t *o = msg_get_json(m);
	json_t *context = json_object_get(o, "context");
	struct iodata io;
	int which;

	if (!context || iodata_decode(&io, context) < 0) {
		service_error(sh, m, EPROTO, NULL);
		json_decref(o);
		return;
	}
	which = strcmp(io.stream, names[STDERR]) == 0 ? STDERR : STDOUT;
	if (io.data && sh->out && sh->out->shared[which])
		write_file(sh, sh->out->shared[which], io.data, io.len);
	iodata_fini(&io);
	json_decref(o);
	service_reply(sh, m, NULL);
}
