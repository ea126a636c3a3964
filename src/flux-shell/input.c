/* SPDX-License-Identifier: MIT */
/*
 * A chunk that is for many tasks is in memory once; each task has a queue of
 * references. All that users may send in the life of a job is bounded by the
 * option input.limit, so queues need no bound of their own.
 */
#include <sys/queue.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guestlog.h"
#include "idset.h"
#include "input.h"
#include "iodata.h"
#include "pty.h"
#include "service.h"
#include "shell.h"
#include "tags.h"
#include "task.h"

#define LIMIT_DEFAULT (10l << 20)

struct chunk {
	int refs;
	size_t len;
	char data[];
};

struct item {
	STAILQ_ENTRY(item) next;
	struct chunk *chunk;
};

/* Standard input of one task. */
struct feed {
	struct task *task;
	STAILQ_HEAD(, item) items;
	size_t offset; /* in the first chunk */
	ev_io io;      /* fd -1: not attached (yet) */
	bool eof;      /* nothing comes behind what is queued */
	bool closed;   /* the task does not take any */
};

struct input {
	const char *path; /* template, borrowed; NULL: by the service */
	long limit, received;
	struct feed *feeds; /* by local task */
};

/* ---- options ---- */

static int
read_limit(struct shell *sh, struct input *in)
{
	static const char units[] = "kmg";
	json_t *option = info_option(&sh->info, "input.limit");
	const char *s = json_string_value(option), *unit;
	char *end;

	in->limit = LIMIT_DEFAULT;
	if (json_is_integer(option))
		in->limit = json_integer_value(option);
	if (!s)
		return 0;
	errno = 0;
	in->limit = strtol(s, &end, 10);
	unit = *end ? strchr(units, *end | 0x20) : NULL;
	if (errno || end == s || in->limit < 0 || in->limit > 1 << 20 ||
	    (*end && (!unit || end[1])))
		return shell_fatal(
		    sh, 1, "input.util", "Invalid input.limit=%s", s);
	if (unit)
		in->limit <<= 10 * (unit - units + 1);
	return 0;
}

static int
read_options(struct shell *sh, struct input *in)
{
	json_t *option = info_option(&sh->info, "input.stdin");
	const char *type = "service", *path = NULL;
	json_error_t error;

	if (option && json_unpack_ex(option, &error, 0, "{s?s s?s}", "type",
			  &type, "path", &path) < 0)
		return shell_fatal(
		    sh, 1, "input.service", "input.stdin: %s", error.text);
	if (strcmp(type, "file") == 0) {
		if (!path)
			return shell_fatal(sh, 1, "input.file",
			    "path for stdin file is not set");
		in->path = path;
	} else if (strcmp(type, "service") != 0) {
		return shell_fatal(sh, 1, "input.service",
		    "input.stdin.type=%s invalid", type);
	}
	return read_limit(sh, in);
}

/* ---- feeding one task ---- */

static void
release(struct feed *f)
{
	struct item *item = STAILQ_FIRST(&f->items);

	STAILQ_REMOVE_HEAD(&f->items, next);
	f->offset = 0;
	if (--item->chunk->refs == 0)
		free(item->chunk);
	free(item);
}

static void
close_feed(struct feed *f)
{
	f->closed = true;
	while (!STAILQ_EMPTY(&f->items))
		release(f);
	if (f->io.fd >= 0) {
		ev_io_stop(f->task->sh->loop, &f->io);
		close(f->io.fd);
		f->io.fd = -1;
	}
}

/* Write what the pipe takes. */
static void
drain(struct feed *f)
{
	struct item *item;

	while ((item = STAILQ_FIRST(&f->items))) {
		struct chunk *c = item->chunk;
		ssize_t n =
		    write(f->io.fd, c->data + f->offset, c->len - f->offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			break;
		if (n < 0) {
			close_feed(f); /* the task closed its end */
			return;
		}
		f->offset += n;
		if (f->offset == c->len)
			release(f);
	}
	if (!STAILQ_EMPTY(&f->items))
		ev_io_start(f->task->sh->loop, &f->io);
	else if (f->eof)
		close_feed(f);
	else
		ev_io_stop(f->task->sh->loop, &f->io);
}

static void
on_writable(struct ev_loop *loop, ev_io *w, int revents)
{
	(void)loop;
	(void)revents;
	drain(w->data);
}

static int
queue(struct feed *f, struct chunk *c)
{
	struct item *item = calloc(1, sizeof(*item));

	if (!item)
		return -1;
	item->chunk = c;
	c->refs++;
	STAILQ_INSERT_TAIL(&f->items, item, next);
	return 0;
}

/* Data or end of it for one task here. */
static void
feed(struct feed *f, struct chunk *c, bool eof)
{
	if (f->closed)
		return;
	if (pty_wants(f->task)) {
		pty_write(f->task, c ? c->data : NULL, c ? c->len : 0, eof);
		return;
	}
	if (c && queue(f, c) < 0)
		return;
	f->eof |= eof;
	if (f->io.fd >= 0)
		drain(f);
}

/* ---- all tasks ---- */

/* The tasks that io is for: "all", a rank or an idset. NULL: no such task. */
static struct idset *
targets(const struct info *info, const char *rank)
{
	struct idset *all, *set;

	if (!(all = idset_create()))
		return NULL;
	if (info->ntasks > 0)
		idset_set_range(all, 0, info->ntasks - 1);
	if (strcmp(rank, "all") == 0)
		return all;
	set = idset_decode(rank);
	if (set)
		idset_intersect(set, all);
	idset_destroy(all);
	if (set && idset_count(set) > 0)
		return set;
	idset_destroy(set);
	return NULL;
}

/* Give it to our tasks among them. Returns how many still take input. */
static int
deliver(struct shell *sh, const struct idset *ranks, const struct iodata *io)
{
	struct chunk *c = NULL;
	int n = 0;

	if (io->len > 0) {
		if (!(c = malloc(sizeof(*c) + io->len)))
			return 0;
		c->refs = 1;
		c->len = io->len;
		memcpy(c->data, io->data, io->len);
	}
	for (int i = 0; i < sh->info.nlocal; i++) {
		struct feed *f = &sh->in->feeds[i];

		if (!idset_test(ranks, f->task->rank))
			continue;
		n += !f->closed && !f->eof;
		feed(f, c, io->eof);
	}
	if (c && --c->refs == 0)
		free(c);
	return n;
}

static void
forward(struct shell *sh, json_t *o)
{
	for (int i = 1; i < sh->info.nshells; i++)
		service_send(sh, i, "input", json_incref(o));
}

static int
count_received(struct shell *sh, const struct iodata *io)
{
	struct input *in = sh->in;

	in->received += (long)io->len;
	if (in->received <= in->limit)
		return 0;
	return shell_fatal(sh, 1, "input.util",
	    "stdin exceeds %ld limit. Try file input (flux submit "
	    "--input=FILE) or redirect input to your command to avoid the "
	    "KVS for large amounts of input",
	    in->limit);
}

/* Errnum of the answer. */
static int
take(struct shell *sh, json_t *o)
{
	struct idset *ranks;
	struct iodata io;
	int n;

	if (iodata_decode(&io, o) < 0)
		return EPROTO;
	if (!(ranks = targets(&sh->info, io.rank))) {
		iodata_fini(&io);
		return EPIPE;
	}
	if (count_received(sh, &io) < 0) {
		n = -1;
	} else {
		n = deliver(sh, ranks, &io);
		if (n > 0 || sh->info.nshells > 1) {
			guestlog_event(sh, GUEST_INPUT, "data", json_incref(o));
			forward(sh, o);
			n = 1;
		}
	}
	idset_destroy(ranks);
	iodata_fini(&io);
	/* A fatal error (n < 0) is not the client's, who sees it in the log */
	return n == 0 ? EPIPE : 0;
}

void
input_stdin_request(struct shell *sh, const struct msg *m)
{
	json_t *o = msg_get_json(m);
	int errnum;

	if (!sh->in || sh->in->path || sh->info.shell_rank > 0)
		errnum = ENOSYS;
	else if (sh->failed)
		errnum = EPIPE;
	else
		errnum = o ? take(sh, o) : EPROTO;
	json_decref(o);
	if (errnum)
		service_error(sh, m, errnum, NULL);
	else
		service_reply(sh, m, NULL);
}

void
input_forward_request(struct shell *sh, const struct msg *m)
{
	json_t *o = msg_get_json(m);
	struct idset *ranks = NULL;
	struct iodata io;

	if (o && sh->in && iodata_decode(&io, o) == 0) {
		if ((ranks = targets(&sh->info, io.rank)))
			deliver(sh, ranks, &io);
		idset_destroy(ranks);
		iodata_fini(&io);
	}
	json_decref(o);
}

/* ---- life ---- */

static void
announce(struct shell *sh)
{
	guestlog_event(sh, GUEST_INPUT, "header",
	    json_pack("{s:i s:{s:s} s:{s:i} s:{}}", "version", 1, "encoding",
		"stdin", "UTF-8", "count", "stdin", 1, "options"));
	if (sh->in->path)
		guestlog_event(sh, GUEST_INPUT, "redirect",
		    json_pack("{s:s s:s s:s}", "stream", "stdin", "rank", "all",
			"path", sh->in->path));
}

int
input_create(struct shell *sh)
{
	struct input *in = calloc(1, sizeof(*in));

	if (!in ||
	    !(in->feeds = calloc(sh->info.nlocal + 1, sizeof(*in->feeds)))) {
		free(in);
		return shell_fatal(sh, 1, NULL, "%s", strerror(ENOMEM));
	}
	sh->in = in;
	for (int i = 0; i < sh->info.nlocal; i++) {
		STAILQ_INIT(&in->feeds[i].items);
		in->feeds[i].task = &sh->tasks[i];
		in->feeds[i].io.fd = -1;
	}
	if (read_options(sh, in) < 0)
		return -1;
	if (sh->info.shell_rank == 0)
		announce(sh);
	return 0;
}

void
input_destroy(struct shell *sh)
{
	if (!sh->in)
		return;
	for (int i = 0; i < sh->info.nlocal; i++)
		close_feed(&sh->in->feeds[i]);
	free(sh->in->feeds);
	free(sh->in);
	sh->in = NULL;
}

int
input_open_file(struct task *t, bool *from_file)
{
	struct shell *sh = t->sh;
	char *path;
	int fd;

	if (!(*from_file = sh->in->path != NULL))
		return -1;
	path = tags_render(sh, t, TAGS_TASK, sh->in->path);
	fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	if (fd < 0)
		shell_fatal(sh, 1, "input.file",
		    "error opening input file '%s': %s",
		    path ? path : sh->in->path, strerror(errno));
	free(path);
	return fd;
}

void
input_attach(struct task *t, int fd)
{
	struct feed *f = &t->sh->in->feeds[t->index];

	ev_io_init(&f->io, on_writable, fd, EV_WRITE);
	f->io.data = f;
	drain(f);
}
