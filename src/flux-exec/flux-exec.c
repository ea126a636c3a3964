/* SPDX-License-Identifier: MIT */
/*
 * flux exec: run a command on brokers, beside all jobs, or beside the tasks of
 * one. One stream for each rank; standard input is copied to all.
 */
#include <err.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "exec.h"
#include "handle.h"
#include "idset.h"
#include "optparse.h"

double
exec_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void
tell_time(const struct exec *x, const char *what)
{
	if (x->verbose)
		fprintf(stderr, "%.6fms: %s\n", (exec_now() - x->t_start) * 1e3,
		    what);
}

static int
run(struct exec *x)
{
	struct idset *ranks;
	char *text, *what;
	int code;

	x->h = tool_open_plain();
	x->t_start = exec_now();
	ranks = targets_choose(x);
	text = idset_encode(ranks, IDSET_BRACKETS);
	if (asprintf(&what, "Starting %s on %s", x->command[0], text) < 0)
		err(1, NULL);
	tell_time(x, what);
	signals_begin(x);
	tasks_start(x, ranks);
	input_begin(x);
	tell_time(x, "Sent all requests");
	tasks_wait(x);
	code = tasks_end(x);
	free(what);
	free(text);
	free(x->service);
	idset_destroy(ranks);
	handle_close(x->h);
	return code;
}

enum { OPT_BG = 256, OPT_WAITABLE, OPT_ATTACH, OPT_LABEL };

static const struct opt options[] = {
	{ "rank", 'r', "IDSET", "ranks to run on (default: all)", 0 },
	{ "exclude", 'x', "IDSET", "ranks to leave out", 0 },
	{ "jobid", 'j', "ID", "on the nodes of this job, by its shells", 0 },
	{ "dir", 'd', "PATH", "run it in this directory", 0 },
	{ "label-io", 'l', NULL, "put the rank before each line of output", 0 },
	{ "noinput", 'n', NULL, "do not read standard input", 0 },
	{ "bg", 0, NULL, "print the pids, and leave it in the background",
	    OPT_BG },
	{ "waitable", 0, NULL, "with --bg: keep its status until asked for",
	    OPT_WAITABLE },
	{ "label", 0, "LABEL", "a name for the process", OPT_LABEL },
	{ "attach", 0, NULL,
	    "follow one in the background: COMMAND is its pid "
	    "or label",
	    OPT_ATTACH },
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
	else if (c == 'j')
		x->jobid = p->value;
	else if (c == OPT_LABEL)
		x->label_new = p->value;
	else if (c == 'd') {
		free(x->dir);
		x->dir = strdup(p->value);
	}
	x->label |= c == 'l';
	x->noinput |= c == 'n';
	x->verbose |= c == 'v';
	x->quiet |= c == 'q';
	x->background |= c == OPT_BG;
	x->waitable |= c == OPT_WAITABLE;
	x->attach |= c == OPT_ATTACH;
}

static void
check_options(const struct exec *x, const struct optparse *p)
{
	if (x->attach && (x->background || x->waitable))
		errx(1, "--attach cannot be used with --bg or --waitable");
	if (x->waitable && !x->background)
		errx(1, "--waitable can only be used with --bg");
	if (x->attach && p->noperands == 0)
		errx(1, "--attach requires a pid or label argument");
	if (x->attach && p->noperands > 1)
		errx(1, "--attach takes a single pid or label argument");
	if (p->noperands == 0)
		optparse_fail(p, "a COMMAND is required");
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

	setlocale(LC_CTYPE, "");
	setprogname("flux-exec");
	optparse_init(&p, argc, argv);
	while ((c = optparse_next(&p)) != -1)
		set_option(&x, &p, c);
	check_options(&x, &p);
	x.verbose &= !x.background;
	if (!x.dir && !(x.dir = getcwd(NULL, 0)))
		err(1, "getcwd");
	if (!(x.command = calloc(p.noperands + 1, sizeof(char *))))
		err(1, NULL);
	memcpy(x.command, p.operands, p.noperands * sizeof(char *));
	rc = run(&x);
	free(x.command);
	free(x.dir);
	optparse_fini(&p);
	return tool_finish(rc);
}
