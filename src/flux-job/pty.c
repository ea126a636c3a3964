/* SPDX-License-Identifier: MIT */
/*
 * An interactive job: task 0 has a pty, which the shell serves at
 * SERVICE.terminus.0. Our terminal goes to raw mode, all keys go to the job
 * and all that it prints comes back, until it says exit.
 */
#include <sys/ioctl.h>

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attach.h"
#include "base64.h"

static void
get_winsize(int *rows, int *cols)
{
	struct winsize ws;

	*rows = 24;
	*cols = 80;
	if (ioctl(STDIN_FILENO, TIOCGWINSZ, &ws) == 0 && ws.ws_row > 0) {
		*rows = ws.ws_row;
		*cols = ws.ws_col;
	}
}

static json_t *
winsize_message(const char *type)
{
	int rows, cols;

	get_winsize(&rows, &cols);
	return json_pack("{s:s s:{s:i s:i}}", "type", type, "winsize", "rows",
	    rows, "cols", cols);
}

static void
on_answer(struct handle *h, const struct reply *r, void *arg)
{
	(void)h;
	(void)r;
	(void)arg; /* a pty that is gone says so on its stream */
}

static void
send_message(struct attach *a, json_t *o)
{
	handle_rpc_new(a->h, a->pty.topic, a->leader, 0, o, on_answer, a);
}

void
pty_stop(struct attach *a)
{
	if (a->pty.on && isatty(STDIN_FILENO))
		tcsetattr(STDIN_FILENO, TCSADRAIN, &a->pty.saved);
	a->pty.on = false;
	free(a->pty.topic);
	a->pty.topic = NULL;
}

static void
raw_mode(struct attach *a)
{
	struct termios t;

	a->pty.on = true;
	if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &a->pty.saved) < 0)
		return;
	t = a->pty.saved;
	cfmakeraw(&t);
	tcsetattr(STDIN_FILENO, TCSADRAIN, &t);
}

static void
print_data(const json_t *o)
{
	const char *data = NULL, *encoding = NULL;
	size_t len;
	char *bytes;

	json_unpack((json_t *)o, "{s:s% s?s}", "data", &data, &len, "encoding",
	    &encoding);
	if (!data)
		return;
	if (!encoding) {
		fwrite(data, 1, len, stdout);
	} else if ((bytes = base64_decode(data, &len))) {
		fwrite(bytes, 1, len, stdout);
		free(bytes);
	}
}

/* No such pty (it cannot be attached to twice, or the job has none any more):
 * go on with plain streams. */
static void
on_end(struct attach *a, const struct reply *r)
{
	bool refused = !a->pty.on && r->errnum == ENOSYS;

	pty_stop(a);
	if (refused)
		input_start(a);
	else if (r->errnum != ENODATA && r->errnum != ENOSYS)
		warnx("pty: %s", r->text);
}

static void
on_pty(struct handle *h, const struct reply *r, void *arg)
{
	struct attach *a = arg;
	const char *type = "";

	(void)h;
	if (r->errnum) {
		on_end(a, r);
		return;
	}
	json_unpack(r->json, "{s:s}", "type", &type);
	if (strcmp(type, "attach") == 0) {
		status_clear(a);
		raw_mode(a);
	} else if (strcmp(type, "data") == 0) {
		print_data(r->json);
	}
}

void
pty_start(struct attach *a, const char *name)
{
	json_t *o = winsize_message("attach");

	if (a->o.read_only)
		errx(1, "Cannot connect to pty in readonly mode");
	if (asprintf(&a->pty.topic, "%s.%s", a->service, name) < 0 ||
	    json_object_set_new(o, "mode", json_string("rw")) < 0 ||
	    handle_rpc_new(
		a->h, a->pty.topic, a->leader, MSG_STREAMING, o, on_pty, a) < 0)
		err(1, "pty");
}

void
pty_resize(struct attach *a)
{
	if (a->pty.on)
		send_message(a, winsize_message("resize"));
}

/* Keys may be part of a UTF-8 sequence, or no text at all: base64 then. */
void
pty_read(struct attach *a)
{
	char buf[4096];
	ssize_t n = read(STDIN_FILENO, buf, sizeof(buf));
	json_t *o, *data;
	char *text;

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) { /* the terminal is gone: hang up */
		send_message(a, json_pack("{s:s}", "type", "detach"));
		pty_stop(a);
		return;
	}
	o = json_pack("{s:s}", "type", "data");
	if (!memchr(buf, '\0', n) && (data = json_stringn(buf, n))) {
		json_object_set_new(o, "data", data);
	} else {
		text = base64_encode(buf, n);
		json_object_set_new(o, "encoding", json_string("base64"));
		json_object_set_new(o, "data", json_string(text ? text : ""));
		free(text);
	}
	send_message(a, o);
}
