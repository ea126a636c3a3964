/* SPDX-License-Identifier: MIT */
/*
 * flux pmi: what an MPI program does to find its peers, without MPI. Run as
 * the tasks of a job it tests and times the exchange; rank 0 tells.
 */
#include <err.h>
#include <limits.h>
#include <locale.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "client.h"
#include "fsd.h"
#include "idset.h"
#include "optparse.h"

enum { VALUE_SIZE = 2048 };

struct settings {
	const char *methods; /* NULL = from the environment */
	double timeout;      /* s, infinite by default */
	bool trace;
};

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void
on_alarm(int signum)
{
	static const char text[] =
	    "flux-pmi: timeout expired before PMI operation completed\n";

	(void)signum;
	if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
		_exit(1);
	_exit(1);
}

static void
set_timeout(double s)
{
	struct itimerval t = { .it_value.tv_sec = (time_t)s };

	if (s > INT_MAX)
		return;
	t.it_value.tv_usec = (suseconds_t)((s - (double)(time_t)s) * 1e6);
	if (s <= 0)
		on_alarm(0);
	signal(SIGALRM, on_alarm);
	setitimer(ITIMER_REAL, &t, NULL);
}

static void
start(struct client *c, const struct settings *s)
{
	const char *methods = s->methods;

	if (!methods)
		methods = getenv("FLUX_PMI_CLIENT_METHODS");
	memset(c, 0, sizeof(*c));
	c->trace = s->trace;
	set_timeout(s->timeout);
	client_init(c, methods ? methods : "simple single");
}

static int
number(const struct optparse *p)
{
	const char *why;
	int n = (int)strtonum(p->value, 0, INT_MAX, &why);

	if (why)
		optparse_fail(p,
		    "invalid value '%s' for --%s: must be a number", p->value,
		    p->opt->name);
	return n;
}

static void
no_operands(const struct optparse *p)
{
	if (p->noperands > 0)
		optparse_fail(p, "unexpected argument '%s'", p->operands[0]);
}

/* t < 0: not measured */
static void
tell(const struct client *c, const char *what, double t)
{
	if (c->rank != 0)
		return;
	printf("%s: completed pmi %s on %d tasks", c->name, what, c->size);
	if (t >= 0)
		printf(" in %.3fs.", t);
	putchar('\n');
}

/* ---- barrier ---- */

static const struct opt barrier_options[] = {
	{ "test-count", 0, "N", "do it N times (default: 1)", 'c' },
	{ "test-abort", 0, "RANK", "this rank aborts instead", 'a' },
	{ "test-timing", 0, NULL, "tell how long it takes", 't' },
	{ 0 },
};

static void
run_barriers(struct client *c, int count, bool timed)
{
	if (timed)
		client_barrier(c); /* all of them are there */
	for (int i = 0; i < count; i++) {
		double t = now();

		client_barrier(c);
		tell(c, "barrier", timed ? now() - t : -1);
	}
}

static int
cmd_barrier(const struct settings *s, int argc, char **argv)
{
	struct optparse p = {
		.usage = "barrier [OPTIONS]",
		.summary = "wait until all tasks are there",
		.example = "flux run -n 4 flux pmi barrier --test-timing",
		.opts = barrier_options,
		.fail_status = 1,
	};
	int c, count = 1, aborts = -1;
	bool timed = false;
	struct client client;
	char text[64];

	optparse_init(&p, argc, argv);
	while ((c = optparse_next(&p)) != -1) {
		timed |= c == 't';
		if (c == 'c')
			count = number(&p);
		else if (c == 'a')
			aborts = number(&p);
	}
	no_operands(&p);
	start(&client, s);
	if (client.rank == aborts) {
		snprintf(text, sizeof(text), "flux-pmi: rank %d is aborting",
		    client.rank);
		client_abort(&client, text);
	}
	run_barriers(&client, count, timed);
	client_finalize(&client);
	optparse_fini(&p);
	return 0;
}

/* ---- exchange ---- */

static const struct opt exchange_options[] = {
	{ "count", 0, "N", "do it N times (default: 1)", 'c' },
	{ 0 },
};

/* What a task puts, and the others must get. */
static void
card(const struct client *c, int rank, char *key, size_t key_size, char *value,
    size_t value_size)
{
	snprintf(key, key_size, "key.%d", rank);
	snprintf(value, value_size, "%s-%d-%d", c->name, rank, c->size);
}

static void
exchange(struct client *c)
{
	char key[32], value[128], got[VALUE_SIZE];

	card(c, c->rank, key, sizeof(key), value, sizeof(value));
	client_put(c, key, value);
	client_barrier(c);
	for (int r = 0; r < c->size; r++) {
		card(c, r, key, sizeof(key), value, sizeof(value));
		client_get(c, key, got, sizeof(got));
		if (strcmp(got, value) != 0)
			errx(
			    1, "get %s: '%s' instead of '%s'", key, got, value);
	}
	client_barrier(c);
}

static int
cmd_exchange(const struct settings *s, int argc, char **argv)
{
	struct optparse p = {
		.usage = "exchange [OPTIONS]",
		.summary = "each task puts a value, and gets those of all",
		.example = "flux run -N 2 -n 4 flux pmi exchange",
		.opts = exchange_options,
		.fail_status = 1,
	};
	struct client client;
	int count = 1;

	optparse_init(&p, argc, argv);
	while (optparse_next(&p) != -1)
		count = number(&p);
	no_operands(&p);
	start(&client, s);
	client_barrier(&client);
	for (int i = 0; i < count; i++) {
		double t = now();

		exchange(&client);
		tell(&client, "exchange", now() - t);
	}
	client_finalize(&client);
	optparse_fini(&p);
	return 0;
}

/* ---- get ---- */

static const struct opt get_options[] = {
	{ "ranks", 0, "IDSET", "on these ranks, or \"all\" (default: 0)", 'r' },
	{ 0 },
};

static bool
is_member(const char *ranks, int rank)
{
	struct idset *s;
	bool is;

	if (strcmp(ranks, "all") == 0)
		return true;
	if (!(s = idset_decode(ranks)))
		errx(1, "could not decode --ranks argument '%s'", ranks);
	is = idset_test(s, rank);
	idset_destroy(s);
	return is;
}

static int
cmd_get(const struct settings *s, int argc, char **argv)
{
	struct optparse p = {
		.usage = "get [OPTIONS] KEY...",
		.summary = "print what is stored under keys",
		.example = "flux run -N 2 flux pmi get flux.taskmap",
		.opts = get_options,
		.fail_status = 1,
	};
	const char *ranks = "0";
	struct client client;
	char value[VALUE_SIZE];

	optparse_init(&p, argc, argv);
	while (optparse_next(&p) != -1)
		ranks = p.value;
	if (p.noperands == 0)
		optparse_fail(&p, "a KEY is required");
	start(&client, s);
	for (int i = 0; is_member(ranks, client.rank) && p.operands[i]; i++) {
		client_get(&client, p.operands[i], value, sizeof(value));
		puts(value);
	}
	client_finalize(&client);
	optparse_fini(&p);
	return 0;
}

/* ---- which ---- */

static const struct {
	const char *name;
	int (*run)(const struct settings *s, int argc, char **argv);
	const char *summary;
} commands[] = {
	{ "barrier", cmd_barrier, "wait until all tasks are there" },
	{ "exchange", cmd_exchange, "put a value, get those of all tasks" },
	{ "get", cmd_get, "print what is stored under keys" },
};
enum { NCOMMANDS = sizeof(commands) / sizeof(*commands) };

static const struct opt options[] = {
	{ "method", 0, "NAME", "how: simple, single (default: what works)",
	    'm' },
	{ "timeout", 't', "FSD", "give up after this time", 0 },
	{ "verbose", 'v', "[LEVEL]", "tell each operation", 0 },
	{ 0 },
};

static void
parse(struct optparse *p, struct settings *s, int argc, char **argv)
{
	int c;

	optparse_init(p, argc, argv);
	while ((c = optparse_next(p)) != -1) {
		s->trace |= c == 'v';
		if (c == 'm')
			s->methods = p->value;
		else if (c == 't' && fsd_parse(p->value, &s->timeout) < 0)
			optparse_fail(p,
			    "invalid argument for option 'timeout': '%s'",
			    p->value);
	}
	if (p->noperands == 0)
		optparse_fail(p, "missing subcommand: barrier, exchange, get");
}

int
main(int argc, char **argv)
{
	struct subcommand names[NCOMMANDS];
	struct settings s = { .timeout = INFINITY };
	struct optparse p = {
		.usage = "[OPTIONS] barrier|exchange|get [ARGS...]",
		.summary = "test how the tasks of a job find each other",
		.example = "flux run -n 4 flux pmi -v exchange",
		.opts = options,
		.stop_at_first = true,
		.fail_status = 1,
	};

	setlocale(LC_CTYPE, "");
	setprogname("flux-pmi");
	signal(SIGPIPE, SIG_IGN);
	for (int i = 0; i < NCOMMANDS; i++)
		names[i] = (struct subcommand){ commands[i].name, NULL,
			commands[i].summary };
	optparse_subcommands(names, NCOMMANDS, argc, argv);
	parse(&p, &s, argc, argv);
	for (int i = 0; i < NCOMMANDS; i++) {
		int rc;

		if (strcmp(commands[i].name, p.operands[0]) != 0)
			continue;
		rc = commands[i].run(&s, p.noperands, p.operands);
		optparse_fini(&p);
		return tool_finish(rc);
	}
	optparse_fail(&p,
	    "unknown subcommand '%s': must be barrier, exchange, "
	    "get",
	    p.operands[0]);
}
