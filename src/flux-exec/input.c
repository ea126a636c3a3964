/* SPDX-License-Identifier: MIT */
/*
 * What goes to the processes: standard input, at most what each was granted,
 * and signals. The first ctrl-C is handed on, and so is the second with a
 * warning; one more soon after it gives up.
 */
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "exec.h"
#include "handle.h"
#include "idset.h"
#include "iodata.h"

enum { READ_SIZE = 4096 };

#define PATIENCE 1. /* s between two ctrl-C */

static volatile sig_atomic_t caught;

static void
on_signal(int signum)
{
	caught = signum;
}

/* They come only while we wait: what is being printed is printed whole. */
void
signals_begin(struct exec *x)
{
	struct sigaction sa = { .sa_handler = on_signal };
	sigset_t set;

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, &x->waiting);
	sigdelset(&x->waiting, SIGINT);
	sigdelset(&x->waiting, SIGTERM);
}

/* Takes o. */
static void
send_to(const struct task *t, const char *method, json_t *o)
{
	char topic[128];

	snprintf(topic, sizeof(topic), "%s.%s", t->x->service, method);
	handle_rpc_new(t->x->h, topic, t->rank, MSG_NORESPONSE, o, NULL, NULL);
}

/* ---- input ---- */

static void
send_input(struct exec *x, const char *data, size_t len)
{
	for (size_t i = 0; i < x->ntasks; i++) {
		struct task *t = &x->tasks[i];

		if (t->done)
			continue;
		t->credit -= (long long)len;
		send_to(t, "write",
		    json_pack("{s:I s:o}", "matchtag", (json_int_t)t->matchtag,
			"io",
			iodata_encode(
			    "stdin", "all", len ? data : NULL, len, len == 0)));
	}
}

void
input_begin(struct exec *x)
{
	if (x->attach || x->background)
		return;
	x->reading = !x->noinput;
	if (x->noinput)
		send_input(x, NULL, 0);
}

void
input_read(struct exec *x)
{
	char buf[READ_SIZE];
	ssize_t n = read(STDIN_FILENO, buf, sizeof(buf));

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	send_input(x, buf, n > 0 ? n : 0);
	x->reading = n > 0;
}

bool
input_is_wanted(const struct exec *x)
{
	if (!x->reading)
		return false;
	for (size_t i = 0; i < x->ntasks; i++)
		if (!x->tasks[i].done && x->tasks[i].credit < READ_SIZE)
			return false;
	return true;
}

/* ---- signals ---- */

static void __attribute__((noreturn)) give_up(const struct exec *x)
{
	struct idset *s = idset_create();
	char *text;

	for (size_t i = 0; i < x->ntasks && s; i++)
		if (!x->tasks[i].done)
			idset_set(s, x->tasks[i].rank);
	text = s ? idset_encode(s, IDSET_BRACKETS) : NULL;
	fflush(stdout);
	fprintf(
	    stderr, "%s: command still running at exit\n", text ? text : "");
	exit(1);
}

static void
count_interrupt(struct exec *x)
{
	double now = exec_now();

	if (++x->interrupts > 2 && now - x->interrupted < PATIENCE)
		give_up(x);
	if (x->interrupts > 1)
		fprintf(stderr,
		    "interrupt (Ctrl+C) one more time within %.2f sec to "
		    "exit\n",
		    PATIENCE);
	x->interrupted = now;
}

bool
signals_forward(struct exec *x)
{
	int signum = caught;

	if (!signum)
		return false;
	caught = 0;
	if (signum == SIGINT)
		count_interrupt(x);
	for (size_t i = 0; i < x->ntasks; i++)
		if (x->tasks[i].pid > 0)
			send_to(&x->tasks[i], "kill",
			    json_pack("{s:i s:i}", "pid", x->tasks[i].pid,
				"signum", signum));
	return true;
}
