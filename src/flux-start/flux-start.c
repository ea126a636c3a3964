/* SPDX-License-Identifier: MIT */
/*
 * flux start: without --test-size a broker in our place (it bootstraps by the
 * PMI of whoever started us, or is a single one); with it, N brokers on this
 * host, for which we are the PMI server.
 */
#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <limits.h>
#include <locale.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fsd.h"
#include "hostlist.h"
#include "optparse.h"
#include "start.h"

#define SYSTEM_CONFIG   "/etc/flux/system/conf.d"
#define SYSTEM_STATEDIR "/var/lib/flux"

static const struct opt options[] = {
	{ "test-size", 's', "N", "start N brokers on this host", 0 },
	{ "setattr", 'S', "ATTR=VAL", "set a broker attribute", 0 },
	{ "config-path", 'c', "PATH", "configuration of the instance", 0 },
	{ "conf", 0, "VALUE", "merge into the configuration", 'C' },
	{ "sysconfig", 0, NULL, "use the configuration of the system", 'Y' },
	{ "recovery", 'r', "[DIR]", "look at the old state in DIR", 0 },
	{ "broker-opts", 'o', "OPTS", "further options for the brokers", 0 },
	{ "verbose", 'v', NULL, "print what is run", 0 },
	{ "noexec", 'X', NULL, "do not run it", 0 },
	{ "wrap", 0, "WORDS", "put these words before the broker", 'W' },
	{ "test-hosts", 0, "HOSTLIST", "names for the hosts", 'H' },
	{ "test-exit-timeout", 0, "FSD", "time for the others to end", 'T' },
	{ "test-exit-mode", 0, "MODE", "status of any or leader", 'M' },
	{ "cores", 0, "N", "use only N cores of this machine", 'K' },
	{ "test-rundir", 0, "DIR", "use this directory", 'R' },
	{ "test-rundir-cleanup", 0, NULL, "and remove it at the end", 'Q' },
	{ "test-start-mode", 0, "MODE", "all", 'L' },
	{ "test-pmi-clique", 0, "MODE", "single, per-broker, none", 'P' },
	{ 0 },
};

static void
add_split(struct words *w, const char *prefix, const char *list)
{
	char *copy = strdup(list), *p = copy, *word, *full;

	if (!copy)
		err(1, NULL);
	while ((word = strsep(&p, ",")))
		if (*word) {
			if (asprintf(&full, "%s%s", prefix, word) < 0)
				err(1, NULL);
			words_add(w, full);
			free(full);
		}
	free(copy);
}

static void
add_joined(struct words *w, const char *prefix, const char *value)
{
	char *full;

	if (asprintf(&full, "%s%s", prefix, value) < 0)
		err(1, NULL);
	words_add(w, full);
	free(full);
}

static void
test_size(struct start *st, const char *value)
{
	char *end;
	long n = strtol(value, &end, 10);

	if (*end || end == value)
		errx(1, "Option 'test-size' requires an integer argument");
	if (n <= 0)
		errx(1, "--test-size argument must be > 0");
	if (n > START_SIZE_MAX)
		errx(1, "--test-size argument must be <= %d", START_SIZE_MAX);
	st->size = (int)n;
}

static void
test_hosts(struct start *st, const char *value)
{
	if (!(st->hosts = hostlist_decode(value)))
		errx(1, "could not decode --test-hosts hostlist");
}

/* Others could only be started through a control socket, which is not there. */
static void
start_mode(const char *value)
{
	if (strcmp(value, "leader") == 0)
		errx(1, "--test-start-mode=leader is not supported");
	if (strcmp(value, "all") != 0)
		errx(1, "unknown --test-start-mode: %s", value);
}

static int
count_cores(const char *value)
{
	const char *why;
	int n = (int)strtonum(value, 1, CPU_SETSIZE, &why);

	if (why)
		errx(1, "invalid --cores '%s': %s", value, why);
	return n;
}

/* Options with a --test- name, which need --test-size. */
static void
test_option(struct start *st, int c, const char *value)
{
	if (c == 'H')
		test_hosts(st, value);
	else if (c == 'T' && fsd_parse(value, &st->exit_timeout) < 0)
		errx(1, "invalid --test-exit-timeout '%s'", value);
	else if (c == 'M' && strcmp(value, "leader") == 0)
		st->leader_only = true;
	else if (c == 'M' && strcmp(value, "any") != 0)
		errx(1, "unknown --test-exit-mode: %s", value);
	else if (c == 'R')
		st->rundir = value;
	else if (c == 'Q')
		st->cleanup = true;
	else if (c == 'P')
		st->clique = value;
	else if (c == 'L')
		start_mode(value);
}

/* Rank 0 alone, on the state that an instance has left. */
static void
recovery(struct words *w, const char *target)
{
	struct stat sb;

	if (!target)
		target = SYSTEM_STATEDIR;
	if (stat(target, &sb) < 0)
		err(1, "%s", target);
	if (S_ISDIR(sb.st_mode))
		add_joined(w, "-Sstatedir=", target);
	else
		add_joined(w, "-Scontent.restore=", target);
	words_add(w, "-Sbroker.recovery-mode=1");
	words_add(w, "-Sbroker.quorum=1");
	words_add(w, "-Sbroker.module-nopanic=1");
	words_add(w, "-Slog-stderr-level=5");
}

/* What becomes an option of the brokers; false if c is none of these. */
static bool
broker_option(struct start *st, struct words *opts, int c, const char *value)
{
	if (c == 'S')
		add_split(&st->broker, "-S", value);
	else if (c == 'c')
		add_joined(opts, "-c", value);
	else if (c == 'C')
		add_joined(opts, "--conf=", value);
	else if (c == 'Y')
		words_add(opts, "-c" SYSTEM_CONFIG);
	else if (c == 'r')
		recovery(&st->broker, value);
	else if (c == 'o')
		add_split(opts, "", value);
	else
		return false;
	return true;
}

static void
parse(struct start *st, struct optparse *p, int argc, char **argv)
{
	struct words opts = { 0 };
	const char *test = NULL;
	int c;

	optparse_init(p, argc, argv);
	while ((c = optparse_next(p)) != -1) {
		if (broker_option(st, &opts, c, p->value))
			continue;
		if (c == 's')
			test_size(st, p->value);
		else if (c == 'K')
			st->cores = count_cores(p->value);
		else if (c == 'v')
			st->verbose++;
		else if (c == 'X')
			st->noexec = true;
		else if (c == 'W')
			add_split(&st->wrap, "", p->value);
		else {
			test = p->opt->name;
			test_option(st, c, p->value);
		}
	}
	if (test && st->size == 0)
		errx(1, "--%s only works with --test-size", test);
	if (st->hosts && (int)hostlist_count(st->hosts) != st->size)
		errx(1, "--test-hosts hostlist has incorrect size");
	for (int i = 0; i < opts.argc; i++)
		words_add(&st->broker, opts.argv[i]);
	for (int i = 0; i < p->noperands; i++)
		words_add(&st->program, p->operands[i]);
	start_free_words(&opts);
}

/* Our own broker lies where the driver found us. */
static void
find_broker(struct start *st)
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;

	if (n < 0)
		err(1, "/proc/self/exe");
	self[n] = '\0';
	if ((slash = strrchr(self, '/')))
		*slash = '\0';
	snprintf(st->path, sizeof(st->path), "%s/flux-broker", self);
	if (access(st->path, X_OK) < 0)
		err(1, "Could not locate broker: %s", st->path);
}

int
main(int argc, char **argv)
{
	struct optparse p = {
		.usage = "[OPTIONS] [INITIAL-PROGRAM [ARGS...]]",
		.summary = "start an instance and run a program, or a shell, "
			   "in it",
		.example = "flux start -s 4 flux run -N4 hostname",
		.opts = options,
		.stop_at_first = true,
	};
	struct start st = { .exit_timeout = 20, .clique = "single" };
	int rc;

	setlocale(LC_CTYPE, "");
	setprogname("flux-start");
	parse(&st, &p, argc, argv);
	find_broker(&st);
	if (st.cores && !st.noexec)
		start_confine(st.cores);
	rc = st.size > 0 ? start_test_instance(&st) : start_broker(&st);
	start_free(&st);
	optparse_fini(&p);
	return rc;
}
