/* SPDX-License-Identifier: MIT */
/*
 * What comes from the job: task output (RFC 24), messages of the shell and
 * of the exec system. stdout is flushed once for each batch of entries that
 * the broker sent, and before anything is written to stderr, so that both
 * streams keep their order on a terminal.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attach.h"
#include "iodata.h"
#include "shelllog.h"

static void
write_stream(bool to_stderr, const char *text, size_t len)
{
	if (to_stderr)
		fflush(stdout);
	fwrite(text, 1, len, to_stderr ? stderr : stdout);
}

/* ---- --tail ---- */

static void
tail_add(struct attach *a, bool to_stderr, const char *text, size_t len)
{
	struct attach_tail *t = &a->tail;
	struct attach_line *l;

	if (a->o.tail == 0)
		return;
	if (!t->lines && !(t->lines = calloc(a->o.tail, sizeof(*t->lines))))
		err(1, NULL);
	l = &t->lines[t->next];
	free(l->text);
	if (!(l->text = malloc(len)))
		err(1, NULL);
	memcpy(l->text, text, len);
	l->len = len;
	l->to_stderr = to_stderr;
	t->next = (t->next + 1) % a->o.tail;
	if (t->count < a->o.tail)
		t->count++;
}

void
output_backlog_done(struct attach *a)
{
	struct attach_tail *t = &a->tail;
	int first = t->count < a->o.tail ? 0 : t->next;

	if (a->o.tail < 0 || t->done)
		return;
	t->done = true;
	for (int i = 0; i < t->count; i++) {
		struct attach_line *l = &t->lines[(first + i) % a->o.tail];
		write_stream(l->to_stderr, l->text, l->len);
	}
}

void
output_fini(struct attach *a)
{
	for (int i = 0; i < a->tail.count; i++)
		free(a->tail.lines[i].text);
	free(a->tail.lines);
}

/* ---- task output ---- */

static void
put(struct attach *a, bool to_stderr, const char *text, size_t len)
{
	if (a->o.tail >= 0 && !a->tail.done) {
		tail_add(a, to_stderr, text, len);
		return;
	}
	status_clear(a);
	write_stream(to_stderr, text, len);
}

/* The label is part of the chunk, so that it goes out in one write. */
static void
add_label(struct iodata *io)
{
	size_t n = strlen(io->rank);
	char *p = malloc(n + 2 + io->len);

	if (!p)
		err(1, NULL);
	memcpy(p, io->rank, n);
	memcpy(p + n, ": ", 2);
	n += 2;
	memcpy(p + n, io->data, io->len);
	free(io->data);
	io->data = p;
	io->len += n;
}

static void
on_data(struct attach *a, const json_t *context)
{
	struct iodata io;

	if (iodata_decode(&io, context) < 0) {
		warnx("guest.output: malformed data entry");
		return;
	}
	if (io.len > 0) {
		if (a->o.label)
			add_label(&io);
		put(a, strcmp(io.stream, "stderr") == 0, io.data, io.len);
	}
	iodata_fini(&io);
}

static void
on_redirect(struct attach *a, const json_t *context)
{
	const char *stream = "", *rank = "", *path = "";

	if (a->o.quiet)
		return;
	json_unpack((json_t *)context, "{s:s s:s s:s}", "stream", &stream,
	    "rank", &rank, "path", &path);
	status_clear(a);
	fflush(stdout);
	fprintf(stderr, "%s: %s redirected to %s\n", rank, stream, path);
}

static void
on_header(struct attach *a, const json_t *context)
{
	json_unpack(
	    (json_t *)context, "{s:{s:i}}", "count", "stdout", &a->ntasks);
	if (a->o.stdin_ranks && !a->pty.topic)
		input_start(a);
}

/* ---- messages ---- */

static void
on_log(struct attach *a, const struct event *e)
{
	char *line, *text;
	int n;

	if (a->o.quiet)
		return;
	if (!(line = shelllog_text(e->context, a->o.verbose > 0)) ||
	    (n = asprintf(
		 &text, "%.3fs: %s\n", e->timestamp - a->t_submit, line)) < 0)
		err(1, NULL);
	put(a, true, text, n);
	free(line);
	free(text);
}

void
output_event(struct attach *a, const struct event *e)
{
	if (strcmp(e->name, "data") == 0)
		on_data(a, e->context);
	else if (strcmp(e->name, "redirect") == 0)
		on_redirect(a, e->context);
	else if (strcmp(e->name, "log") == 0)
		on_log(a, e);
	else if (strcmp(e->name, "header") == 0)
		on_header(a, e->context);
}

/* Raw output of the shell process itself, as the exec system caught it. */
void
output_exec_log(struct attach *a, const struct event *e)
{
	const char *component = "", *stream = "", *rank = "", *data = "";
	size_t len;

	json_unpack(e->context, "{s:s s:s s:s s:s}", "component", &component,
	    "stream", &stream, "rank", &rank, "data", &data);
	len = strlen(data);
	status_clear(a);
	fflush(stdout);
	fprintf(stderr, "%.3fs: %s[%s]: %s: %s%s", e->timestamp - a->t_submit,
	    component, rank, stream, data,
	    len > 0 && data[len - 1] == '\n' ? "" : "\n");
}
