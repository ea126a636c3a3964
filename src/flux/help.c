/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "help.h"

enum { NAME_MAX_LEN = 64, NEAR = 3 };

/* name NULL: the title of a group. What is not installed is not shown. */
static const struct {
	const char *name, *text;
} commands[] = {
	{ NULL, "run and submit jobs, allocate resources" },
	{ "submit", "submit a job to a Flux instance" },
	{ "run", "run a Flux job interactively" },
	{ "bulksubmit", "submit jobs in bulk to a Flux instance" },
	{ "alloc", "allocate a new Flux instance for interactive use" },
	{ "multi-prog", "run a different program for each task of a job" },
	{ "batch", "submit a batch script to Flux" },
	{ NULL, "list and interact with jobs" },
	{ "jobs", "list jobs submitted to Flux" },
	{ "top", "display running Flux jobs" },
	{ "pstree", "display job hierarchies" },
	{ "cancel", "cancel one or more jobs" },
	{ "pgrep/pkill", "search or cancel matching jobs" },
	{ "job", "get job status, info, etc (see: flux help job)" },
	{ "uri", "resolve job ids and other targets to URIs" },
	{ "proxy", "proxy connections to Flux jobs and instances" },
	{ "watch", "monitor one or more Flux jobs" },
	{ "journal", "print the events of all jobs" },
	{ "why", "tell what a job waits for, or how it ended" },
	{ "update", "update active Flux jobs" },
	{ NULL, "get resource, queue and other instance information" },
	{ "resource", "list/manipulate Flux resource status" },
	{ "queue", "list and manipulate flux queues" },
	{ "overlay", "Show flux overlay network status" },
	{ "uptime", "Tell how long Flux has been up and running" },
	{ "getattr", "get, set and list broker attributes" },
	{ NULL, "other useful commands" },
	{ "start", "bootstrap a local Flux instance" },
	{ "shutdown", "end a Flux instance" },
	{ "exec", "run a program on ranks of a Flux instance" },
	{ "sproc", "list, kill and wait for processes of flux exec" },
	{ "pmi", "test how the tasks of a job find each other" },
	{ "dmesg", "read the log of a Flux instance" },
	{ "logger", "add a message to the log of a Flux instance" },
	{ "startlog", "tell when a Flux instance was started" },
	{ "module", "list the modules of a Flux instance" },
	{ "version", "Display flux version information" },
	{ "completion", "print a script that completes flux commands" },
	{ "kvs", "look at the key-value store, and change it" },
	{ "config", "Manage/query Flux configuration" },
	{ "env", "Print the flux environment or execute a command inside it" },
	{ "python", "run Python with the bindings of flux-core" },
	{ "admin", "Flux administration subcommands" },
	{ "hostlist", "fetch, combine, and manipulate Flux hostlists" },
};

static const char usage[] =
    "Usage: flux [OPTIONS] COMMAND ARGS\n"
    "  -h, --help             Display this message.\n"
    "  -v, --verbose          Be verbose about environment and command search\n"
    "  -V, --version          Display command and component versions\n"
    "  -p, --parent           Set environment of parent instead of current "
    "instance\n"
    "  -r, --root             Set environment of root instead of current "
    "instance\n";

/* A program on the search path. "a/b" are two, which go
 * together. */
static bool
is_there(const char *name)
{
	const char *p = getenv("FLUX_EXEC_PATH");
	char file[PATH_MAX];

	while (p && *p) {
		size_t n = strcspn(p, ":");
		snprintf(file, sizeof(file), "%.*s/flux-%.*s", (int)n, p,
		    (int)strcspn(name, "/"), name);
		if (access(file, X_OK) == 0)
			return true;
		p += n + (p[n] == ':');
	}
	return false;
}

void
help_print(FILE *f, int status)
{
	fputs(usage, f);
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		if (!commands[i].name)
			fprintf(f, "\n%s\n", commands[i].text);
		else if (is_there(commands[i].name))
			fprintf(f, "   %-18s %s\n", commands[i].name,
			    commands[i].text);
	}
	fputs("\nSee 'flux help COMMAND' for more information about a specific "
	      "command.\n",
	    f);
	exit(fflush(f) == 0 ? status : 1);
}

void
help_bad_option(const char *word)
{
	warnx("unrecognized option '%s'", word);
	fprintf(stderr, "Try 'flux --help'.\n");
	exit(1);
}

static int
min3(int a, int b, int c)
{
	int m = a < b ? a : b;

	return m < c ? m : c;
}

/* Edit distance; words longer than the array are far from everything. */
static int
distance(const char *a, const char *b)
{
	int row[NAME_MAX_LEN + 1], na = (int)strlen(a), nb = (int)strlen(b);

	if (na > NAME_MAX_LEN || nb > NAME_MAX_LEN)
		return INT_MAX;
	for (int j = 0; j <= nb; j++)
		row[j] = j;
	for (int i = 1; i <= na; i++) {
		int diagonal = row[0];
		row[0] = i;
		for (int j = 1; j <= nb; j++) {
			int old = row[j];
			row[j] = min3(row[j] + 1, row[j - 1] + 1,
			    diagonal + (a[i - 1] != b[j - 1]));
			diagonal = old;
		}
	}
	return row[nb];
}

void
help_unknown(const char *cmd)
{
	const char *near[NEAR];
	int n = 0, best = NEAR + 1;

	warnx("`%s' is not a flux command.  See 'flux --help'", cmd);
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		int d = commands[i].name ? distance(cmd, commands[i].name)
					 : INT_MAX;
		if (d > NEAR || d > best)
			continue;
		if (d < best)
			n = 0;
		best = d;
		if (n < NEAR)
			near[n++] = commands[i].name;
	}
	if (n > 0)
		warnx("The most similar command%s", n > 1 ? "s are" : " is");
	for (int i = 0; i < n; i++)
		warnx("\t%s", near[i]);
	exit(1);
}

void
help_main(char **argv)
{
	char page[128], manpath[PATH_MAX + 256];
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;

	if (!argv[1])
		help_print(stdout, 0);
	snprintf(page, sizeof(page), "%s%s",
	    strncmp(argv[1], "flux", 4) == 0 ? "" : "flux-", argv[1]);
	/* run in place: the pages lie beside bin/ */
	if (n > 0) {
		self[n] = '\0';
		if ((slash = strrchr(self, '/')))
			*slash = '\0';
		snprintf(
		    manpath, sizeof(manpath), "%s/../man/%s.1", self, page);
		if (access(manpath, R_OK) == 0)
			execlp("man", "man", manpath, (char *)NULL);
	}
	execlp("man", "man", page, (char *)NULL);
	err(1, "man");
}
