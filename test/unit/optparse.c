/* SPDX-License-Identifier: MIT */
/*
 * Options: each case is a command line and what comes out of it, as text:
 * ids of options with their values, then the operands; or the exit status of
 * a usage error.
 */
#include <sys/wait.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/tap.h"
#include "optparse.h"

static const struct opt opts[] = {
	{ "all", 'a', NULL, "a flag", 0 },
	{ "number", 'n', "N", "with a value", 0 },
	{ "color", 'L', "[WHEN]", "with a value or without", 0 },
	{ "label-io", 'l', NULL, "a flag", 0 },
	{ "long", 0, NULL, "without a letter", 'g' },
	{ "states", 's', "S", "its older name is hidden", 0 },
	{ "state", 0, "S", NULL, 's' },
	{ 0 },
};

static const struct opt more[] = {
	{ "extra", 'e', "X", "of the second table", 0 },
	{ 0 },
};

static const struct {
	const char *args; /* words separated by blanks */
	bool stop_at_first;
	const char *expected; /* NULL = a usage error */
} cases[] = {
	{ "", false, "" },
	{ "-a", false, "a" },
	{ "--all", false, "a" },
	{ "--al", false, "a" },
	{ "-al", false, "a l" },
	{ "-n5", false, "n=5" },
	{ "-n 5", false, "n=5" },
	{ "-n=5", false, "n=5" },
	{ "-an5", false, "a n=5" },
	{ "-an 5", false, "a n=5" },
	{ "--number 5", false, "n=5" },
	{ "--number=5", false, "n=5" },
	{ "--num=", false, "n=" },
	{ "-n -a", false, "n=-a" },
	{ "--color", false, "L" },
	{ "--color=always x", false, "L=always | x" },
	{ "--color always", false, "L | always" },
	{ "-L x", false, "L | x" },
	{ "-Lnever", false, "L=never" },
	{ "-L=never", false, "L=never" },
	{ "--long", false, "g" },
	{ "--state=x", false, "s=x" },
	{ "--stat=x", false, "s=x" },
	{ "-e1 --ext=2", false, "e=1 e=2" },
	{ "x -a y", false, "a | x y" },
	{ "x -a y", true, " | x -a y" },
	{ "-a x -a", true, "a | x -a" },
	{ "-a -- -n x", false, "a | -n x" },
	{ "-", false, " | -" },
	{ "--", false, "" },
	{ "--nosuch", false, NULL },
	{ "-z", false, NULL },
	{ "-az", false, NULL },
	{ "--l", false, NULL },
	{ "--all=x", false, NULL },
	{ "-n", false, NULL },
	{ "--number", false, NULL },
	{ "-1", false, NULL },
};

static int
split(char *line, char **argv)
{
	char *word;
	int argc = 1;

	argv[0] = "prog";
	while ((word = strsep(&line, " ")))
		if (*word)
			argv[argc++] = word;
	argv[argc] = NULL;
	return argc;
}

static void
parse(FILE *f, const char *args, bool stop_at_first)
{
	struct optparse p = { .usage = "[OPTIONS]",
		.opts = opts,
		.more = more,
		.stop_at_first = stop_at_first,
		.fail_status = 7 };
	char line[128], *argv[16];
	const char *sep = "";
	int argc, c;

	snprintf(line, sizeof(line), "%s", args);
	argc = split(line, argv);
	optparse_init(&p, argc, argv);
	while ((c = optparse_next(&p)) != -1) {
		fprintf(f, "%s%c%s%s", sep, c, p.value ? "=" : "",
		    p.value ? p.value : "");
		sep = " ";
	}
	for (int i = 0; i < p.noperands; i++)
		fprintf(f, "%s%s", i == 0 ? " | " : " ", p.operands[i]);
	optparse_fini(&p);
}

/* In a process of its own: an error ends it. Returns its exit status, out is
 * what it wrote. */
static int
run(char *out, size_t size, const char *args, bool stop_at_first)
{
	int fd[2], status;
	ssize_t n;
	pid_t pid;

	fflush(stdout);
	if (pipe(fd) < 0 || (pid = fork()) < 0)
		return -1;
	if (pid == 0) {
		FILE *f = fdopen(fd[1], "w");
		int null = open("/dev/null", O_WRONLY);

		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
		parse(f, args, stop_at_first);
		_exit(fclose(f) != 0);
	}
	close(fd[1]);
	n = read(fd[0], out, size - 1);
	out[n > 0 ? n : 0] = '\0';
	close(fd[0]);
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int
main(void)
{
	char out[256];

	setprogname("flux-prog");
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		int rc = run(
		    out, sizeof(out), cases[i].args, cases[i].stop_at_first);

		if (cases[i].expected)
			is_str(rc == 0 ? out : "(error)", cases[i].expected,
			    "'%s'", cases[i].args);
		else
			is_int(rc, 7, "'%s' is a usage error", cases[i].args);
	}
	is_int(run(out, sizeof(out), "--help", false), 0, "--help ends well");
	is_int(run(out, sizeof(out), "-h", false), 0, "-h, too");
	return done_testing();
}
