/* SPDX-License-Identifier: MIT */
/*
 * The shell has the master side of a terminal, and both until the task is
 * started. An interactive terminal is not read before a client is there to see
 * what is on it: so the output of a program that ends at once is not lost, and
 * the job waits for its first client.
 */
#include <sys/ioctl.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base64.h"
#include "idset.h"
#include "output.h"
#include "pty.h"
#include "pty_clients.h"
#include "service.h"
#include "shell.h"
#include "task.h"

enum { READ_SIZE = 4096 };

struct pty {
	struct task *task;
	int slave;     /* -1 once the task has it */
	ev_io in, out; /* master */
	bool hung_up;  /* nobody has the other side open any more */
	char *typed;   /* input that the terminal did not take yet */
	size_t len, size;
	bool interactive;
	bool capture;
	bool attached; /* the task runs */
	struct pty_clients clients;
};

struct ptys {
	struct pty **by_task; /* local; NULL: a task without */
	bool paused;
};

static struct pty *
pty_of(const struct task *t)
{
	return t->sh->ptys ? t->sh->ptys->by_task[t->index] : NULL;
}

/* ---- set-up ---- */

static int
open_pty(struct shell *sh, struct pty *p)
{
	struct winsize size = { .ws_row = 25, .ws_col = 80 };
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	const char *name;

	p->in.fd = p->out.fd = master;
	p->slave = -1;
	if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0 ||
	    !(name = ptsname(master)) ||
	    (p->slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC)) < 0)
		return shell_fatal(
		    sh, 1, "pty", "no terminal: %s", strerror(errno));
	ioctl(master, TIOCSWINSZ, &size);
	return 0;
}

struct options {
	int interactive, capture;
	struct idset *ranks; /* with a terminal */
};

static int
parse_ranks(struct shell *sh, struct options *o, const json_t *ranks)
{
	const char *s = json_string_value(ranks);
	int last = sh->info.ntasks - 1;

	if (json_is_integer(ranks)) {
		o->ranks = idset_create();
		if (o->ranks && json_integer_value(ranks) >= 0)
			idset_set(o->ranks, json_integer_value(ranks));
	} else if (ranks && s && strcmp(s, "all") != 0) {
		o->ranks = idset_decode(s);
	} else {
		o->ranks = idset_create();
		if (o->ranks && (ranks || !o->interactive) && last >= 0)
			idset_set_range(o->ranks, 0, last);
	}
	if (!o->ranks)
		return shell_fatal(sh, 1, "pty",
		    "invalid shell pty.ranks value: %s", s ? s : "");
	if (!o->interactive || idset_test(o->ranks, 0))
		return 0;
	if (idset_count(o->ranks) > 0)
		shell_log(sh, SHELL_WARN, "pty",
		    "pty: adding pty to rank 0 for interactive support");
	return idset_set(o->ranks, 0);
}

/* {"interactive":1,"capture":1,"ranks":"all"}, or anything but 0. */
static int
parse_options(struct shell *sh, struct options *o, json_t *option)
{
	json_error_t error;
	json_t *ranks = NULL;

	if (json_is_object(option) &&
	    json_unpack_ex(option, &error, JSON_STRICT, "{s?i s?i s?o}",
		"interactive", &o->interactive, "capture", &o->capture, "ranks",
		&ranks) < 0)
		return shell_fatal(
		    sh, 1, "pty", "invalid shell pty option: %s", error.text);
	return parse_ranks(sh, o, ranks);
}

static int
create_pty(struct task *t, const struct options *o)
{
	struct pty *p = calloc(1, sizeof(*p));

	if (!p)
		return shell_fatal(t->sh, 1, NULL, "%s", strerror(ENOMEM));
	t->sh->ptys->by_task[t->index] = p;
	p->task = t;
	p->interactive = o->interactive && t->rank == 0;
	p->capture = o->capture || !p->interactive;
	pty_clients_init(&p->clients, t->sh);
	return open_pty(t->sh, p);
}

int
pty_create(struct shell *sh)
{
	json_t *option = info_option(&sh->info, "pty");
	struct options o = { 0 };
	int rc = 0;

	if (!info_option_is_on(&sh->info, "pty"))
		return 0;
	if (!(sh->ptys = calloc(1, sizeof(*sh->ptys))) ||
	    !(sh->ptys->by_task =
		    calloc(sh->info.nlocal + 1, sizeof(struct pty *))))
		return shell_fatal(sh, 1, NULL, "%s", strerror(ENOMEM));
	if (parse_options(sh, &o, option) < 0)
		rc = -1;
	for (int i = 0; rc == 0 && i < sh->info.nlocal; i++)
		if (idset_test(o.ranks, sh->tasks[i].rank))
			rc = create_pty(&sh->tasks[i], &o);
	idset_destroy(o.ranks);
	return rc;
}

/* The master stays open as long as the task may run: programs that close their
 * standard streams before they exit would be sent SIGHUP. */
static void
hang_up(struct pty *p)
{
	ev_io_stop(p->task->sh->loop, &p->in);
	ev_io_stop(p->task->sh->loop, &p->out);
	p->hung_up = true;
}

void
pty_destroy(struct shell *sh)
{
	if (!sh->ptys)
		return;
	for (int i = 0; sh->ptys->by_task && i < sh->info.nlocal; i++) {
		struct pty *p = sh->ptys->by_task[i];

		if (!p)
			continue;
		pty_clients_fini(&p->clients);
		hang_up(p);
		if (p->in.fd >= 0)
			close(p->in.fd);
		if (p->slave >= 0)
			close(p->slave);
		free(p->typed);
		free(p);
	}
	free(sh->ptys->by_task);
	free(sh->ptys);
	sh->ptys = NULL;
}

bool
pty_wants(const struct task *t)
{
	return pty_of(t) != NULL;
}

static struct pty *
interactive(const struct shell *sh)
{
	for (int i = 0; sh->ptys && i < sh->info.nlocal; i++)
		if (sh->ptys->by_task[i] && sh->ptys->by_task[i]->interactive)
			return sh->ptys->by_task[i];
	return NULL;
}

const char *
pty_service(const struct shell *sh, bool *capture)
{
	struct pty *p = interactive(sh);

	*capture = p && p->capture;
	return p ? "terminus.0" : NULL;
}

/* ---- reading ---- */

static void
on_readable(struct ev_loop *loop, ev_io *w, int revents)
{
	struct pty *p = w->data;
	char buf[READ_SIZE];
	ssize_t n = read(w->fd, buf, sizeof(buf));

	(void)loop;
	(void)revents;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) { /* EIO */
		hang_up(p);
		if (p->capture)
			output_eof(p->task, STDOUT);
		task_stream_closed(p->task);
		return;
	}
	pty_clients_data(&p->clients, buf, n);
	if (p->capture) {
		output_data(p->task, STDOUT, buf, n);
		output_throttle(p->task->sh);
	}
}

static void
update_reading(struct pty *p)
{
	struct shell *sh = p->task->sh;

	if (p->hung_up || !p->attached)
		return;
	if ((p->interactive && !p->clients.were_there) ||
	    (p->capture && sh->ptys->paused))
		ev_io_stop(sh->loop, &p->in);
	else
		ev_io_start(sh->loop, &p->in);
}

void
pty_throttle(struct shell *sh, bool pause)
{
	if (!sh->ptys)
		return;
	sh->ptys->paused = pause;
	for (int i = 0; i < sh->info.nlocal; i++)
		if (sh->ptys->by_task[i])
			update_reading(sh->ptys->by_task[i]);
}

/* ---- typing ---- */

static void
on_writable(struct ev_loop *loop, ev_io *w, int revents)
{
	struct pty *p = w->data;
	ssize_t n = write(w->fd, p->typed, p->len);

	(void)revents;
	if (n < 0 && errno != EAGAIN && errno != EINTR)
		n = (ssize_t)p->len; /* the terminal is gone */
	if (n > 0) {
		p->len -= n;
		memmove(p->typed, p->typed + n, p->len);
	}
	if (p->len == 0)
		ev_io_stop(loop, w);
}

static void
type(struct pty *p, const char *data, size_t len)
{
	char *q;

	if (p->hung_up || len == 0)
		return;
	if (p->len + len > p->size) {
		if (!(q = realloc(p->typed, 2 * (p->len + len))))
			return;
		p->typed = q;
		p->size = 2 * (p->len + len);
	}
	memcpy(p->typed + p->len, data, len);
	p->len += len;
	if (p->attached)
		ev_io_start(p->task->sh->loop, &p->out);
}

/* The end of standard input is a character on a terminal. */
static void
type_eof(struct pty *p)
{
	struct termios tio;

	if (!p->hung_up && tcgetattr(p->in.fd, &tio) == 0 &&
	    (tio.c_lflag & ICANON))
		type(p, (char *)&tio.c_cc[VEOF], 1);
}

void
pty_write(struct task *t, const char *data, size_t len, bool eof)
{
	struct pty *p = pty_of(t);

	type(p, data, len);
	if (eof)
		type_eof(p);
}

/* ---- the task ---- */

int
pty_open_task(struct task *t)
{
	struct pty *p = pty_of(t);
	int fd = p->slave;

	p->slave = -1;
	return fd;
}

void
pty_attach_task(struct task *t)
{
	struct pty *p = pty_of(t);
	int fd = p->in.fd;

	t->nopen++; /* the terminal itself */
	p->attached = true;
	ev_io_init(&p->in, on_readable, fd, EV_READ);
	ev_io_init(&p->out, on_writable, fd, EV_WRITE);
	p->in.data = p->out.data = p;
	output_unbuffered(t, STDOUT);
	output_eof(t, STDERR);
	if (!p->capture)
		output_eof(t, STDOUT);
	if (p->len > 0)
		ev_io_start(t->sh->loop, &p->out);
	update_reading(p);
}

void
pty_stop_waiting(struct task *t)
{
	struct pty *p = pty_of(t);

	if (p) {
		p->clients.were_there = true;
		update_reading(p);
	}
}

/* ---- clients ---- */

static void
resize(struct pty *p, json_t *o)
{
	struct winsize size = { 0 };
	int rows, cols;

	if (p->hung_up || json_unpack(o, "{s:{s:i s:i}}", "winsize", "rows",
			      &rows, "cols", &cols) < 0)
		return;
	size.ws_row = rows;
	size.ws_col = cols;
	ioctl(p->in.fd, TIOCSWINSZ, &size);
}

/* What a client types: text, or base64. */
static int
client_data(struct pty *p, json_t *o)
{
	const char *data, *encoding = NULL;
	size_t len;
	char *bytes;

	if (json_unpack(o, "{s:s% s?s}", "data", &data, &len, "encoding",
		&encoding) < 0)
		return EPROTO;
	if (!encoding || strcmp(encoding, "base64") != 0) {
		type(p, data, len);
		return 0;
	}
	if (!(bytes = base64_decode(data, &len)))
		return EPROTO;
	type(p, bytes, len);
	free(bytes);
	return 0;
}

/* A message of an attached client; errnum of the answer. */
static int
client_message(struct pty *p, const struct msg *m, const char *kind, json_t *o)
{
	struct pty_client *c = pty_clients_find(&p->clients, m);

	if (!c)
		return ENOENT;
	if (strcmp(kind, "data") == 0)
		return pty_client_may_write(c) ? client_data(p, o) : EPERM;
	if (strcmp(kind, "resize") == 0)
		resize(p, o);
	else if (strcmp(kind, "detach") == 0)
		pty_clients_drop(&p->clients, c);
	else
		return ENOSYS;
	return 0;
}

static int
attach(struct pty *p, const struct msg *m, json_t *o)
{
	int errnum = pty_clients_add(&p->clients, m, o);

	if (errnum == 0) {
		resize(p, o);
		update_reading(p);
	}
	return errnum;
}

void
pty_request(struct shell *sh, const struct msg *m, const char *id)
{
	struct pty *p = strcmp(id, "0") == 0 ? interactive(sh) : NULL;
	json_t *o = msg_get_json(m);
	const char *kind;
	int errnum;

	if (!o || json_unpack(o, "{s:s}", "type", &kind) < 0)
		errnum = EPROTO;
	else if (!p)
		errnum = ENOSYS;
	else if (strcmp(kind, "attach") == 0)
		errnum = attach(p, m, o);
	else
		errnum = client_message(p, m, kind, o);
	if (errnum)
		service_error(sh, m, errnum, NULL);
	else if (strcmp(kind, "attach") != 0)
		service_reply(sh, m, NULL);
	json_decref(o);
}

void
pty_disconnect_request(struct shell *sh, const struct msg *m)
{
	struct pty *p = interactive(sh);
	struct pty_client *c = p ? pty_clients_find(&p->clients, m) : NULL;

	if (c)
		pty_clients_forget(&p->clients, c);
}

void
pty_task_complete(struct task *t)
{
	struct pty *p = pty_of(t);

	if (p)
		pty_clients_exit(&p->clients, t->status);
}
