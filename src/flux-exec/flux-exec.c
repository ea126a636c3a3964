/* SPDX-License-Identifier: MIT */
/*
 * flux exec: run a command on brokers, beside all jobs. One stream for each
 * rank; standard input is copied to all, at most what each was granted.
 */
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "handle.h"
#include "idset.h"
#include "iodata.h"
#include "optparse.h"
#include "uri.h"
#include "waitstatus.h"

enum { FLAG_STDOUT = 1, FLAG_STDERR = 2, FLAG_CREDIT = 8 };
enum { READ_SIZE = 4096, PATIENCE = 1 /* s between two ctrl-C */ };

struct exec;

struct task {
	struct exec *x;
	unsigned rank;
	int64_t matchtag;
	int pid; /* 0 = does not run */
	int status;
	long long credit; /* bytes of input that it takes */
	bool done;
};

struct exec {
	struct handle *h;
	struct task *tasks;
	size_t ntasks, nrunning;
	char **command;
	char *dir;
	const char *ranks, *exclude;
	bool label, noinput, verbose, quiet;
	bool reading; /* standard input is open */
	int code;     /* of those that were never started */
	double t_start;
};

static volatile sig_atomic_t caught;

static void
on_signal(int signum)
{
	caught = signum;
}

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* ---- which ranks ---- */

static struct idset *
decode(const char *text)
{
	struct idset *s = idset_decode(text);

	if (!s)
		errx(1, "failed to decode idset '%s': %s", text,
		    strerror(errno));
	return s;
}

static struct idset *
choose_ranks(const struct exec *x, unsigned size)
{
	struct idset *s, *all = idset_create();
	char *text;

	if (!all || idset_set_range(all, 0, size - 1) < 0)
		err(1, NULL);
	s = strcmp(x->ranks, "all") == 0 ? idset_dup(all) : decode(x->ranks);
	if (x->exclude) {
		struct idset *out = decode(x->exclude);
		if (idset_subtract(s, out) < 0)
			err(1, NULL);
		idset_destroy(out);
	}
	if (idset_count(s) == 0)
		errx(1, "No targets specified");
	if (idset_last(s) >= size) {
		idset_subtract(s, all);
		text = idset_encode(s, 0);
		errx(1, "One or more invalid --ranks specified: %s", text);
	}
	idset_destroy(all);
	return s;
}

/* ---- what comes back ---- */

static void
print_output(struct exec *x, unsigned rank, const json_t *o)
{
	struct iodata io;
	FILE *f;

	if (iodata_decode(&io, o) < 0)
		return;
	f = strcmp(io.stream, "stderr") == 0 ? stderr : stdout;
	if (io.len > 0) {
		if (x->label)
			fprintf(f, "%u: ", rank);
		fwrite(io.data, 1, io.len, f);
		fflush(f);
	}
	iodata_fini(&io);
}

static void
take(struct task *t, const json_t *o)
{
	const char *type = "";
	json_int_t n = 0;

	json_unpack((json_t *)o, "{s:s}", "type", &type);
	if (strcmp(type, "started") == 0)
		json_unpack((json_t *)o, "{s:i}", "pid", &t->pid);
	else if (strcmp(type, "finished") == 0)
		json_unpack((json_t *)o, "{s:i}", "status", &t->status);
	else if (strcmp(type, "output") == 0)
		print_output(t->x, t->rank, json_object_get(o, "io"));
	else if (strcmp(type, "add-credit") == 0 &&
		 json_unpack(
		     (json_t *)o, "{s:{s:I}}", "channels", "stdin", &n) == 0)
		t->credit += n;
}

/* The exit code for a task that was not run, or was lost. */
static int
failure_code(int errnum)
{
	if (errnum == EHOSTUNREACH)
		return 68;
	return errnum == EACCES || errnum == EPERM ? 126 : 127;
}

static void
on_answer(struct handle *h, const struct reply *r, void *arg)
{
	struct task *t = arg;
	struct exec *x = t->x;
	int code;

	(void)h;
	if (r->errnum == 0) {
		take(t, r->json);
		return;
	}
	t->done = true;
	t->pid = 0;
	x->nrunning--;
	if (r->errnum == ENODATA)
		return;
	warnx("Error: rank %u: %s: %s", t->rank, x->command[0], r->text);
	code = failure_code(r->errnum);
	if (code > x->code)
		x->code = code;
}

/* ---- start ---- */

static json_t *
make_env(void)
{
	extern char **environ;
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

static json_t *
make_request(const struct exec *x)
{
	json_t *cmdline = json_array();

	for (char **w = x->command; *w; w++)
		if (json_array_append_new(cmdline, json_string(*w)) < 0)
			errx(1, "the command is not UTF-8");
	return json_pack("{s:{s:s s:o s:o s:{} s:[] s:[]} s:i}", "cmd", "cwd",
	    x->dir, "cmdline", cmdline, "env", make_env(), "opts", "channels",
	    "msgchan", "flags", FLAG_STDOUT | FLAG_STDERR | FLAG_CREDIT);
}

static void
start(struct exec *x, const struct idset *ranks)
{
	json_t *o = make_request(x);
	size_t i = 0;

	x->ntasks = x->nrunning = idset_count(ranks);
	if (!o || !(x->tasks = calloc(x->ntasks, sizeof(*x->tasks))))
		err(1, NULL);
	for (unsigned r = idset_first(ranks); r != IDSET_INVALID;
	     r = idset_next(ranks, r)) {
		struct task *t = &x->tasks[i++];
		t->x = x;
		t->rank = r;
		t->matchtag = handle_rpc_new(x->h, "rexec.exec", r,
		    MSG_STREAMING, json_incref(o), on_answer, t);
		if (t->matchtag < 0)
			err(1, "rexec.exec");
	}
	json_decref(o);
}

/* ---- input and signals ---- */

static void
send_input(struct exec *x, const char *data, size_t len)
{
	for (size_t i = 0; i < x->ntasks; i++) {
		struct task *t = &x->tasks[i];
		if (t->done)
			continue;
		t->credit -= (long long)len;
		handle_rpc_new(x->h, "rexec.write", t->rank, MSG_NORESPONSE,
		    json_pack("{s:I s:o}", "matchtag", (json_int_t)t->matchtag,
			"io",
			iodata_encode(
			    "stdin", "all", len ? data : NULL, len, len == 0)),
		    NULL, NULL);
	}
}

static void
read_input(struct exec *x)
{
	char buf[READ_SIZE];
	ssize_t n = read(STDIN_FILENO, buf, sizeof(buf));

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	send_input(x, buf, n > 0 ? n : 0);
	x->reading = n > 0;
}

/* Does each of them take as much as is read at once? */
static bool
may_read(const struct exec *x)
{
	if (!x->reading)
		return false;
	for (size_t i = 0; i < x->ntasks; i++)
		if (!x->tasks[i].done && x->tasks[i].credit < READ_SIZE)
			return false;
	return true;
}

static void
forward_signal(struct exec *x, int signum)
{
	static double last;
	double t = now();

	if (signum == SIGINT && last > 0 && t - last < PATIENCE)
		errx(128 + SIGINT, "interrupted twice: giving up");
	last = t;
	for (size_t i = 0; i < x->ntasks; i++)
		if (x->tasks[i].pid > 0)
			handle_rpc_new(x->h, "rexec.kill", x->tasks[i].rank,
			    MSG_NORESPONSE,
			    json_pack("{s:i s:i}", "pid", x->tasks[i].pid,
				"signum", signum),
			    NULL, NULL);
}

static void
wait_all(struct exec *x)
{
	while (x->nrunning > 0) {
		struct pollfd fds[] = {
			{ .fd = handle_fd(x->h), .events = POLLIN },
			{ .fd = may_read(x) ? STDIN_FILENO : -1,
			    .events = POLLIN },
		};
		int signum = caught;

		if (signum) {
			caught = 0;
			forward_signal(x, signum);
		}
		if (handle_wants_write(x->h))
			fds[0].events |= POLLOUT;
		if (poll(fds, 2, signum ? 0 : 1000) < 0)
			continue;
		if (fds[1].revents)
			read_input(x);
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

static int
finish(struct exec *x)
{
	int code = x->code;

	for (size_t i = 0; i < x->ntasks; i++)
		if (waitstatus_exit(x->tasks[i].status) > code)
			code = waitstatus_exit(x->tasks[i].status);
	if (!x->quiet)
		print_fates(x);
	if (x->verbose)
		fprintf(stderr, "%.6fms: %zu tasks complete with code %d\n",
		    (now() - x->t_start) * 1e3, x->ntasks, code);
	handle_close(x->h);
	free(x->tasks);
	free(x->dir);
	return fflush(stdout) == EOF && code == 0 ? 1 : code;
}

static int
run(struct exec *x)
{
	struct sigaction sa = { .sa_handler = on_signal };
	struct errmsg em;
	struct idset *ranks;
	char *size, *text;

	if (!(x->h = uri_open_default(&em)))
		errx(1, "%s", em.text);
	if (!(size = handle_getattr(x->h, "size")))
		err(1, "size");
	ranks = choose_ranks(x, strtoul(size, NULL, 10));
	text = idset_encode(ranks, IDSET_BRACKETS);
	free(size);
	x->t_start = now();
	if (x->verbose)
		fprintf(stderr, "%.6fms: Starting %s on %s\n", 0.0,
		    x->command[0], text);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	start(x, ranks);
	if (x->noinput)
		send_input(x, NULL, 0);
	x->reading = !x->noinput;
	wait_all(x);
	free(text);
	idset_destroy(ranks);
	return finish(x);
}

static const struct opt options[] = {
	{ "rank", 'r', "IDSET", "ranks to run on (default: all)", 0 },
	{ "exclude", 'x', "IDSET", "ranks to leave out", 0 },
	{ "dir", 'd', "PATH", "run it in this directory", 0 },
	{ "label-io", 'l', NULL, "put the rank before each line of output", 0 },
	{ "noinput", 'n', NULL, "do not read standard input", 0 },
	{ "verbose", 'v', NULL, "tell how long it takes", 0 },
	{ "quiet", 'q', NULL, "do not tell exit codes", 0 },
	{ 0 },
};

static void
set_option(struct exec *x, const struct optparse *p, int c)
{
	if (c == 'r')
		x->ranks = p->value;
	else if (c == 'x')
		x->exclude = p->value;
	else if (c == 'd') {
		free(x->dir);
		x->dir = strdup(p->value);
	}
	x->label |= c == 'l';
	x->noinput |= c == 'n';
	x->verbose |= c == 'v';
	x->quiet |= c == 'q';
}

int
main(int argc, char **argv)
{
	struct optparse p = {
		.usage = "[OPTIONS] COMMAND [ARGS...]",
		.summary = "Run a command on brokers",
		.example = "flux exec -l -x 0 uptime",
		.opts = options,
		.fail_status = 1,
		.stop_at_first = true,
	};
	struct exec x = { .ranks = "all" };
	int c, rc;

	setlocale(LC_ALL, "");
	setprogname("flux-exec");
	optparse_init(&p, argc, argv);
	while ((c = optparse_next(&p)) != -1)
		set_option(&x, &p, c);
	if (p.noperands == 0)
		optparse_fail(&p, "a COMMAND is required");
	if (!x.dir && !(x.dir = getcwd(NULL, 0)))
		err(1, "getcwd");
	if (!(x.command = calloc(p.noperands + 1, sizeof(char *))))
		err(1, NULL);
	for (int i = 0; i < p.noperands; i++)
		x.command[i] = p.operands[i];
	rc = run(&x);
	free(x.command);
	optparse_fini(&p);
	return rc;
}
