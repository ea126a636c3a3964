/* SPDX-License-Identifier: MIT */
/*
 * What goes to the job: stdin, in chunks, to the shell's stdin service. At
 * most INFLIGHT_MAX chunks are on their way, so that a large file does not
 * end up in memory, here or in the broker.
 */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attach.h"
#include "iodata.h"

enum { INFLIGHT_MAX = 16, CHUNK = 65536 };

/* Broker: the shell has left. The shell itself: "Unknown service method". */
static bool
gone(const char *text)
{
	return strncmp(text, "No service matching", 19) == 0;
}

static void
on_answer(struct handle *h, const struct reply *r, void *arg)
{
	struct attach *a = arg;

	(void)h;
	a->in.inflight--;
	if (r->errnum == 0 || r->errnum == ECONNRESET)
		return;
	/* Nobody reads it (any more): fine, unless the job never took any */
	a->in.on = false;
	if (r->errnum == ENOSYS && a->in.sent && !gone(r->text) && !a->failed) {
		status_clear(a);
		warnx("stdin not accepted by job");
		attach_fail(a);
	}
}

static void
send_chunk(struct attach *a, const char *data, size_t len, bool eof)
{
	json_t *o = iodata_encode("stdin", a->in.ranks, data, len, eof);
	char topic[256];

	snprintf(topic, sizeof(topic), "%s.stdin", a->service);
	if (!o ||
	    handle_rpc_new(a->h, topic, a->leader, 0, o, on_answer, a) < 0)
		err(1, "stdin");
	a->in.inflight++;
}

/* Tasks that get nothing see the end of their stdin at once. */
static void
close_others(struct attach *a)
{
	struct idset *others = idset_create();
	char *text, *mine = a->in.ranks;

	if (!others ||
	    (a->ntasks > 0 && idset_set_range(others, 0, a->ntasks - 1) < 0) ||
	    idset_subtract(others, a->o.stdin_ranks) < 0 ||
	    !(text = idset_encode(others, 0)))
		err(1, NULL);
	if (*text) {
		a->in.ranks = text;
		send_chunk(a, NULL, 0, true);
		a->in.ranks = mine;
	}
	free(text);
	idset_destroy(others);
}

/* --stdin-ranks may name tasks that the job does not have. */
static void
adjust_ranks(struct attach *a)
{
	struct idset *s = idset_dup(a->o.stdin_ranks);
	char *was = idset_encode(a->o.stdin_ranks, 0);
	char *is;

	if (!s || !was)
		err(1, NULL);
	for (unsigned id = idset_last(s);
	     id != IDSET_INVALID && a->ntasks > 0 && id >= (unsigned)a->ntasks;
	     id = idset_last(s))
		idset_clear(s, id);
	if (!(is = idset_encode(s, 0)))
		err(1, NULL);
	if (strcmp(is, was) != 0)
		warnx(
		    "warning: adjusting --stdin-ranks from %s to %s", was, is);
	a->in.ranks = is;
	free(was);
	idset_destroy(s);
}

void
input_start(struct attach *a)
{
	if (a->o.read_only || a->in.on || a->in.ranks)
		return;
	if (a->o.stdin_ranks) {
		adjust_ranks(a);
		close_others(a);
	} else if (!(a->in.ranks = strdup("all"))) {
		err(1, NULL);
	}
	a->in.is_tty = isatty(STDIN_FILENO);
	a->in.on = true;
}

/* A read from the terminal in the background would stop us. */
static bool
in_background(const struct attach *a)
{
	return a->in.is_tty && tcgetpgrp(STDIN_FILENO) != getpgrp();
}

bool
input_wanted(const struct attach *a)
{
	return a->in.on && a->in.inflight < INFLIGHT_MAX && !in_background(a);
}

void
input_read(struct attach *a)
{
	char buf[CHUNK];
	ssize_t n = read(STDIN_FILENO, buf, a->o.unbuffered ? 4096 : CHUNK);

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) { /* EBADF, EIO, ...: as good as the end */
		a->in.on = false;
		send_chunk(a, NULL, 0, true);
		return;
	}
	a->in.sent = true;
	send_chunk(a, buf, n, false);
}
