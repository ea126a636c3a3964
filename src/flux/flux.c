/* SPDX-License-Identifier: MIT */
/*
 * The driver: flux CMD ARGS runs the program flux-CMD that lies beside it (or
 * in ../libexec/flux, $FLUX_EXEC_PATH, $PATH). It stands between the user and
 * every command, so it does little else.
 */
#include <err.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "climb.h"
#include "help.h"

struct driver {
	char bindir[PATH_MAX];   /* of the running flux */
	char path[4 * PATH_MAX]; /* directories to search, by ':' */
	bool verbose;
	int up; /* levels to climb; -1 = to the root */
};

static void
find_self(struct driver *d)
{
	ssize_t n =
	    readlink("/proc/self/exe", d->bindir, sizeof(d->bindir) - 1);
	char *slash;

	if (n < 0)
		err(1, "/proc/self/exe");
	d->bindir[n] = '\0';
	if ((slash = strrchr(d->bindir, '/')))
		*slash = '\0';
}

static void
add_path(struct driver *d, const char *dirs)
{
	if (!dirs || !*dirs)
		return;
	if (d->path[0])
		strlcat(d->path, ":", sizeof(d->path));
	strlcat(d->path, dirs, sizeof(d->path));
}

static void
set_search_path(struct driver *d)
{
	const char *outer = getenv("FLUX_EXEC_PATH");
	char own[2 * PATH_MAX + 32];
	size_t n;

	snprintf(
	    own, sizeof(own), "%s/../libexec/flux:%s", d->bindir, d->bindir);
	n = strlen(own);
	/* what an outer flux has set comes last; our own directories need not
	 * be repeated at each level */
	if (outer && strncmp(outer, own, n) == 0)
		outer += n + (outer[n] == ':');
	add_path(d, getenv("FLUX_EXEC_PATH_PREPEND"));
	add_path(d, own);
	add_path(d, outer);
}

/* Is the first `flux` of $PATH this one? */
static bool
is_first_in_path(const struct driver *d)
{
	const char *p = getenv("PATH");
	char file[PATH_MAX], real[PATH_MAX];

	while (p && *p) {
		size_t n = strcspn(p, ":");
		snprintf(file, sizeof(file), "%.*s/flux", (int)n, p);
		if (access(file, X_OK) == 0) {
			char *slash;
			if (!realpath(file, real))
				return false;
			if ((slash = strrchr(real, '/')))
				*slash = '\0';
			return strcmp(real, d->bindir) == 0;
		}
		p += n + (p[n] == ':');
	}
	return false;
}

/* Called by a path: the command and what it starts shall find us as `flux`. */
static void
set_environment(struct driver *d, const char *argv0)
{
	char path[8 * PATH_MAX];
	const char *old = getenv("PATH");

	setenv("FLUX_EXEC_PATH", d->path, 1);
	if (!strchr(argv0, '/') || is_first_in_path(d))
		return;
	snprintf(path, sizeof(path), "%s%s%s", d->bindir, old ? ":" : "",
	    old ? old : "");
	setenv("PATH", path, 1);
}

static void
try_exec(struct driver *d, const char *file, char **argv)
{
	if (d->verbose)
		fprintf(stderr, "flux: trying to exec %s\n", file);
	execv(file, argv);
	if (errno != ENOENT && errno != ENOTDIR)
		err(1, "%s", file);
}

static void
try_dirs(struct driver *d, const char *dirs, const char *cmd, char **argv)
{
	char file[PATH_MAX];

	for (const char *p = dirs; p && *p;) {
		size_t n = strcspn(p, ":");
		if (snprintf(file, sizeof(file), "%.*s/flux-%s", (int)n, p,
			cmd) < (int)sizeof(file))
			try_exec(d, file, argv);
		p += n + (p[n] == ':');
	}
}

static void
run(struct driver *d, char **argv)
{
	const char *cmd = argv[0];

	if (strchr(cmd, '/')) {
		execv(cmd, argv);
		err(1, "%s", cmd);
	}
	try_dirs(d, d->path, cmd, argv);
	try_dirs(d, getenv("PATH"), cmd, argv);
	help_unknown(cmd);
}

static void
print_environment(struct driver *d)
{
	printf("FLUX_EXEC_PATH=%s\n", getenv("FLUX_EXEC_PATH"));
	printf("PATH=%s\n", getenv("PATH"));
	printf("sub-command search path: %s\n", d->path);
	fflush(stdout);
}

/* One word of options of our own, as in -pp or --root. */
static void
option(struct driver *d, const char *word)
{
	static const struct {
		const char *name;
		char letter;
	} longs[] = { { "--help", 'h' }, { "--verbose", 'v' },
		{ "--version", 'V' }, { "--parent", 'p' }, { "--root", 'r' } };
	char letters[2] = { 0 };
	const char *p = word + 1;

	for (size_t i = 0; i < sizeof(longs) / sizeof(*longs); i++)
		if (strcmp(word, longs[i].name) == 0) {
			letters[0] = longs[i].letter;
			p = letters;
		}
	for (; *p; p++) {
		if (*p == 'h')
			help_print(stdout, 0);
		else if (*p == 'v')
			d->verbose = true;
		else if (*p == 'V')
			run(d, (char *[]){ "version", NULL });
		else if (*p == 'p' && d->up >= 0)
			d->up++;
		else if (*p == 'r')
			d->up = -1;
		else if (*p != 'p')
			help_bad_option(word);
	}
}

int
main(int argc, char **argv)
{
	struct driver d = { .verbose = false };
	int i;

	setprogname("flux");
	find_self(&d);
	set_search_path(&d);
	set_environment(&d, argv[0]);
	for (i = 1; i < argc && argv[i][0] == '-' && argv[i][1]; i++)
		option(&d, argv[i]);
	if (d.verbose)
		print_environment(&d);
	if (i == argc)
		help_print(stderr, 1);
	if (d.up != 0)
		climb(d.up);
	if (strcmp(argv[i], "help") == 0)
		help_main(argv + i);
	run(&d, argv + i);
	return 1;
}
