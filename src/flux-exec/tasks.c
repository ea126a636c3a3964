/* SPDX-License-Identifier: MIT */
/* The processes: one request for each rank, and what comes back. */
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "exec.h"
#include "handle.h"
#include "idset.h"
#include "iodata.h"
#include "waitstatus.h"

enum {
	FLAG_STDOUT = 1,
	FLAG_STDERR = 2,
	FLAG_CREDIT = 8,
	FLAG_WAITABLE = 16,
};

enum { LINE_MAX_SIZE = 1 << 20 };

/* ---- what comes back ---- */

static void
print_line(const struct task *t, FILE *f, const char *line, size_t len)
{
	if (t->x->label)
		fprintf(f, "%u: ", t->rank);
	fwrite(line, 1, len, f);
}

/* The bytes up to the last newline, behind what was there before, to f; the
 * rest is kept. All of it if it is the last, or too long a line. */
static void
print_data(
    const struct task *t, struct partial *p, FILE *f, const struct iodata *io)
{
	size_t size = p->len + io->len;
	char *text = realloc(p->text, size + 1), *line = text, *end;

	if (!text)
		err(1, NULL);
	if (io->len > 0)
		memcpy(text + p->len, io->data, io->len);
	end = text + size;
	if (!io->eof && size < LINE_MAX_SIZE)
		while (end > text && end[-1] != '\n')
			end--;
	while (line < end) {
		char *nl = memchr(line, '\n', end - line);
		size_t n = nl ? (size_t)(nl + 1 - line) : (size_t)(end - line);

		/* lines need not be looked for if they get no label */
		n = t->x->label ? n : (size_t)(end - line);
		print_line(t, f, line, n);
		line += n;
	}
	fflush(f);
	p->len = text + size - end;
	memmove(text, end, p->len);
	p->text = text;
}

static void
print_output(struct task *t, const json_t *o)
{
	struct iodata io;

	if (iodata_decode(&io, o) < 0)
		return;
	if (strcmp(io.stream, "stderr") == 0)
		print_data(t, &t->err, stderr, &io);
	else
		print_data(t, &t->out, stdout, &io);
	iodata_fini(&io);
}

static void
take(struct task *t, const json_t *o)
{
	const char *type = "";
	json_int_t n = 0;

	json_unpack((json_t *)o, "{s:s}", "type", &type);
	if (strcmp(type, "started") == 0 || strcmp(type, "attached") == 0)
		json_unpack((json_t *)o, "{s:i}", "pid", &t->pid);
	else if (strcmp(type, "finished") == 0)
		json_unpack((json_t *)o, "{s:i}", "status", &t->status);
	else if (strcmp(type, "output") == 0)
		print_output(t, json_object_get(o, "io"));
	else if (strcmp(type, "add-credit") == 0 &&
		 json_unpack(
		     (json_t *)o, "{s:{s:I}}", "channels", "stdin", &n) == 0)
		t->credit += n;
}

/* The exit code for a task that was not run, or was lost. */
static int
failure_code(const struct exec *x, int errnum)
{
	if (x->background)
		return 1;
	if (errnum == EHOSTUNREACH)
		return 68;
	return errnum == EACCES || errnum == EPERM ? 126 : 127;
}

static void
fail(struct task *t, const struct reply *r)
{
	struct exec *x = t->x;
	const char *kind = "", *name = x->command[0];
	int code = failure_code(x, r->errnum);

	if (x->attach)
		kind = name[strspn(name, "0123456789")] ? "label " : "pid ";
	fflush(stdout);
	warnx("Error: rank %u: %s%s: %s", t->rank, kind, name, r->text);
	if (code > x->code)
		x->code = code;
}

/* What comes without an end of file, as of a rank that was lost. */
static void
print_rest(struct task *t)
{
	struct iodata eof = { .eof = true };

	print_data(t, &t->out, stdout, &eof);
	print_data(t, &t->err, stderr, &eof);
	free(t->out.text);
	free(t->err.text);
}

static void
end(struct task *t)
{
	print_rest(t);
	t->done = true;
	t->pid = 0;
	t->x->nrunning--;
}

static void
on_answer(struct handle *h, const struct reply *r, void *arg)
{
	struct task *t = arg;

	(void)h;
	if (r->errnum == 0) {
		take(t, r->json);
		return;
	}
	end(t);
	if (r->errnum != ENODATA)
		fail(t, r);
}

/* One in the background was started, or not. */
static void
on_started(struct handle *h, const struct reply *r, void *arg)
{
	struct task *t = arg;

	(void)h;
	if (r->errnum == 0) {
		take(t, r->json);
		printf("%u: %d\n", t->rank, t->pid);
	} else {
		fail(t, r);
	}
	end(t);
}

/* ---- start ---- */

static json_t *
make_env(void)
{
	json_t *o = json_object();

	for (char **e = environ; *e; e++) {
		size_t n = strcspn(*e, "=");
		char *name = strndup(*e, n);
		json_t *value = json_string((*e)[n] ? *e + n + 1 : "");

		/* what is not UTF-8 no JSON can say */
		if (name && value)
			json_object_set(o, name, value);
		json_decref(value);
		free(name);
	}
	return o;
}

/* We put lines together ourselves: a message for each would be slow. In the
 * background they are for the log. */
static json_t *
make_opts(const struct exec *x)
{
	if (x->background)
		return json_object();
	return json_pack("{s:s s:s}", "stdout_LINE_BUFFER", "false",
	    "stderr_LINE_BUFFER", "false");
}

static json_t *
exec_request(const struct exec *x)
{
	json_t *cmdline = json_array(), *label = NULL;
	int flags = FLAG_STDOUT | FLAG_STDERR;

	for (char **w = x->command; *w; w++)
		if (json_array_append_new(cmdline, json_string(*w)) < 0)
			errx(1, "the command is not UTF-8");
	if (x->label_new && !(label = json_string(x->label_new)))
		errx(1, "the label is not UTF-8");
	if (x->waitable)
		flags |= FLAG_WAITABLE;
	if (!x->background)
		flags |= FLAG_CREDIT;
	return json_pack("{s:{s:s s:o s:o s:o s:[] s:[] s:o*} s:i}", "cmd",
	    "cwd", x->dir, "cmdline", cmdline, "env", make_env(), "opts",
	    make_opts(x), "channels", "msgchan", "label", label, "flags",
	    flags);
}

/* A number is a pid, all others are labels. */
static json_t *
attach_request(const struct exec *x)
{
	const char *name = x->command[0], *why;
	int pid = (int)strtonum(name, 1, INT32_MAX, &why);
	int flags = FLAG_STDOUT | FLAG_STDERR;

	if (!why)
		return json_pack("{s:i s:i}", "pid", pid, "flags", flags);
	return json_pack(
	    "{s:i s:s s:i}", "pid", -1, "label", name, "flags", flags);
}

void
tasks_start(struct exec *x, const struct idset *ranks)
{
	json_t *o = x->attach ? attach_request(x) : exec_request(x);
	int flags = x->background ? 0 : MSG_STREAMING;
	char topic[128];
	size_t i = 0;

	snprintf(topic, sizeof(topic), "%s.%s", x->service,
	    x->attach ? "attach" : "exec");
	x->ntasks = x->nrunning = idset_count(ranks);
	if (!o || !(x->tasks = calloc(x->ntasks, sizeof(*x->tasks))))
		err(1, NULL);
	for (unsigned r = idset_first(ranks); r != IDSET_INVALID;
	     r = idset_next(ranks, r)) {
		struct task *t = &x->tasks[i++];

		t->x = x;
		t->rank = r;
		t->matchtag = handle_rpc_new(x->h, topic, r, flags,
		    json_incref(o), x->background ? on_started : on_answer, t);
		if (t->matchtag < 0)
			err(1, "%s", topic);
	}
	json_decref(o);
}

/* ---- while they run ---- */

void
tasks_wait(struct exec *x)
{
	while (x->nrunning > 0) {
		bool want = input_is_wanted(x);
		struct pollfd fds[] = {
			{ .fd = handle_fd(x->h), .events = POLLIN },
			{ .fd = want ? STDIN_FILENO : -1, .events = POLLIN },
		};
		struct timespec none = { 0 };
		bool now = signals_forward(x);

		if (handle_wants_write(x->h))
			fds[0].events |= POLLOUT;
		if (ppoll(fds, 2, now ? &none : NULL, &x->waiting) < 0)
			continue;
		if (fds[1].revents)
			input_read(x);
		if (fds[0].revents & POLLOUT)
			handle_flush(x->h);
		if ((fds[0].revents & (POLLIN | POLLHUP)) &&
		    handle_read(x->h) < 0 && x->nrunning > 0)
			err(1, "lost connection to Flux");
	}
}

/* ---- the end ---- */

/* One line for all ranks with the same fate. */
static void
print_fates(const struct exec *x)
{
	for (size_t i = 0; i < x->ntasks; i++) {
		int status = x->tasks[i].status;
		struct idset *s = idset_create();
		bool seen = status == 0;
		char *text;

		for (size_t j = 0; j < x->ntasks && s; j++) {
			if (x->tasks[j].status != status)
				continue;
			seen |= j < i;
			idset_set(s, x->tasks[j].rank);
		}
		text = s ? idset_encode(s, IDSET_BRACKETS) : NULL;
		if (text && !seen && WIFSIGNALED(status))
			fprintf(stderr, "%s: %s\n", text,
			    strsignal(WTERMSIG(status)));
		else if (text && !seen)
			fprintf(
			    stderr, "%s: Exit %d\n", text, WEXITSTATUS(status));
		free(text);
		idset_destroy(s);
	}
}

int
tasks_end(struct exec *x)
{
	int code = x->code;

	for (size_t i = 0; i < x->ntasks; i++)
		if (waitstatus_exit(x->tasks[i].status) > code)
			code = waitstatus_exit(x->tasks[i].status);
	if (!x->quiet)
		print_fates(x);
	if (x->verbose)
		fprintf(stderr, "%.6fms: %zu tasks complete with code %d\n",
		    (exec_now() - x->t_start) * 1e3, x->ntasks, code);
	free(x->tasks);
	return code;
}
